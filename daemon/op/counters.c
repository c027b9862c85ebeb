/*
 * Counters, and for each site the commonest undeclared names by the Space-Saving algorithm
 * (Metwally, Agrawal, El Abbadi 2005): while there is room a new name takes a place; then it takes
 * the place, and the count, of the rarest. So a name that is truly common is always there, memory
 * is bounded whatever peers send, and a look is one pass over 64 hashes.
 */
#include "daemon/op/counters.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/blur.h"

struct site_counters {
	uint64_t by_reason[OP_N_REASONS];
	uint32_t n_names;
	uint32_t hashes[PROTO_LIMIT_UNDECLARED_NAMES];
	struct op_undeclared names[PROTO_LIMIT_UNDECLARED_NAMES];
};

struct op_counters {
	uint64_t calls[PROTO_N_OPS];
	uint64_t errors[PROTO_ERROR_SHUTTING_DOWN + 1];
	uint64_t by_reason[OP_N_REASONS]; /* of all sites, and of none */
	uint64_t alarms;
	struct site_counters sites[PROTO_LIMIT_SITES + 1]; /* by id; 0 is not used */
};

struct op_counters *op_counters_new(void)
{
	return calloc(1, sizeof(struct op_counters));
}

struct op_counters *op_counters_free(struct op_counters *counters)
{
	free(counters);
	return NULL;
}

/* -- names ---------------------------------------------------------------------------------- */

/* Stops at the highest number instead of beginning anew: `n` may be a peer's. */
static void count(uint64_t *counter, uint64_t n)
{
	if (__builtin_add_overflow(*counter, n, counter))
		*counter = UINT64_MAX;
}

static uint32_t hash_of(const uint8_t *name, size_t n_bytes)
{
	uint32_t hash = UINT32_C(0x811c9dc5);

	for (size_t i = 0; i < n_bytes; i++)
		hash = (hash ^ name[i]) * UINT32_C(0x01000193);
	return hash;
}

static bool is_name(const struct op_undeclared *entry, const uint8_t *name, size_t n_bytes)
{
	return entry->n_bytes == n_bytes && memcmp(entry->name, name, n_bytes) == 0;
}

/* The place of the rarest name, or the next free one. */
static uint32_t place_for_new(struct site_counters *site)
{
	uint32_t rarest = 0;

	if (site->n_names < PROTO_LIMIT_UNDECLARED_NAMES)
		return site->n_names++;
	for (uint32_t i = 1; i < PROTO_LIMIT_UNDECLARED_NAMES; i++)
		if (site->names[i].count < site->names[rarest].count)
			rarest = i;
	return rarest;
}

static void count_name(struct site_counters *site, struct span cookie, uint64_t n)
{
	uint8_t name[PROTO_LIMIT_UNDECLARED_NAME_BYTES] = {0};
	size_t n_bytes = proto_name_blur(cookie, name);
	uint32_t hash = hash_of(name, n_bytes), at = 0;

	while (at < site->n_names &&
	        (site->hashes[at] != hash || !is_name(&site->names[at], name, n_bytes)))
		at++;
	if (at == site->n_names) {
		at = place_for_new(site);
		site->hashes[at] = hash;
		site->names[at].n_bytes = (uint8_t)n_bytes;
		memcpy(site->names[at].name, name, n_bytes);
	}
	count(&site->names[at].count, n);
}

/* -- counting ------------------------------------------------------------------------------- */

void op_counters_call(struct op_counters *counters, enum proto_op op)
{
	assert(op < PROTO_N_OPS);
	counters->calls[op]++;
}

void op_counters_error(struct op_counters *counters, enum proto_error error)
{
	assert(error <= PROTO_ERROR_SHUTTING_DOWN);
	counters->errors[error]++;
}

void op_counters_decisions(
        struct op_counters *counters, uint32_t site_id, enum proto_reason reason, uint64_t n)
{
	assert((int)reason < (int)OP_N_REASONS && site_id <= PROTO_LIMIT_SITES);
	count(&counters->by_reason[reason], n);
	if (site_id != 0 && !proto_reason_allowed(reason))
		count(&counters->sites[site_id].by_reason[reason], n);
}

void op_counters_name(
        struct op_counters *counters, uint32_t site_id, struct span cookie, uint64_t n)
{
	assert(site_id <= PROTO_LIMIT_SITES);
	if (site_id != 0 && n > 0)
		count_name(&counters->sites[site_id], cookie, n);
}

void op_counters_decision(struct op_counters *counters, uint32_t site_id, enum proto_reason reason,
        struct span cookie)
{
	op_counters_decisions(counters, site_id, reason, 1);
	if (reason == PROTO_REASON_UNDECLARED_COOKIE)
		op_counters_name(counters, site_id, cookie, 1);
}

uint64_t op_counters_alarm(struct op_counters *counters)
{
	return ++counters->alarms;
}

/* -- reading -------------------------------------------------------------------------------- */

void op_counters_each(const struct op_counters *counters, op_counter_fn *each_fn, void *ctx)
{
	char name[PROTO_LIMIT_NAME_BYTES];
	uint64_t n_decisions = 0, n_allowed = 0;

	for (int i = 0; i < (int)OP_N_REASONS; i++) {
		count(&n_decisions, counters->by_reason[i]);
		if (proto_reason_allowed((enum proto_reason)i))
			count(&n_allowed, counters->by_reason[i]);
	}
	each_fn(ctx, "decisions", n_decisions);
	each_fn(ctx, "decisions_allowed", n_allowed);
	each_fn(ctx, "alarms", counters->alarms);
	for (int i = PROTO_REASON_UNKNOWN_SITE; i < PROTO_REASON_UNAVAILABLE; i++) {
		snprintf(name, sizeof(name), "reason_%s", proto_reason_name((enum proto_reason)i));
		each_fn(ctx, name, counters->by_reason[i]);
	}
	for (int i = 0; i < PROTO_N_OPS; i++) {
		snprintf(name, sizeof(name), "calls_%s", proto_ops[i].name);
		each_fn(ctx, name, counters->calls[i]);
	}
	for (int i = PROTO_ERROR_MALFORMED; i <= PROTO_ERROR_SHUTTING_DOWN; i++) {
		snprintf(name, sizeof(name), "errors_%s", proto_error_name((enum proto_error)i));
		each_fn(ctx, name, counters->errors[i]);
	}
}

uint64_t op_counters_denied(
        const struct op_counters *counters, uint32_t site_id, enum proto_reason reason)
{
	assert((int)reason < (int)OP_N_REASONS && site_id <= PROTO_LIMIT_SITES);
	return counters->sites[site_id].by_reason[reason];
}

size_t op_counters_undeclared(const struct op_counters *counters, uint32_t site_id,
        struct op_undeclared ret[PROTO_LIMIT_UNDECLARED_NAMES])
{
	const struct site_counters *site = &counters->sites[site_id];

	assert(site_id <= PROTO_LIMIT_SITES);
	for (uint32_t i = 0; i < site->n_names; i++) {
		uint32_t at = i;

		for (; at > 0 && ret[at - 1].count < site->names[i].count; at--)
			ret[at] = ret[at - 1];
		ret[at] = site->names[i];
	}
	return site->n_names;
}
