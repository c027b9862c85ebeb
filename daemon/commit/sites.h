/*
 * The sites, and the policy in force of each.
 *
 * The committer adds sites and changes policies; any thread finds and reads them. A site lives as
 * long as the table. A policy that was replaced is freed on the loop's thread, in commit_finish, so
 * the loop may hold one for as long as it handles one request.
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

/* Committer. */
MUST_USE int sites_add(struct sites *sites, uint32_t id, struct span name, struct site **ret);

static inline struct policy *site_policy(struct site *site)
{
	return atomic_load_explicit(&site->policy, memory_order_acquire);
}

#endif
