/*
 * A reload must not leave half of an edit in force: files are collected, read and parsed before the
 * first of them is applied. A policy that is the one in force already changes nothing, so loading
 * again is free.
 *
 * The source of a policy is its file's real path, whatever the working directory was.
 */
#include "daemon/run/policies.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/log.h"
#include "daemon/op/policy_apply.h"
#include "daemon/policy/policy.h"
#include "daemon/run/report.h"
#include "daemon/run/text_file.h"

struct policy_file {
	struct policies *policies;
	char *path;
	struct buffer yaml;
	struct policy *policy;
};

static void file_deinit(struct policy_file *file)
{
	free(file->path);
	buffer_deinit(&file->yaml);
	policy_free(file->policy);
	*file = (struct policy_file){.path = NULL};
}

static void clear(struct policies *policies)
{
	for (size_t i = 0; i < policies->n_items; i++)
		file_deinit(&policies->items[i]);
	policies->n_items = 0;
}

static int add_path(struct policies *policies, const char *path)
{
	char *real = realpath(path, NULL);
	int error;

	if (!real) {
		error = error_errno();
		log_error("%s: cannot be read: %s", path, strerror(-error));
		return error == -ENOMEM ? error : POLICIES_E_FAULTY;
	}
	if (policies->n_items == policies->capacity) {
		size_t capacity = policies->capacity ? policies->capacity * 2 : 16;
		struct policy_file *items =
		        reallocarray(policies->items, capacity, sizeof(*policies->items));

		if (!items) {
			free(real);
			return -ENOMEM;
		}
		policies->items = items;
		policies->capacity = capacity;
	}
	policies->items[policies->n_items++] =
	        (struct policy_file){.policies = policies, .path = real};
	return 0;
}

static int is_policy_name(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && strcmp(dot, ".yaml") == 0;
}

static int add_entry(struct policies *policies, const char *directory, const char *name)
{
	char *path;
	int error;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return -ENOMEM;
	error = add_path(policies, path);
	free(path);
	return error;
}

/* The files of the directory, in the order of their names. */
static int add_directory(struct policies *policies, const char *directory)
{
	struct dirent **entries;
	int n = scandir(directory, &entries, is_policy_name, alphasort), error = 0;

	if (n < 0 && errno == ENOENT) {
		log_warning(
		        "%s: there is no such directory, so no policy is read from it", directory);
		return 0;
	}
	if (n < 0) {
		log_error("%s: cannot be read: %s", directory, strerror(errno));
		return errno == ENOMEM ? -ENOMEM : POLICIES_E_FAULTY;
	}
	for (int i = 0; i < n; i++) {
		int one = add_entry(policies, directory, entries[i]->d_name);

		error = one != 0 && error >= 0 ? one : error;
		free(entries[i]);
	}
	free(entries);
	return error;
}

/* Notes where two files declare the same site; which of them would hold depends on the order. */
static void check_site(struct policies *policies, size_t i, struct faults *faults)
{
	struct span site = policies->items[i].policy->site;

	for (size_t j = 0; j < i; j++) {
		const struct policy_file *other = &policies->items[j];

		if (other->policy && span_equal(other->policy->site, site))
			faults_error(faults, 0, 0, "%.*s is declared by %s already", SPAN_ARG(site),
			        other->path);
	}
}

static int read_policy(struct policies *policies, size_t i)
{
	struct policy_file *file = &policies->items[i];
	struct faults faults = {.file = file->path};
	int error = text_file_read(file->path, PROTO_LIMIT_YAML_BYTES, &file->yaml);

	if (error == -ENOMEM)
		return error;
	if (error != 0)
		faults_error(&faults, 0, 0, "cannot be read: %s", strerror(-error));
	else
		error = policy_parse(buffer_span(&file->yaml), &faults, &file->policy);
	if (error == 0)
		check_site(policies, i, &faults);
	report_faults(&faults);
	if (error >= 0 && faults_any_error(&faults))
		error = POLICIES_E_FAULTY;
	faults_deinit(&faults);
	return error == -ENOMEM || error == 0 ? error : POLICIES_E_FAULTY;
}

/* All faults of all files; the worst of the errors. */
static int read_all(struct policies *policies)
{
	int worst = 0;

	for (size_t i = 0; i < policies->options.n_files; i++) {
		int error = add_path(policies, policies->options.files[i]);

		worst = error != 0 && worst >= 0 ? error : worst;
	}
	if (policies->options.directory) {
		int error = add_directory(policies, policies->options.directory);

		worst = error != 0 && worst >= 0 ? error : worst;
	}
	for (size_t i = 0; i < policies->n_items; i++) {
		int error = read_policy(policies, i);

		worst = error != 0 && worst >= 0 ? error : worst;
	}
	return worst;
}

static void one_done(struct policies *policies)
{
	assert(policies->n_waiting > 0);
	if (--policies->n_waiting > 0)
		return;
	clear(policies);
	policies->options.done_fn(policies->options.ctx, policies->n_failed);
}

static void on_applied(void *ctx, enum proto_error error, const char *message)
{
	struct policy_file *file = ctx;

	if (error != PROTO_ERROR_NONE) {
		log_error("%s: not applied: %s", file->path, message);
		file->policies->n_failed++;
	}
	one_done(file->policies);
}

static void submit(struct policies *policies, struct policy_file *file)
{
	int error = policy_apply_submit(policies->options.env, buffer_span(&file->yaml),
	        span_of(file->path), on_applied, file);

	if (error == 0)
		return;
	log_error("%s: not applied: %s", file->path,
	        error < 0 ? strerror(-error) : "too many writes wait");
	policies->n_failed++;
	one_done(policies);
}

void policies_init(struct policies *policies, const struct policies_options *options)
{
	*policies = (struct policies){.options = *options};
}

void policies_deinit(struct policies *policies)
{
	clear(policies);
	free(policies->items);
	*policies = (struct policies){.items = NULL};
}

int policies_load(struct policies *policies)
{
	int error;

	assert(!policies_busy(policies));
	policies->n_failed = 0;
	error = read_all(policies);
	if (error != 0) {
		clear(policies);
		return error;
	}
	/* One more than there are, so that it ends when all are submitted and not before. */
	policies->n_waiting = policies->n_items + 1;
	for (size_t i = 0; i < policies->n_items; i++)
		submit(policies, &policies->items[i]);
	one_done(policies);
	return 0;
}
