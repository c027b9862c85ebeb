/* The handle's options: checked, with the defaults filled in, and owned. Any thread. */
#ifndef CLIENT_SRC_OPTIONS_H
#define CLIENT_SRC_OPTIONS_H

#include <sys/socket.h>
#include <sys/un.h>

#include <consent.h>

#include "proto/span.h"

#define CLIENT_DEFAULT_SOCKET "/run/consentd/consentd.sock"

enum {
	CLIENT_DEADLINE_MS = 250,        /* of a check or another question */
	CLIENT_WRITE_DEADLINE_MS = 5000, /* a commit waits for a disk */
	CLIENT_NECESSARY_MOST = 256,
};

struct client_options {
	struct sockaddr_un address;
	uint32_t deadline_ms, write_deadline_ms;
	char *name;
	char **necessary; /* patterns */
	size_t n_necessary;
	bool no_map;
};

/*
 * Initialises from what the application gave, NULL for nothing. INVALID_ARGUMENT or NO_MEMORY;
 * client_options_deinit() is legal in any case.
 */
PROTO_MUST_USE enum consent_error client_options_init(
        struct client_options *options, const struct consent_client_options *given);
void client_options_deinit(struct client_options *options);

/* Whether the application listed the cookie as necessary. */
bool client_options_necessary(const struct client_options *options, struct span cookie);

#endif
