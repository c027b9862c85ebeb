/*
 * Pages of a site's records: what `list` and `export` share. Loop thread only.
 *
 * A page ends at its limit, when its bytes are full, or after a millisecond, whichever is first;
 * the cursor says where to go on. "DIGEST" is behind that record, "DIGEST:REVISION" in the middle
 * of its events.
 */
#ifndef DAEMON_OP_ROWS_H
#define DAEMON_OP_ROWS_H

#include "daemon/op/op.h"

struct op_rows_query {
	struct span site, subject, state, after;
	uint64_t limit; /* 0: the default */
};

struct op_rows {
	struct site *site;
	const struct policy *policy;
	struct proto_writer writer; /* the encoded rows; they lie in the scratch page */
	uint32_t n_rows;
	uint64_t before;  /* events of the first row below this revision; 0: from the newest */
	uint64_t partial; /* set by write_fn: the row's events go on below this revision */
	char next[64];    /* the cursor; empty: this was the last page */
};

/*
 * Appends a row to rows->writer. An overflow is taken back by the caller, and the page ends there.
 * False: op_fail was called.
 */
typedef bool op_rows_write_fn(
        struct op_call *call, struct op_rows *rows, const struct commit_row *row);

/* OP_DONE or OP_FAILED. The rows are valid until the next operation. */
MUST_USE int op_rows_read(struct op_call *call, const struct op_rows_query *query,
        op_rows_write_fn *write_fn, struct op_rows *ret);

static inline struct span op_rows_next(const struct op_rows *rows)
{
	return rows->next[0] ? span_of(rows->next) : SPAN_NONE;
}

#endif
