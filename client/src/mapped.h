/*
 * Checks that are answered from the decision map, in this thread. Any thread, one handle per thread.
 */
#ifndef CLIENT_SRC_MAPPED_H
#define CLIENT_SRC_MAPPED_H

#include <consent.h>

#include "client/src/outage.h"

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

#endif
