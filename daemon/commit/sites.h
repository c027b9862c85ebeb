/*
 * The sites, and the policy in force of each.
 *
 * The committer adds sites and changes policies; any thread finds and reads them. A site lives as
 * long as the table. A policy that was replaced is freed on the loop's thread, in commit_finish, so
 * the loop may hold one until it calls that: for a turn.
 */
#ifndef DAEMON_COMMIT_SITES_H
#define DAEMON_COMMIT_SITES_H

#include <stdatomic.h>

#include "daemon/policy/policy.h"
#include "proto/digest.h"

struct site {
	uint32_t id;
	struct span name; /* owned by the site */
	struct proto_site_key key;
	_Atomic(struct policy *) policy; /* in force; NULL before the first is applied */
	char *file; /* that the policy was loaded from in this run; NULL: none. Committer's */
	struct site *next;
};

struct sites;

struct sites *sites_new(const uint8_t *digest_key); /* NULL: no memory */
struct sites *sites_free(struct sites *sites);

/* The site of that name, or NULL. Any thread. Lower case is the caller's duty. */
struct site *sites_find(struct sites *sites, struct span name);
struct site *sites_of_id(struct sites *sites, uint32_t id);
/* Iterates: pass NULL first. Any thread. */
struct site *sites_next(struct sites *sites, struct site *site);
size_t sites_count(struct sites *sites);

/* -- committer ------------------------------------------------------------------------------ */
/* Whether one more may be inserted: fewer than PROTO_LIMIT_SITES, ids from 1 to that limit. */
bool sites_have_room(struct sites *sites);
/* A site that nobody sees yet; NULL: no memory. */
struct site *site_new(const struct sites *sites, uint32_t id, struct span name);
struct site *site_free(struct site *site);
/* -ENOMEM */
MUST_USE int site_set_file(struct site *site, struct span file);
/* Makes the site visible; cannot fail. Its policy and file are set before or after. */
void sites_insert(struct sites *sites, struct site *site);

static inline struct policy *site_policy(struct site *site)
{
	return atomic_load_explicit(&site->policy, memory_order_acquire);
}

#endif
