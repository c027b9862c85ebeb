/*
 * The tables: every row is found by its name and has it, and nothing else is found.
 */
#include "proto/messages.h"

#include <criterion/criterion.h>

Test(tables, operations)
{
	enum proto_op op = PROTO_N_OPS;

	for (uint32_t i = 0; i < PROTO_N_OPS; i++) {
		cr_assert(proto_op_find(span_of(proto_ops[i].name), &op));
		cr_assert_eq(op, i);
		cr_assert_leq(proto_ops[i].request->n_bytes, sizeof(union proto_any_request));
	}
	cr_assert(proto_op_find(span_of("policy_get"), &op));
	cr_assert_eq(op, PROTO_OP_POLICY_GET);
	cr_assert_eq(proto_ops[op].role, PROTO_ROLE_READER);
}

Test(tables, what_is_not_there_is_not_found)
{
	static const char *const names[] = {"", "chec", "checks", "Check", "none", "?"};
	enum proto_op op = PROTO_OP_ERASE;
	enum proto_error error = PROTO_ERROR_BUSY;
	enum proto_reason reason = PROTO_REASON_STALE;
	enum proto_role role = PROTO_ROLE_ADMIN;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_assert_not(proto_op_find(span_of(names[i]), &op));
		cr_assert_not(proto_error_find(span_of(names[i]), &error));
		cr_assert_not(proto_reason_find(span_of(names[i]), &reason));
		cr_assert_not(proto_role_find(span_of(names[i]), &role));
	}
	cr_assert_not(proto_op_find(SPAN_NONE, &op));
	cr_assert_eq(op, PROTO_OP_ERASE);
	cr_assert_eq(error, PROTO_ERROR_BUSY);
	cr_assert_eq(reason, PROTO_REASON_STALE);
	cr_assert_eq(role, PROTO_ROLE_ADMIN);
}

Test(tables, errors)
{
	enum proto_error error = PROTO_ERROR_NONE;

	for (unsigned int i = PROTO_ERROR_MALFORMED; i <= PROTO_ERROR_SHUTTING_DOWN; i++) {
		cr_assert(proto_error_find(span_of(proto_error_name((enum proto_error)i)), &error));
		cr_assert_eq(error, i);
	}
	cr_assert_str_eq(proto_error_name(PROTO_ERROR_POLICY_FULL), "policy_full");
	cr_assert_str_eq(proto_error_name(PROTO_ERROR_NONE), "?");
	cr_assert_str_eq(proto_error_name((enum proto_error)200), "?");
}

/* Pinned: these numbers are stored, and a changed row must be noticed. */
Test(tables, reasons_keep_their_numbers)
{
	static const struct {
		unsigned int number;
		const char *name;
		bool allowed;
	} want[] = {{1, "unknown_site", false}, {2, "undeclared_cookie", false},
	        {3, "exempt_necessary", true}, {4, "stale", false}, {5, "objection", false},
	        {6, "exempt_audience_measurement", true}, {7, "consent_refused", false},
	        {8, "consent_expired", false}, {9, "consent_given", true},
	        {10, "consent_unknown", false}, {11, "gpc_opt_out", false},
	        {12, "opt_out_default", true}, {13, "unavailable", false}};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		enum proto_reason reason = 0;

		cr_assert(proto_reason_find(span_of(want[i].name), &reason));
		cr_assert_eq(reason, want[i].number);
		cr_assert_str_eq(proto_reason_name(reason), want[i].name);
		cr_assert_eq(proto_reason_allowed(reason), want[i].allowed);
	}
}

Test(tables, a_reason_that_no_row_has_is_a_no)
{
	cr_assert_not(proto_reason_allowed((enum proto_reason)0));
	cr_assert_not(proto_reason_allowed((enum proto_reason)14));
	cr_assert_not(proto_reason_allowed((enum proto_reason)255));
	cr_assert_str_eq(proto_reason_name((enum proto_reason)0), "?");
}

Test(tables, roles)
{
	enum proto_role role = PROTO_ROLE_ANY;

	for (unsigned int i = 1; i < PROTO_ROLES_ALL; i <<= 1) {
		cr_assert(proto_role_find(span_of(proto_role_name((enum proto_role)i)), &role));
		cr_assert_eq(role, i);
	}
	cr_assert_str_eq(proto_role_name(PROTO_ROLE_ANY), "any");
	cr_assert_str_eq(proto_role_name((enum proto_role)3), "?");
}

/* Two rows with one key in one message could never both be met. */
Test(tables, no_message_has_a_key_twice)
{
	for (uint32_t op = 0; op < PROTO_N_OPS; op++) {
		const struct proto_message *sides[] = {proto_ops[op].request, proto_ops[op].result};

		for (size_t side = 0; side < 2; side++) {
			const struct proto_message *m = sides[side];

			cr_assert_leq(m->n_members, 32);
			for (uint32_t i = 0; i < m->n_members; i++) {
				for (uint32_t j = 0; j < i; j++)
					cr_assert_str_neq(proto_fields[m->members[i].field].key,
					        proto_fields[m->members[j].field].key);
			}
		}
	}
}

Test(tables, limits_by_number)
{
	cr_expect_str_eq(proto_limits[0].name, "MESSAGE_BYTES");
	cr_expect_eq(proto_limits[0].value, PROTO_LIMIT_MESSAGE_BYTES);
	cr_expect_str_eq(proto_limits[PROTO_LIMIT_NUMBER_COOKIES].name, "COOKIES");
	cr_expect_eq(proto_limits[PROTO_LIMIT_NUMBER_COOKIES].value, PROTO_LIMIT_COOKIES);
	cr_expect_leq((uint64_t)PROTO_N_LIMITS, proto_fields[PROTO_FIELD_LIMITS].most);
	for (size_t i = 0; i < PROTO_N_LIMITS; i++)
		cr_expect_leq(strlen(proto_limits[i].name), (size_t)PROTO_LIMIT_NAME_BYTES);
}
