/* What the handle counted, on its way to the daemon. Any thread, one handle per thread. */
#ifndef CLIENT_SRC_REPORT_H
#define CLIENT_SRC_REPORT_H

#include "client/src/bytes.h"
#include "client/src/policy_cache.h"

/*
 * Appends a notification for each site of which something was counted, to go in front of requests.
 * The counts stay: whoever sends it clears them. False where there is nothing, or no memory for it.
 */
PROTO_MUST_USE bool client_report_all(
        const struct client_policies *policies, struct client_bytes *out);

#endif
