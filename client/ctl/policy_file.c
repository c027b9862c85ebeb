/*
 * The daemon sees a text and knows no file, so its faults name none. Here the file's name is put
 * in front, in the form that editors and compilers agree on.
 */
#include "client/ctl/policy_file.h"

#include <errno.h>
#include <stdlib.h>

#include "client/ctl/text.h"

static const char *name_of(struct span path)
{
	return span_is(path, "-") ? "<stdin>" : (const char *)path.data;
}

/* One byte more than a policy may have, to see that it is too long. */
static int read_stream(FILE *stream, const char *name, struct span *ret_yaml)
{
	size_t capacity = PROTO_LIMIT_YAML_BYTES + 1, n_bytes;
	uint8_t *data = malloc(capacity);

	if (!data)
		exit_without_memory();
	n_bytes = fread(data, 1, capacity, stream);
	*ret_yaml = span_bytes(data, n_bytes);
	if (ferror(stream))
		return exit_fail(CTL_INVALID, "cannot read %s: %s", name, strerror(errno));
	if (n_bytes == 0)
		return exit_fail(CTL_INVALID, "%s is empty", name);
	if (n_bytes == capacity)
		return exit_fail(CTL_INVALID, "%s is too large; a policy has at most %d bytes",
		        name, PROTO_LIMIT_YAML_BYTES);
	if (!proto_text_valid(*ret_yaml))
		return exit_fail(CTL_INVALID, "%s is not UTF-8", name);
	return CTL_OK;
}

int policy_file_read(struct span path, struct span *ret_yaml)
{
	bool is_stdin = span_is(path, "-");
	FILE *stream = is_stdin ? stdin : fopen((const char *)path.data, "re");
	int code;

	if (!stream)
		return exit_fail(CTL_INVALID, "cannot open %s: %s", name_of(path), strerror(errno));
	code = read_stream(stream, name_of(path), ret_yaml);
	if (!is_stdin)
		fclose(stream);
	if (code != CTL_OK) {
		free((void *)(uintptr_t)ret_yaml->data);
		*ret_yaml = SPAN_NONE;
	}
	return code;
}

/* The message's lines; the daemon calls the text `policy`, and here it has a name. */
static void print_faults(const char *name, const char *message)
{
	static const char theirs[] = "policy:";

	while (*message) {
		size_t n_bytes = strcspn(message, "\n");
		size_t n_skip = 0;

		if (strncmp(message, theirs, sizeof(theirs) - 1) == 0) {
			text_print(stderr, span_of(name), TEXT_ONE_LINE);
			n_skip = sizeof(theirs) - 2;
		}
		text_print(stderr, span_bytes(message + n_skip, n_bytes - n_skip), TEXT_ONE_LINE);
		putc('\n', stderr);
		message += n_bytes;
		message += *message == '\n';
	}
}

int policy_file_apply(struct ctl *ctl, struct span path,
        const struct proto_policy_apply_request *request,
        struct proto_policy_apply_result *ret_result)
{
	enum consent_error error = ctl_try(ctl, PROTO_OP_POLICY_APPLY, request, ret_result);

	if (error == CONSENT_OK)
		return CTL_OK;
	if (error != CONSENT_ERROR_INVALID_POLICY)
		return ctl_explain(ctl, error);
	fflush(stdout);
	print_faults(name_of(path), consent_client_message(ctl->client));
	return CTL_INVALID;
}
