/*
 * Between the commands and the library. The library's deadline is the user's --timeout for reads
 * and writes alike: a person waits, a web worker does not.
 */
#include "client/ctl/ctl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/ctl/text.h"
#include "client/src/call.h"
#include "proto/reader.h"

#define DEFAULT_SOCKET "/run/consentd/consentd.sock"

const char *ctl_socket(const struct ctl *ctl)
{
	const char *path = getenv("CONSENT_SOCKET");

	if (span_present(ctl->globals.socket))
		return (const char *)ctl->globals.socket.data;
	return path && *path ? path : DEFAULT_SOCKET;
}

int ctl_check_socket(const struct ctl *ctl)
{
	const char *source = span_present(ctl->globals.socket) ? "--socket" : "CONSENT_SOCKET";
	const char *path = ctl_socket(ctl);
	size_t n_bytes = strlen(path), most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (n_bytes == 0)
		return exit_fail(CTL_USAGE, "%s is empty; it names the daemon's socket", source);
	if (n_bytes > most)
		return exit_fail(CTL_USAGE,
		        "%s is %zu bytes long; the path of a socket has at most %zu", source,
		        n_bytes, most);
	if (!proto_text_valid(span_of(path)))
		return exit_fail(CTL_USAGE, "%s is not UTF-8", source);
	return CTL_OK;
}

static enum consent_error open_client(struct ctl *ctl)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;

	options.socket = ctl_socket(ctl);
	options.deadline_ms =
	        ctl->globals.timeout_ms ? (uint32_t)ctl->globals.timeout_ms : GLOBALS_TIMEOUT_MS;
	options.write_deadline_ms = options.deadline_ms;
	options.name = "consentctl";
	return consent_client_open(&options, &ctl->client);
}

enum ctl_exit ctl_exit_of(enum consent_error error)
{
	switch (error) {
	case CONSENT_OK:
		return CTL_OK;
	case CONSENT_ERROR_NOT_FOUND:
		return CTL_NO;
	case CONSENT_ERROR_CONNECT:
	case CONSENT_ERROR_CLOSED:
	case CONSENT_ERROR_SHUTTING_DOWN:
		return CTL_CONNECT;
	case CONSENT_ERROR_FORBIDDEN:
		return CTL_FORBIDDEN;
	case CONSENT_ERROR_TIMEOUT:
	case CONSENT_ERROR_UNAVAILABLE:
		return CTL_TIMEOUT;
	case CONSENT_ERROR_INVALID_ARGUMENT:
	case CONSENT_ERROR_MALFORMED:
	case CONSENT_ERROR_UNKNOWN_METHOD:
	case CONSENT_ERROR_MISSING_FIELD:
	case CONSENT_ERROR_UNKNOWN_FIELD:
	case CONSENT_ERROR_BAD_TYPE:
	case CONSENT_ERROR_INVALID_VALUE:
	case CONSENT_ERROR_TOO_LARGE:
	case CONSENT_ERROR_UNKNOWN_SITE:
	case CONSENT_ERROR_UNKNOWN_CHOICE:
	case CONSENT_ERROR_CONFLICT:
	case CONSENT_ERROR_INVALID_POLICY:
	case CONSENT_ERROR_POLICY_FULL:
		return CTL_INVALID;
	case CONSENT_ERROR_NO_MEMORY:
	case CONSENT_ERROR_PROTOCOL:
	case CONSENT_ERROR_REMOTE:
	case CONSENT_ERROR_BUSY:
	case CONSENT_ERROR_STORAGE_FULL:
	case CONSENT_ERROR_STORAGE_FAILED:
		return CTL_PARTLY;
	}
	return CTL_PARTLY;
}

int ctl_explain(const struct ctl *ctl, enum consent_error error)
{
	const char *message = ctl->client ? consent_client_message(ctl->client) : "";
	enum ctl_exit code = ctl_exit_of(error);

	if (!*message)
		message = consent_error_text(error);
	if (error == CONSENT_ERROR_CONNECT)
		return exit_fail(code,
		        "cannot connect: %s; is consentd running? --socket PATH or CONSENT_SOCKET "
		        "names "
		        "another socket",
		        message);
	if (error == CONSENT_ERROR_TIMEOUT)
		return exit_fail(code, "no answer in time: %s; --timeout MS waits longer", message);
	if (error == CONSENT_ERROR_FORBIDDEN)
		return exit_fail(
		        code, "forbidden: %s; `consentctl status` shows your roles", message);
	return exit_fail(code, "%s: %s", consent_error_name(error), message);
}

/* A refusal of the daemon's as the library's own error: 100 and the number of the code. */
static enum consent_error refusal(const struct consent_client *client)
{
	enum proto_error remote = client_remote_error(client);

	return (enum consent_error)((int)CONSENT_ERROR_REMOTE + (int)remote);
}

enum consent_error ctl_try(struct ctl *ctl, enum proto_op op, const void *request, void *result)
{
	enum consent_error error = ctl->client ? CONSENT_OK : open_client(ctl);

	if (error == CONSENT_OK)
		error = client_call(ctl->client, op, request, result);
	return error == CONSENT_ERROR_REMOTE ? refusal(ctl->client) : error;
}

int ctl_call(struct ctl *ctl, enum proto_op op, const void *request, void *result)
{
	enum consent_error error = ctl_try(ctl, op, request, result);

	return error == CONSENT_OK ? CTL_OK : ctl_explain(ctl, error);
}

int ctl_call_and_print(struct ctl *ctl, enum proto_op op, const void *request, void *result)
{
	int code = ctl_call(ctl, op, request, result);

	if (code == CTL_OK)
		output_message(&ctl->out, proto_ops[op].result, result);
	return code;
}

static bool read_yes(void)
{
	char line[16];

	return fgets(line, sizeof(line), stdin) &&
	       (strcmp(line, "y\n") == 0 || strcmp(line, "yes\n") == 0 || strcmp(line, "Y\n") == 0);
}

bool ctl_can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

int ctl_confirm(bool yes, const char *format, ...)
{
	char question[512];
	va_list args;
	int n_bytes;

	if (yes || !ctl_can_ask())
		return CTL_OK;
	va_start(args, format);
	n_bytes = vsnprintf(question, sizeof(question), format, args);
	va_end(args);
	if (n_bytes < 0)
		return CTL_NO;
	fflush(stdout);
	text_print(stderr, span_of(question), TEXT_MANY_LINES);
	fputs(" [y/N] ", stderr);
	return read_yes() ? CTL_OK : exit_fail(CTL_NO, "not confirmed, nothing was changed");
}

bool ctl_shows_progress(void)
{
	return isatty(STDERR_FILENO) != 0;
}

enum output_format ctl_format(const struct ctl *ctl, enum output_format usual)
{
	return ctl->globals.format ? (enum output_format)(ctl->globals.format - 1) : usual;
}

void ctl_deinit(struct ctl *ctl)
{
	output_deinit(&ctl->out);
	consent_client_close(ctl->client);
	ctl->client = NULL;
}
