/*
 * A file goes the way of every other policy: parsed on the loop, compared and stored by the
 * committer. All files are submitted before the first is answered.
 */
#include "daemon/run/policies.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/log.h"
#include "daemon/op/policy_apply.h"
#include "daemon/run/text_file.h"

static void answered(struct policies *policies)
{
	if (--policies->n_pending == 0 && policies->loaded_fn)
		policies->loaded_fn(policies->ctx);
}

/* A message has a line a fault; each becomes one of the log. */
static void log_lines(const char *message)
{
	while (*message) {
		size_t n_bytes = strcspn(message, "\n");

		log_error("%.*s", (int)n_bytes, message);
		message += n_bytes + (message[n_bytes] == '\n');
	}
}

static void on_applied(void *ctx, enum proto_error error, const char *message)
{
	struct policies *policies = ctx;

	if (error != PROTO_ERROR_NONE) {
		policies->n_faulty++;
		log_lines(message);
	}
	answered(policies);
}

static int submit(struct policies *policies, const char *path)
{
	struct buffer text = {.data = NULL};
	int error = text_file_read(path, PROTO_LIMIT_YAML_BYTES, &text);

	if (error == 0)
		error = policy_apply_submit(
		        policies->env, buffer_span(&text), span_of(path), on_applied, policies);
	buffer_deinit(&text);
	return error;
}

static void load_file(struct policies *policies, const char *path)
{
	policies->n_pending++;
	int error = submit(policies, path);
	if (error != 0) {
		log_error("%s: cannot be read: %s", path, strerror(-error));
		policies->n_faulty++;
		answered(policies);
	}
}

static int is_policy_name(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot &&
	       (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* A directory that is not there has no policies. */
static void load_directory(struct policies *policies, const char *directory)
{
	struct dirent **entries;
	int n = scandir(directory, &entries, is_policy_name, alphasort);

	if (n < 0) {
		if (errno != ENOENT) {
			log_error("%s: cannot be read: %s", directory, strerror(errno));
			policies->n_faulty++;
		}
		return;
	}
	for (int i = 0; i < n; i++) {
		char *path;

		if (asprintf(&path, "%s/%s", directory, entries[i]->d_name) >= 0) {
			load_file(policies, path);
			free(path);
		} else {
			policies->n_faulty++;
		}
		free(entries[i]);
	}
	free(entries);
}

void policies_load(struct policies *policies, const struct options *options, const char *directory)
{
	if (policies->n_pending != 0)
		return;
	policies->n_faulty = 0;
	policies->n_pending = 1; /* the load itself: it ends when all are submitted */
	for (size_t i = 0; i < options->n_policy_files; i++)
		load_file(policies, options->policy_files[i]);
	if (directory)
		load_directory(policies, directory);
	answered(policies);
}
