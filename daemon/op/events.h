/*
 * A subject's events, newest first, in the form of the wire. Loop thread only.
 */
#ifndef DAEMON_OP_EVENTS_H
#define DAEMON_OP_EVENTS_H

#include "daemon/op/op.h"

struct op_events_page {
	uint64_t before;    /* only events below this revision; 0: from the newest */
	const char *cursor; /* the field of the request that `before` comes from */
	uint32_t n_max;
	struct proto_writer writer; /* takes as many as fit, and never a part of one */

	uint32_t n_events; /* written */
	uint64_t next;     /* pass it as `before` for the rest; 0: that was all */
};

/*
 * OP_DONE; OP_FAILED after storage_failed, or invalid_value where `before` is no event of the
 * subject's and far from its newest. Ends at an event whose body is gone.
 */
MUST_USE int op_events_read(struct op_call *call, struct site *site, const struct commit_row *row,
        struct op_events_page *page);

#endif
