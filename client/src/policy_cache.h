/*
 * The policies that a handle has seen: what is necessary when the daemon cannot be asked, with
 * which domain and path a cookie is deleted, and whether a site only reports.
 *
 * Any thread, one handle per thread. A bounded number of sites.
 */
#ifndef CLIENT_SRC_POLICY_CACHE_H
#define CLIENT_SRC_POLICY_CACHE_H

#include <consent.h>

#include "client/src/counts.h"
#include "proto/digest.h"
#include "proto/messages.h"
#include "proto/rules.h"

enum {
	CLIENT_POLICIES = 64,              /* sites a handle remembers */
	CLIENT_POLICY_RETRY_MS = 1000,     /* after a policy could not be had */
	CLIENT_POLICY_IDLE_MS = 60 * 1000, /* a site unused for so long gives way to another */
};

/* One site's policy; the rules and texts stand behind the struct in one allocation. */
struct client_policy {
	struct proto_rules rules;
	uint64_t instance; /* of the daemon that told it */
	uint32_t policy_revision;
	bool report; /* mode `report`: adapters let everything through */
};

struct client_policy_slot {
	char *site;                   /* NULL: free */
	struct client_policy *policy; /* NULL: none that is in force */
	uint32_t wanted;              /* the policy revision that the daemon last decided by */
	uint32_t connection;          /* the number of the one it came over */
	uint64_t retry_at_ms;         /* no sooner is it fetched again; 0: not asked for in vain */
	uint64_t used_at_ms;

	/* Whether `policy` was in force at a generation of a map. */
	bool mapped;
	uint64_t instance, generation;
	struct proto_site_key key;
};

struct client_policies {
	struct client_policy_slot slots[CLIENT_POLICIES];
	struct client_policy_slot *last; /* that was mapped; NULL: none */
	struct client_counts counts;     /* of the sites, by number of the slot */
};

static inline size_t client_policy_number(
        const struct client_policies *policies, const struct client_policy_slot *slot)
{
	return (size_t)(slot - policies->slots);
}

/* What came of a policy_get. */
struct client_policy_answer {
	enum consent_error error; /* OK: `result`; REMOTE: `remote` */
	enum proto_error remote;
	uint32_t connection; /* the number of the one it came over */
	const struct proto_policy_get_result *result;
};

/* The newest policy seen of a site, or NULL. */
const struct client_policy *client_policies_find(
        struct client_policies *policies, struct span site);

/*
 * Notes by which policy revision the daemon decides for a site (0: it knows none). Fetches the
 * policy where it is not the one that is held, or came over a connection before this one, in the
 * time that the call has left; one that is superseded and cannot be fetched is forgotten. Whether
 * it worked shows in client_policies_find().
 */
void client_policies_note(
        struct consent_client *client, const char *site, uint64_t policy_revision);

/* The same without fetching: the slot whose policy is to be fetched; NULL: none is. */
struct client_policy_slot *client_policies_wanted(struct client_policies *policies,
        const char *site, uint64_t policy_revision, uint32_t connection);

/* Whether the site's policy could be kept, and was not asked for in vain a moment ago. */
PROTO_MUST_USE bool client_policies_may_fetch(struct client_policies *policies, const char *site);

/*
 * Keeps what a policy_get returned, and returns its slot; NULL: no policy came of it, and for
 * CLIENT_POLICY_RETRY_MS only client_policies_fetch() asks again.
 */
struct client_policy_slot *client_policies_put(
        struct consent_client *client, const char *site, const struct client_policy_answer *answer);

/* Fetches a site's policy where none is held; an error of the exchange, or OK. */
PROTO_MUST_USE enum consent_error client_policies_fetch(
        struct consent_client *client, const char *site);

/*
 * Compiles what policy_get returned, copying all of it. NULL without memory, or where the policy
 * contradicts itself: then nothing in it is believed.
 */
struct client_policy *client_policy_new(
        struct span site, const struct proto_policy_get_result *result);
struct client_policy *client_policy_free(struct client_policy *policy);

void client_policies_deinit(struct client_policies *policies);

/*
 * Fetches the site's policy in force into its slot. NULL: it cannot be had, could not a moment ago,
 * or sites are too many.
 */
struct client_policy_slot *client_policies_renew(struct consent_client *client, const char *site);

/* The site's slot where it is good for the generation of the map; else NULL. Asked about at now_ns. */
struct client_policy_slot *client_policies_mapped(struct client_policies *policies,
        const char *site, uint64_t instance, uint64_t generation, uint64_t now_ns);

#endif
