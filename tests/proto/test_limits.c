/*
 * Every limit of every request, at the limit and one past it, from the tables themselves; and
 * that results are not held to them.
 */
#include "tests/support/wire.h"

#include <criterion/criterion.h>

static union {
	union proto_any_request request;
	uint8_t bytes[1024];
} decoded;

static const struct proto_op_row *row; /* the operation under test */

/* A request whose `member` has that value is taken (want NONE) or refused with that error. */
static void expect(
        const struct proto_member *member, struct wire_value value, enum proto_error want)
{
	struct proto_writer w = wire_writer();
	struct proto_fault fault = {0};
	int refused;

	wire_write_message(&w, row->request, member, value, 0);
	cr_assert_not(w.overflow);
	refused = proto_decode_request(row->request, proto_writer_span(&w), &decoded, &fault);
	cr_assert_eq(refused, want != PROTO_ERROR_NONE, "%s.%s: size %llu, item %llu, name %llu",
	        row->name, proto_fields[member->field].key, (unsigned long long)value.size,
	        (unsigned long long)value.item_bytes, (unsigned long long)value.name_bytes);
	cr_assert_eq(fault.error, want, "%s.%s", row->name, proto_fields[member->field].key);
	if (refused)
		cr_assert_eq(fault.member, member);
}

static void expect_size(
        const struct proto_member *member, struct wire_value value, enum proto_error past)
{
	const struct proto_field_row *field = &proto_fields[member->field];

	value.size = field->least;
	expect(member, value, PROTO_ERROR_NONE);
	value.size = field->most;
	expect(member, value, PROTO_ERROR_NONE);
	if (field->least > 0) {
		value.size = field->least - 1;
		expect(member, value, PROTO_ERROR_INVALID_VALUE);
	}
	if (field->most < UINT64_MAX) {
		value.size = field->most + 1;
		expect(member, value, past);
	}
}

static void expect_item_bytes(const struct proto_member *member, uint64_t least)
{
	struct wire_value value = {1, 1, 1};
	const uint64_t most = proto_fields[member->field].item_bytes;

	value.item_bytes = least;
	expect(member, value, PROTO_ERROR_NONE);
	value.item_bytes = most;
	expect(member, value, PROTO_ERROR_NONE);
	value.item_bytes = most + 1;
	expect(member, value, PROTO_ERROR_TOO_LARGE);
	if (least > 0) {
		value.item_bytes = least - 1;
		expect(member, value, PROTO_ERROR_INVALID_VALUE);
	}
}

static void expect_name_bytes(const struct proto_member *member)
{
	struct wire_value value = {1, 1, 1};

	expect(member, value, PROTO_ERROR_NONE);
	value.name_bytes = PROTO_LIMIT_NAME_BYTES;
	expect(member, value, PROTO_ERROR_NONE);
	value.name_bytes = PROTO_LIMIT_NAME_BYTES + 1;
	expect(member, value, PROTO_ERROR_TOO_LARGE);
	value.name_bytes = 0;
	expect(member, value, PROTO_ERROR_INVALID_VALUE);
}

static void expect_limits(const struct proto_member *member)
{
	const struct wire_value value = {0, 1, 4};

	switch (proto_fields[member->field].type) {
	case PROTO_TYPE_UINT:
		expect_size(member, value, PROTO_ERROR_INVALID_VALUE);
		return;
	case PROTO_TYPE_TEXT:
	case PROTO_TYPE_BIN:
		expect_size(member, value, PROTO_ERROR_TOO_LARGE);
		return;
	case PROTO_TYPE_TEXTS:
		expect_size(member, value, PROTO_ERROR_TOO_LARGE);
		expect_item_bytes(member, 1);
		return;
	case PROTO_TYPE_MAP_BOOL:
	case PROTO_TYPE_MAP_UINT:
		expect_size(member, value, PROTO_ERROR_TOO_LARGE);
		expect_name_bytes(member);
		return;
	case PROTO_TYPE_MAP_TEXT:
		expect_size(member, value, PROTO_ERROR_TOO_LARGE);
		expect_name_bytes(member);
		expect_item_bytes(member, 0);
		return;
	case PROTO_TYPE_BOOL:
	case PROTO_TYPE_GPC:
		return;
	case PROTO_TYPE_LIST:
	case PROTO_TYPE_MESSAGE:
		cr_assert_fail("%s: no request has such a member yet: extend this test", row->name);
	}
}

Test(limits, each_at_the_limit_and_one_past_it)
{
	for (uint32_t op = 0; op < PROTO_N_OPS; op++) {
		row = &proto_ops[op];
		for (uint32_t i = 0; i < row->request->n_members; i++)
			expect_limits(&row->request->members[i]);
	}
}

/* The figures that callers build on, pinned beside the table. */
Test(limits, the_figures)
{
	cr_assert_eq(PROTO_LIMIT_SUBJECT_BYTES, 256);
	cr_assert_eq(PROTO_LIMIT_SITE_BYTES, 253);
	cr_assert_eq(PROTO_LIMIT_COOKIES, 256);
	cr_assert_eq(PROTO_LIMIT_COOKIE_NAME_BYTES, 256);
	cr_assert_eq(PROTO_LIMIT_CHOICES, 160);
	cr_assert_eq(PROTO_LIMIT_ATTRIBUTES, 16);
	cr_assert_eq(PROTO_LIMIT_MESSAGE_BYTES, 1048576);
	cr_assert_eq(PROTO_LIMIT_DEPTH, 8);
}

/* A newer daemon may allow more: results are held to types, not to limits. */
Test(limits, results_may_pass_them)
{
	for (uint32_t op = 0; op < PROTO_N_OPS; op++) {
		const struct proto_message *result = proto_ops[op].result;

		for (uint32_t i = 0; i < result->n_members; i++) {
			const struct proto_member *member = &result->members[i];
			const struct proto_field_row *field = &proto_fields[member->field];
			struct wire_value value = {field->most, field->item_bytes + 1ULL, 80};
			struct proto_writer w = wire_writer();
			struct proto_fault fault;

			if (value.size < UINT64_MAX)
				value.size++;
			wire_write_message(&w, result, member, value, 0);
			cr_assert_not(w.overflow);
			cr_assert_eq(proto_decode_result(
			                     result, proto_writer_span(&w), &decoded, &fault),
			        0, "%s.%s", proto_ops[op].name, field->key);
		}
	}
}
