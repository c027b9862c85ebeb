/*
 * A handle of the library that looks decisions up in the map, for a program that measures: it ends
 * where there is no such thing. One thread.
 */
#ifndef TESTS_BENCH_HANDLE_H
#define TESTS_BENCH_HANDLE_H

#include "client/src/client.h"

struct handle {
	struct consent_client *client;
	struct consent_visitor visitor;
	const char *cookie;
};

/* With the map and the site's policy in it. */
void handle_open(struct handle *handle, const char *socket, const char *site, const char *cookie);
void handle_close(struct handle *handle);

/* May the cookie be set for that subject? */
static inline bool handle_check(struct handle *handle, const char *subject)
{
	handle->visitor.subject = subject;
	return consent_check(handle->client, &handle->visitor, handle->cookie, NULL, NULL);
}

/* How often the daemon was asked instead. */
static inline uint32_t handle_n_asked(const struct handle *handle)
{
	return handle->client->msgid;
}

#endif
