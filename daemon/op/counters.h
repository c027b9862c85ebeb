/*
 * What the daemon counts of its operations: calls, errors, decisions, and per site what was denied
 * and which undeclared cookies came most often.
 *
 * Loop thread only. Everything is allocated at once (lazily touched by the kernel); counting
 * allocates nothing. No subject is ever counted, and no cookie name is kept whole.
 */
#ifndef DAEMON_OP_COUNTERS_H
#define DAEMON_OP_COUNTERS_H

#include "daemon/base/error.h"
#include "proto/tables.h"

#define OP_N_REASONS (PROTO_REASON_UNAVAILABLE + 1) /* the highest number is the library's own */

struct op_counters;

struct op_counters *op_counters_new(void); /* NULL: no memory */
struct op_counters *op_counters_free(struct op_counters *counters);

/* -- counting ------------------------------------------------------------------------------- */

void op_counters_call(struct op_counters *counters, enum proto_op op);
void op_counters_error(struct op_counters *counters, enum proto_error error);
/*
 * A decision about a cookie of that site (0: of no site that is known). An undeclared one is noted
 * by its name as well, cut and with its numbers replaced (proto_name_blur).
 */
void op_counters_decision(struct op_counters *counters, uint32_t site_id, enum proto_reason reason,
        struct span cookie);
/*
 * The same of `n` decisions that somebody else counted: by reason, and apart from that by name. A
 * counter that is full stays so.
 */
void op_counters_decisions(
        struct op_counters *counters, uint32_t site_id, enum proto_reason reason, uint64_t n);
void op_counters_name(
        struct op_counters *counters, uint32_t site_id, struct span cookie, uint64_t n);
/*
 * A stored value that could not be read and was answered with a no. Returns how many there were;
 * whoever logs it does so where this is a power of two, so that a damaged store floods no journal.
 */
uint64_t op_counters_alarm(struct op_counters *counters);

/* -- reading -------------------------------------------------------------------------------- */

typedef void op_counter_fn(void *ctx, const char *name, uint64_t value);

/* Calls back for each counter, the zeros included; always as many, in the same order. */
void op_counters_each(const struct op_counters *counters, op_counter_fn *each_fn, void *ctx);

uint64_t op_counters_denied(
        const struct op_counters *counters, uint32_t site_id, enum proto_reason reason);

/* One undeclared name. Rare names share room: `count` may be too high by what was there before. */
struct op_undeclared {
	uint64_t count;
	uint8_t n_bytes;
	uint8_t name[PROTO_LIMIT_UNDECLARED_NAME_BYTES];
};

/* Copies the site's names, the commonest first; returns how many. */
size_t op_counters_undeclared(const struct op_counters *counters, uint32_t site_id,
        struct op_undeclared ret[PROTO_LIMIT_UNDECLARED_NAMES]);

#endif
