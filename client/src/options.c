/*
 * Options are read once, at open: what they say is copied, so that the application may free or
 * change its own. A pattern that would match every cookie is refused, because a list that says
 * "everything is necessary" is a mistake, and one that shows only in an outage.
 */
#include "client/src/options.h"

#include "client/src/client.h"
#include "proto/rules.h"

#include <stdlib.h>

static bool socket_init(struct client_options *options, const char *given)
{
	const char *path = given ? given : secure_getenv("CONSENT_SOCKET");
	if (!path || (!given && path[0] == '\0'))
		path = CLIENT_DEFAULT_SOCKET;
	size_t n_bytes = strlen(path);
	if (n_bytes == 0 || n_bytes >= sizeof(options->address.sun_path))
		return false;
	options->address.sun_family = AF_UNIX;
	memcpy(options->address.sun_path, path, n_bytes + 1);
	return true;
}

static bool text_fits(const char *text, size_t most)
{
	size_t n_bytes = strlen(text);
	return n_bytes > 0 && n_bytes <= most && proto_text_valid(span_of(text));
}

/* A name, or a pattern with one leading or trailing `*`, never alone. */
static bool pattern_valid(const char *pattern)
{
	if (!pattern || !text_fits(pattern, PROTO_LIMIT_COOKIE_NAME_BYTES))
		return false;
	const char *star = strchr(pattern, '*');
	if (!star)
		return true;
	size_t n_bytes = strlen(pattern);
	bool at_an_end = star == pattern || star == pattern + n_bytes - 1;
	return n_bytes > 1 && at_an_end && !strchr(star + 1, '*');
}

static enum consent_error necessary_init(
        struct client_options *options, const struct consent_client_options *given)
{
	options->no_map = given->no_map;
	if (given->n_necessary > CLIENT_NECESSARY_MOST || (given->n_necessary && !given->necessary))
		return CONSENT_ERROR_INVALID_ARGUMENT;
	for (size_t i = 0; i < given->n_necessary; i++)
		if (!pattern_valid(given->necessary[i]))
			return CONSENT_ERROR_INVALID_ARGUMENT;
	if (given->n_necessary == 0)
		return CONSENT_OK;
	options->necessary = calloc(given->n_necessary, sizeof(*options->necessary));
	if (!options->necessary)
		return CONSENT_ERROR_NO_MEMORY;
	for (size_t i = 0; i < given->n_necessary; i++) {
		options->necessary[i] = strdup(given->necessary[i]);
		if (!options->necessary[i])
			return CONSENT_ERROR_NO_MEMORY;
		options->n_necessary++;
	}
	return CONSENT_OK;
}

enum consent_error client_options_init(
        struct client_options *options, const struct consent_client_options *given)
{
	*options = (struct client_options){
	        .deadline_ms = CLIENT_DEADLINE_MS, .write_deadline_ms = CLIENT_WRITE_DEADLINE_MS};
	struct consent_client_options read = CONSENT_CLIENT_OPTIONS_INIT;
	if (given && !client_struct_read(given, &read, sizeof(read)))
		return CONSENT_ERROR_INVALID_ARGUMENT;
	if (!socket_init(options, read.socket))
		return CONSENT_ERROR_INVALID_ARGUMENT;
	if (read.name && !text_fits(read.name, PROTO_LIMIT_CLIENT_BYTES))
		return CONSENT_ERROR_INVALID_ARGUMENT;
	if (read.deadline_ms)
		options->deadline_ms = read.deadline_ms;
	if (read.write_deadline_ms)
		options->write_deadline_ms = read.write_deadline_ms;
	options->name = strdup(read.name ? read.name : "libconsent");
	if (!options->name)
		return CONSENT_ERROR_NO_MEMORY;
	return necessary_init(options, &read);
}

void client_options_deinit(struct client_options *options)
{
	for (size_t i = 0; i < options->n_necessary; i++)
		free(options->necessary[i]);
	free(options->necessary);
	free(options->name);
	*options = (struct client_options){.n_necessary = 0};
}

bool client_options_necessary(const struct client_options *options, struct span cookie)
{
	for (size_t i = 0; i < options->n_necessary; i++)
		if (proto_pattern_matches(span_of(options->necessary[i]), cookie))
			return true;
	return false;
}
