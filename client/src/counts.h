/*
 * What a handle decided by itself and the daemon does not know of yet: how often, by site and
 * reason; and the names that no policy declares. They leave with the next exchange, or with
 * consent_flush().
 *
 * Any thread, one handle per thread. The memory is the handle's and is bounded: nothing is
 * allocated, and no name is held whole.
 */
#ifndef CLIENT_SRC_COUNTS_H
#define CLIENT_SRC_COUNTS_H

#include "proto/messages.h"

enum {
	CLIENT_COUNTS_SITES = 64,
	CLIENT_COUNTS_REASONS = PROTO_REASON_UNAVAILABLE + 1,
	CLIENT_COUNTS_NAMES = PROTO_LIMIT_UNDECLARED_NAMES, /* of all sites together */
};

/* An undeclared name, as much of it as is kept. */
struct client_counts_name {
	uint64_t count;
	uint8_t site, n_bytes;
	uint8_t text[PROTO_LIMIT_UNDECLARED_NAME_BYTES];
};

struct client_counts {
	bool any; /* false: all is zero */
	uint32_t n_names;
	uint64_t by_reason[CLIENT_COUNTS_SITES][CLIENT_COUNTS_REASONS]; /* by number of the slot */
	uint32_t hashes[CLIENT_COUNTS_NAMES];
	struct client_counts_name names[CLIENT_COUNTS_NAMES];
};

/* Counts a decision about a cookie of the site in the slot `site`. */
static inline void client_counts_add(
        struct client_counts *counts, size_t site, enum proto_reason reason)
{
	counts->any = true;
	counts->by_reason[site][reason]++;
}

/* Notes by name an undeclared cookie that was counted; a name that there is no room for is not. */
void client_counts_add_name(struct client_counts *counts, size_t site, struct span name);

/* Forgets what was counted of a site, or all of it. */
void client_counts_drop(struct client_counts *counts, size_t site);
void client_counts_clear(struct client_counts *counts);

/* A report, with the memory that its lists are in. */
struct client_report {
	struct proto_report_request request;
	uint8_t lists[4096];
};

/* The report of a site, called `name`; false where nothing was counted. */
PROTO_MUST_USE bool client_counts_report(const struct client_counts *counts, size_t site,
        struct span name, struct client_report *ret);

#endif
