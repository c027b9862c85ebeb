/*
 * Checks that are answered from the decision map, in this thread. Any thread, one handle per thread.
 */
#ifndef CLIENT_SRC_MAPPED_H
#define CLIENT_SRC_MAPPED_H

#include <consent.h>

#include "client/src/outage.h"
#include "client/src/policy_cache.h"

/*
 * Decides for all cookies, or for none and returns false: then renew, or ask the daemon. Makes no
 * system call, allocates nothing, and takes no time that depends on anybody else.
 */
PROTO_MUST_USE bool client_mapped_decide(struct consent_client *client,
        const struct consent_visitor *visitor, const struct client_cookie *cookies,
        size_t n_cookies, struct consent_decision *ret_decisions);

/*
 * Gets what is missing for a decision about the site: a valid map, the policy in force. Within the
 * time that the call has left. True: try to decide again; false: ask the daemon.
 */
PROTO_MUST_USE bool client_mapped_renew(struct consent_client *client, const char *site);

/* ---- the same for who may not wait -------------------------------------------------------------- */

enum client_mapped_want {
	CLIENT_MAPPED_NOTHING, /* or nothing that can be had now */
	CLIENT_MAPPED_MAP,
	CLIENT_MAPPED_POLICY,
};

/* What a policy is good for once it is there, noted before it is asked for. */
struct client_mapped_mark {
	uint64_t instance, generation;
	struct proto_site_key key;
};

/* What is to be asked of the daemon next for the site; with the mark of a POLICY. */
enum client_mapped_want client_mapped_wants(
        struct consent_client *client, const char *site, struct client_mapped_mark *ret_mark);

/*
 * Takes over the descriptor (−1: none came) and, where that is understood, what `map` answered;
 * `result` NULL for none. Whether there is a valid map then.
 */
bool client_mapped_accept(
        struct consent_client *client, int fd, const struct proto_map_result *result);

/* Marks a policy that was fetched as good for look-ups. */
void client_mapped_mark(struct client_policy_slot *slot, const struct client_mapped_mark *mark);

#endif
