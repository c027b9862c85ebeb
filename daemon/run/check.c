/*
 * Configurations and policies are told apart by what they say and not by their names, so that an
 * editor's temporary file is checked like the file itself.
 */
#include "daemon/run/check.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/base/buffer.h"
#include "daemon/policy/policy.h"
#include "daemon/run/config.h"
#include "daemon/run/text_file.h"
#include "daemon/run/options.h"

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_quote(uint8_t c)
{
	return c == '"' || c == '\'';
}

/* Whether the key `site` stands at `text`, quoted or not. */
static bool begins_with_site(struct span text)
{
	size_t at = text.n_bytes > 0 && is_quote(text.data[0]) ? 1 : 0;

	if (text.n_bytes < at + 5 || memcmp(text.data + at, "site", 4) != 0)
		return false;
	at += 4;
	if (is_quote(text.data[at]))
		at++;
	while (at < text.n_bytes && is_space(text.data[at]))
		at++;
	return at < text.n_bytes && text.data[at] == ':';
}

/* A key at the top of a document begins a line, or follows the first brace. */
bool check_is_policy(struct span text)
{
	bool line_start = true;

	for (size_t i = 0; i < text.n_bytes; i++) {
		if (line_start && begins_with_site((struct span){text.data + i, text.n_bytes - i}))
			return true;
		line_start =
		        text.data[i] == '\n' || text.data[i] == '{' ||
		        (line_start && text.data[i] == ' ' && i > 0 && text.data[i - 1] == '{');
	}
	return false;
}

static int check_policy(struct span text, struct faults *faults)
{
	struct policy *policy = NULL;
	int error = policy_parse(text, faults, &policy);

	policy_free(policy);
	return error;
}

static int check_config(struct span text, struct faults *faults)
{
	struct config config;
	int error = config_init(&config);

	if (error == 0)
		error = config_parse(&config, text, faults);
	config_deinit(&config);
	return error;
}

static void print_faults(const struct faults *faults)
{
	char line[1024];

	for (size_t i = 0; i < faults->n_items; i++) {
		fault_format(faults, i, line, sizeof(line));
		printf("%s\n", line);
	}
}

/* An exit_status. */
static int check_file(const char *path)
{
	struct buffer text = {.data = NULL};
	struct faults faults = {.file = path};
	int error = text_file_read(path, PROTO_LIMIT_YAML_BYTES, &text), status;
	bool is_policy = check_is_policy(buffer_span(&text));

	if (error != 0)
		faults_error(&faults, 0, 0, "cannot be read: %s", strerror(-error));
	else if (is_policy)
		error = check_policy(buffer_span(&text), &faults);
	else
		error = check_config(buffer_span(&text), &faults);
	status = error == 0 && !faults_any_error(&faults) ? EXIT_STATUS_OK : EXIT_STATUS_INVALID;
	print_faults(&faults);
	if (error == -ENOMEM) {
		fprintf(stderr, "consentd: no memory\n");
		status = EXIT_STATUS_FAILED;
	}
	if (status == EXIT_STATUS_OK)
		printf("%s: %s, in order\n", path, is_policy ? "policy" : "configuration");
	faults_deinit(&faults);
	buffer_deinit(&text);
	return status;
}

int check_files(char *const *files)
{
	int worst = EXIT_STATUS_OK;

	for (; *files; files++) {
		int status = check_file(*files);

		if (status != EXIT_STATUS_OK)
			worst = status;
	}
	return fflush(stdout) == 0 ? worst : EXIT_STATUS_FAILED;
}
