/* Counting: names that are kept, names that are not, and the bound on both. */
#include "daemon/op/counters.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct op_counters *counters;
static struct op_undeclared names[PROTO_LIMIT_UNDECLARED_NAMES];

static void start(void)
{
	counters = op_counters_new();
	cr_assert_not_null(counters);
}

static void stop(void)
{
	op_counters_free(counters);
}

TestSuite(counters, .init = start, .fini = stop);

static void undeclared(const char *name, unsigned int times)
{
	for (unsigned int i = 0; i < times; i++)
		op_counters_decision(counters, 1, PROTO_REASON_UNDECLARED_COOKIE, span_of(name));
}

static uint64_t count_of(const char *name)
{
	size_t n = op_counters_undeclared(counters, 1, names);

	for (size_t i = 0; i < n; i++)
		if (span_is(span_bytes(names[i].name, names[i].n_bytes), name))
			return names[i].count;
	return 0;
}

Test(counters, the_commonest_names_come_first)
{
	cr_expect_eq(op_counters_undeclared(counters, 1, names), 0);
	undeclared("rare", 1);
	undeclared("common", 5);
	undeclared("medium", 3);
	cr_assert_eq(op_counters_undeclared(counters, 1, names), 3);
	cr_expect(span_is(span_bytes(names[0].name, names[0].n_bytes), "common"));
	cr_expect(span_is(span_bytes(names[1].name, names[1].n_bytes), "medium"));
	cr_expect(span_is(span_bytes(names[2].name, names[2].n_bytes), "rare"));
	cr_expect_eq(op_counters_undeclared(counters, 2, names), 0, "of another site");
}

/* Letters only, beyond f, so that nothing is blurred. */
static void name_of(unsigned int i, char ret[8])
{
	snprintf(ret, 8, "%c%c%c", (char)('g' + i % 20), (char)('g' + i / 20 % 20),
	        (char)('g' + i / 400 % 20));
}

Test(counters, a_flood_of_names_leaves_the_common_one)
{
	char name[8];

	for (unsigned int i = 0; i < 8000; i++) {
		name_of(i, name);
		undeclared(name, 1);
		if (i % 20 == 0)
			undeclared("the-common-one", 1);
	}
	cr_expect_eq(op_counters_undeclared(counters, 1, names), PROTO_LIMIT_UNDECLARED_NAMES);
	cr_expect_geq(count_of("the-common-one"), 400);
}

Test(counters, one_name_more_than_there_is_room_for)
{
	char name[8];

	for (unsigned int i = 0; i < PROTO_LIMIT_UNDECLARED_NAMES; i++) {
		name_of(i, name);
		undeclared(name, 2);
	}
	name_of(5, name);
	undeclared(name, 1);
	cr_expect_eq(count_of(name), 3);
	undeclared("one-more", 1);
	cr_expect_eq(op_counters_undeclared(counters, 1, names), PROTO_LIMIT_UNDECLARED_NAMES);
	cr_expect_eq(count_of("one-more"), 3, "it takes the rarest's place, and count");
	cr_expect_eq(count_of(name), 3);
}

static const char *wanted;
static uint64_t found;
static unsigned int n_counters;

static void take(void *ctx, const char *name, uint64_t value)
{
	(void)ctx;
	n_counters++;
	cr_expect_lt(strlen(name), (size_t)PROTO_LIMIT_NAME_BYTES);
	if (strcmp(name, wanted) == 0)
		found = value;
}

static uint64_t counter(const char *name)
{
	wanted = name;
	found = UINT64_MAX;
	n_counters = 0;
	op_counters_each(counters, take, NULL);
	return found;
}

Test(counters, by_name)
{
	op_counters_call(counters, PROTO_OP_HELLO);
	op_counters_call(counters, PROTO_OP_STATS);
	op_counters_call(counters, PROTO_OP_STATS);
	op_counters_error(counters, PROTO_ERROR_MALFORMED);
	op_counters_error(counters, PROTO_ERROR_SHUTTING_DOWN);
	op_counters_decision(counters, 1, PROTO_REASON_CONSENT_GIVEN, SPAN_NONE);
	op_counters_decision(counters, PROTO_LIMIT_SITES, PROTO_REASON_STALE, SPAN_NONE);
	op_counters_decision(counters, 0, PROTO_REASON_UNKNOWN_SITE, SPAN_NONE);
	cr_expect_eq(op_counters_alarm(counters), 1);
	cr_expect_eq(op_counters_alarm(counters), 2);
	cr_expect_eq(counter("calls_hello"), 1);
	cr_expect_eq(counter("calls_stats"), 2);
	cr_expect_eq(counter("calls_record"), 0);
	cr_expect_eq(counter("errors_malformed"), 1);
	cr_expect_eq(counter("errors_shutting_down"), 1);
	cr_expect_eq(counter("decisions"), 3);
	cr_expect_eq(counter("decisions_allowed"), 1);
	cr_expect_eq(counter("reason_stale"), 1);
	cr_expect_eq(counter("reason_unknown_site"), 1);
	cr_expect_eq(counter("alarms"), 2);
	cr_expect_eq(counter("none"), UINT64_MAX);
	cr_expect_lt(n_counters, 200, "stats has room for 256, the committer's included");
	cr_expect_eq(op_counters_denied(counters, PROTO_LIMIT_SITES, PROTO_REASON_STALE), 1);
	cr_expect_eq(op_counters_denied(counters, 1, PROTO_REASON_CONSENT_GIVEN), 0);
}
