/* Asking about many cookies at once, in the form that the operations share. Any thread. */
#ifndef CLIENT_SRC_CHECK_H
#define CLIENT_SRC_CHECK_H

#include <consent.h>

#include "client/src/outage.h"

enum { CLIENT_COOKIES_MOST = 1 << 24 };

/*
 * Decides for the cookies in one round trip, and refreshes the policy that is held where the daemon
 * decided by another. Checks the visitor. Every decision is written, in order; the error says
 * why some are `unavailable`. At most CLIENT_COOKIES_MOST.
 */
PROTO_MUST_USE enum consent_error client_check(struct consent_client *client,
        const struct consent_visitor *visitor, const struct client_cookie *cookies,
        size_t n_cookies, struct consent_decision *ret_decisions);

#endif
