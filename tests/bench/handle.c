/*
 * The first check over a fresh handle is asked, the map comes with it or a moment later.
 */
#include "tests/bench/handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TRIES = 300, PAUSE_US = 10000 };

static bool mapped(struct handle *handle)
{
	const struct client_mapping *mapping = handle->client->mapping;
	uint32_t n_asked = handle_n_asked(handle);

	if (!mapping || !client_mapping_valid(mapping, client_now_ns()))
		return false;
	(void)handle_check(handle, "bench-0000000000");
	return handle_n_asked(handle) == n_asked;
}

void handle_open(struct handle *handle, const char *socket, const char *site, const char *cookie)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;

	options.socket = socket;
	options.deadline_ms = 5000;
	visitor.site = site;
	*handle = (struct handle){.visitor = visitor, .cookie = cookie};
	if (consent_client_open(&options, &handle->client) != CONSENT_OK) {
		fprintf(stderr, "cannot open a handle\n");
		exit(1);
	}
	for (int i = 0; i < TRIES; i++) {
		(void)handle_check(handle, "bench-0000000000");
		if (mapped(handle))
			return;
		usleep(PAUSE_US);
	}
	fprintf(stderr, "%s passes no map on: %s\n", socket,
	        consent_client_message(handle->client));
	exit(1);
}

void handle_close(struct handle *handle)
{
	consent_client_close(handle->client);
}
