/*
 * One page, cut by count, by bytes and by time: no reader of a million records may hold the loop
 * that answers checks.
 */
#include "daemon/op/rows.h"

#include "daemon/op/subject.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	DEFAULT_LIMIT = 100,
	CHUNK = 64, /* records read at once */
	TURN_NS = 1000000,
	HEX_BYTES = 2 * PROTO_DIGEST_BYTES,
};

enum state_filter { ANY, GIVEN, REFUSED, EXPIRED };

static bool find_filter(struct span name, enum state_filter *ret)
{
	static const char *const names[] = {"", "given", "refused", "expired"};

	for (enum state_filter f = ANY; f <= EXPIRED; f++) {
		if (span_is(name, names[f])) {
			*ret = f;
			return true;
		}
	}
	return false;
}

/* What was decided of services that are gone is in no row, so it does not bring a row in either. */
static bool passes(enum state_filter filter, const struct record *record,
        const struct policy *policy, uint64_t now)
{
	const struct proto_state *state = &record->state;
	uint64_t given = 0, refused = 0;

	for (size_t i = 0; i < 2; i++) {
		uint64_t decided = state->decided.word[i] & policy->rules.live.word[i];

		given |= decided & state->given.word[i];
		refused |= decided & ~state->given.word[i];
	}
	switch (filter) {
	case ANY:
		return true;
	case GIVEN:
		return !record->linked && given != 0 && now < state->given_until;
	case REFUSED:
		return !record->linked && refused != 0;
	case EXPIRED:
		return !record->linked && given != 0 && now >= state->given_until;
	}
	return false;
}

/* Reads "DIGEST" or "DIGEST:REVISION". */
static bool parse_cursor(struct span text, struct proto_digest *ret, uint64_t *ret_before)
{
	uint8_t bytes[PROTO_DIGEST_BYTES];
	char copy[64];

	*ret_before = 0;
	if (text.n_bytes < HEX_BYTES || text.n_bytes >= sizeof(copy) ||
	        sodium_hex2bin(bytes, sizeof(bytes), (const char *)text.data, HEX_BYTES, NULL, NULL,
	                NULL) != 0)
		return false;
	*ret = proto_digest_decode(bytes);
	if (text.n_bytes == HEX_BYTES)
		return true;
	memcpy(copy, text.data, text.n_bytes);
	copy[text.n_bytes] = '\0';
	char *end;
	errno = 0;
	*ret_before = strtoull(copy + HEX_BYTES + 1, &end, 10);
	return copy[HEX_BYTES] == ':' && *end == '\0' && errno == 0 && *ret_before != 0;
}

static void format_cursor(struct op_rows *rows, struct proto_digest digest, uint64_t before)
{
	uint8_t bytes[PROTO_DIGEST_BYTES];

	proto_digest_encode(digest, bytes);
	sodium_bin2hex(rows->next, sizeof(rows->next), bytes, sizeof(bytes));
	if (before)
		snprintf(rows->next + HEX_BYTES, sizeof(rows->next) - HEX_BYTES, ":%" PRIu64,
		        before);
}

/* What a page is being made of. */
struct paging {
	enum state_filter filter;
	op_rows_write_fn *write_fn;
	uint32_t n_max;
	uint64_t now, end_ns;
};

/* 1: the page ends behind this row or in it; 0: go on; -1: op_fail was called. */
static int add_row(struct op_call *call, const struct paging *paging, struct op_rows *rows,
        const struct commit_row *row)
{
	size_t n_bytes = rows->writer.n_bytes;

	if (!passes(paging->filter, &row->record, rows->policy, paging->now))
		return 0;
	rows->partial = 0;
	if (!paging->write_fn(call, rows, row))
		return -1;
	if (rows->writer.overflow) {
		rows->writer.n_bytes = n_bytes;
		rows->writer.overflow = false;
		return 1;
	}
	rows->n_rows++;
	if (rows->partial) {
		format_cursor(rows, row->key.digest, rows->partial);
		return 1;
	}
	format_cursor(rows, row->key.digest, 0);
	return rows->n_rows == paging->n_max || clock_monotonic_ns() > paging->end_ns;
}

static int fill(struct op_call *call, const struct paging *paging, struct op_rows *rows,
        const struct proto_digest *after)
{
	struct commit_row chunk[CHUNK];
	struct commit_page page = {.rows = chunk, .n_max = CHUNK};
	struct proto_digest at;

	do {
		int rc = commit_read_page(call->env->commit, rows->site->id, after, &page);
		if (rc != 0)
			return op_fail_storage(call, rc);
		for (size_t i = 0; i < page.n_rows; i++) {
			rc = add_row(call, paging, rows, &page.rows[i]);
			if (rc < 0)
				return OP_FAILED;
			if (rc > 0)
				return OP_DONE;
		}
		at = page.reached;
		after = &at;
		if (page.more)
			format_cursor(rows, at, 0);
	} while (page.more && clock_monotonic_ns() < paging->end_ns);
	if (!page.more)
		rows->next[0] = '\0';
	return OP_DONE;
}

static int read_one(struct op_call *call, const struct paging *paging,
        const struct op_rows_query *query, struct op_rows *rows)
{
	struct op_subject subject;
	int rc = op_subject_read(call, rows->site, query->subject, &subject);

	if (rc == OP_FAILED && call->error == PROTO_ERROR_NOT_FOUND)
		return OP_DONE;
	if (rc != OP_DONE)
		return rc;
	if (add_row(call, paging, rows, &subject.row) < 0)
		return OP_FAILED;
	if (rows->partial == 0)
		rows->next[0] = '\0';
	return OP_DONE;
}

/* A cursor inside a record's events: that record once more, then what is behind it. */
static int read_rest_of(struct op_call *call, const struct paging *paging, struct op_rows *rows,
        const struct proto_digest *digest)
{
	struct commit_row row = {.key = {rows->site->id, *digest}};
	int rc = commit_read_record(call->env->commit, row.key, &row.record);

	if (rc != 0 && rc != VIEW_E_NOT_FOUND)
		return op_fail_storage(call, rc);
	rc = rc == 0 ? add_row(call, paging, rows, &row) : 0;
	rows->before = 0; /* it may have been left out: the next row begins with its newest event */
	return rc < 0 ? OP_FAILED : rc > 0 ? OP_PENDING : OP_DONE;
}

static int read_rows(struct op_call *call, const struct op_rows_query *query, struct paging *paging,
        struct op_rows *rows)
{
	struct proto_digest after;
	bool from_start = !span_present(query->after);

	if (!from_start && !parse_cursor(query->after, &after, &rows->before))
		return op_fail(call, PROTO_ERROR_INVALID_VALUE,
		        "`after` is no cursor; pass what `next` said");
	if (span_present(query->subject))
		return read_one(call, paging, query, rows);
	if (rows->before != 0) {
		int rc = read_rest_of(call, paging, rows, &after);
		if (rc != OP_DONE)
			return rc == OP_PENDING ? OP_DONE : rc;
	}
	return fill(call, paging, rows, from_start ? NULL : &after);
}

int op_rows_read(struct op_call *call, const struct op_rows_query *query,
        op_rows_write_fn *write_fn, struct op_rows *ret)
{
	struct op_rows rows = {0};
	struct paging paging = {
	        .write_fn = write_fn,
	        .n_max = query->limit ? (uint32_t)query->limit : DEFAULT_LIMIT,
	        .now = clock_now(commit_clock(call->env->commit)),
	        .end_ns = clock_monotonic_ns() + TURN_NS,
	};

	rows.site = op_site(call, query->site, &rows.policy);
	if (!rows.site)
		return OP_FAILED;
	if (!find_filter(query->state, &paging.filter))
		return op_fail(call, PROTO_ERROR_INVALID_VALUE,
		        "`state` is none of given, refused, expired");
	rows.writer = proto_writer_of(call->env->scratch->page, sizeof(call->env->scratch->page));
	int rc = read_rows(call, query, &paging, &rows);
	if (rc == OP_DONE)
		*ret = rows;
	return rc;
}
