/*
 * Messages by description: what is right comes back as it was, in whatever form and order it was
 * written; what is wrong is refused, and the fault says which field it was.
 */
#include "tests/support/wire.h"

#include <criterion/criterion.h>

static union {
	union proto_any_request request;
	uint8_t bytes[1024];
} decoded;

static const struct wire_value none;

/* Decodes as a request and returns the error; NONE when it was taken. */
static enum proto_error request_error(
        const struct proto_message *message, struct span bytes, struct proto_fault *ret)
{
	const int refused = proto_decode_request(message, wire_exact(bytes), &decoded, ret);

	return refused ? ret->error : PROTO_ERROR_NONE;
}

static enum proto_error result_error(const struct proto_message *message, struct span bytes)
{
	struct proto_fault fault;
	const int refused = proto_decode_result(message, wire_exact(bytes), &decoded, &fault);

	return refused ? fault.error : PROTO_ERROR_NONE;
}

/* {site: "a", cookies: ["x"]} and the pairs in `more`. */
static struct span check_with(uint32_t n_more, const char *more)
{
	struct proto_writer w = wire_writer();

	proto_writer_map(&w, 2 + n_more);
	proto_writer_raw(&w, wire_hex("a473697465 a161  a7636f6f6b696573 91 a178"));
	proto_writer_raw(&w, wire_hex(more));
	return proto_writer_span(&w);
}

static enum proto_error check_error(uint32_t n_more, const char *more)
{
	struct proto_fault fault;

	return request_error(&proto_check_request, check_with(n_more, more), &fault);
}

Test(message, a_request_comes_back_as_it_was)
{
	struct proto_check_request request;
	struct proto_fault fault;
	struct span name;

	cr_assert_not(proto_decode_request(&proto_check_request,
	        check_with(4, "a77375626a656374 a2732d  a6646f6d61696e a164  a3677063 c3"
	                      "  a87265766973696f6e 07"),
	        &request, &fault));
	cr_assert(span_is(request.site, "a"));
	cr_assert(span_is(request.subject, "s-"));
	cr_assert(span_is(request.domain, "d"));
	cr_assert(request.gpc);
	cr_assert_eq(request.revision, 7);
	cr_assert_eq(request.cookies.n_items, 1);
	cr_assert(proto_list_text(&request.cookies, &name));
	cr_assert(span_is(name, "x"));
	cr_assert_not(proto_list_text(&request.cookies, &name));
}

Test(message, every_cut_of_every_message_is_refused)
{
	struct wire_random random = {4};

	for (size_t i = 0; i < wire_n_messages; i++) {
		struct proto_writer w = wire_writer();
		struct proto_fault fault;

		wire_write_random(&w, &random, wire_messages[i]);
		for (size_t n = 0; n < w.n_bytes; n++) {
			uint8_t *cut = malloc(n ? n : 1);

			memcpy(cut, w.data, n);
			cr_assert(proto_decode_request(
			        wire_messages[i], span_bytes(cut, n), &decoded, &fault));
			cr_assert_eq(fault.error, PROTO_ERROR_MALFORMED, "%s cut at %zu",
			        wire_messages[i]->name, n);
			free(cut);
		}
	}
}

Test(message, trailing_bytes_are_refused)
{
	struct proto_writer w = wire_writer();
	struct proto_fault fault;

	proto_writer_raw(&w, wire_hex("81 a6636c69656e74 a161 c0c0c0"));
	cr_assert_eq(request_error(&proto_hello_request, proto_writer_span(&w), &fault),
	        PROTO_ERROR_MALFORMED);
	cr_assert_eq(fault.kind, PROTO_FAULT_TRAILING);
	cr_assert_eq(fault.got, 3);
	cr_assert_eq(
	        result_error(&proto_hello_request, proto_writer_span(&w)), PROTO_ERROR_MALFORMED);
}

Test(message, nothing_is_malformed)
{
	struct proto_fault fault;

	cr_assert(proto_decode_result(&proto_hello_result, SPAN_NONE, &decoded, &fault));
	cr_assert_eq(fault.error, PROTO_ERROR_MALFORMED);
}

/* What each kind of value is taken for. */
struct kind_case {
	enum proto_kind kind;
	const char *hex;
};

static const struct kind_case kinds[] = {
        {PROTO_KIND_BOOL, "c2"},
        {PROTO_KIND_UINT, "cc c8"},
        {PROTO_KIND_INT, "ff"},
        {PROTO_KIND_FLOAT, "cb 3ff0000000000000"},
        {PROTO_KIND_TEXT, "a1 61"},
        {PROTO_KIND_BIN, "c4 01 61"},
        {PROTO_KIND_ARRAY, "90"},
        {PROTO_KIND_MAP, "80"},
};

static enum proto_kind kind_of(enum proto_type type)
{
	switch (type) {
	case PROTO_TYPE_BOOL:
	case PROTO_TYPE_GPC:
		return PROTO_KIND_BOOL;
	case PROTO_TYPE_UINT:
		return PROTO_KIND_UINT;
	case PROTO_TYPE_TEXT:
		return PROTO_KIND_TEXT;
	case PROTO_TYPE_BIN:
		return PROTO_KIND_BIN;
	case PROTO_TYPE_TEXTS:
	case PROTO_TYPE_LIST:
		return PROTO_KIND_ARRAY;
	case PROTO_TYPE_MAP_BOOL:
	case PROTO_TYPE_MAP_TEXT:
	case PROTO_TYPE_MAP_UINT:
	case PROTO_TYPE_MESSAGE:
		return PROTO_KIND_MAP;
	}
	return PROTO_KIND_NIL;
}

/* The message with `member` alone. */
static struct span only(const struct proto_member *member, const char *hex)
{
	struct proto_writer w = wire_writer();

	proto_writer_map(&w, 1);
	proto_writer_text(&w, span_of(proto_fields[member->field].key));
	proto_writer_raw(&w, wire_hex(hex));
	return proto_writer_span(&w);
}

static void expect_kind_refused(const struct proto_message *message,
        const struct proto_member *member, const struct kind_case *c)
{
	const enum proto_type type = proto_fields[member->field].type;
	const bool negative = c->kind == PROTO_KIND_INT && type == PROTO_TYPE_UINT;
	struct proto_fault fault = {0};
	enum proto_error error;

	if (type == PROTO_TYPE_GPC || c->kind == kind_of(type))
		return;
	error = request_error(message, only(member, c->hex), &fault);
	cr_assert_eq(error, negative ? PROTO_ERROR_INVALID_VALUE : PROTO_ERROR_BAD_TYPE,
	        "%s.%s: %s", message->name, proto_fields[member->field].key, c->hex);
	if (negative) {
		cr_assert_eq(fault.kind, PROTO_FAULT_NEGATIVE);
	} else {
		cr_assert_eq(fault.found, c->kind);
	}
	cr_assert_eq(result_error(message, only(member, c->hex)), error);
}

Test(message, a_value_of_another_type_is_refused_in_every_field)
{
	for (size_t i = 0; i < wire_n_messages; i++) {
		for (uint32_t j = 0; j < wire_messages[i]->n_members; j++) {
			for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
				expect_kind_refused(
				        wire_messages[i], &wire_messages[i]->members[j], &kinds[k]);
		}
	}
}

/* nil is absence where absence is allowed, and a wrong type where it is not. */
Test(message, nil_in_every_field)
{
	for (size_t i = 0; i < wire_n_messages; i++) {
		const struct proto_message *message = wire_messages[i];

		for (uint32_t j = 0; j < message->n_members; j++) {
			const struct proto_member *member = &message->members[j];
			struct proto_fault fault = {0};
			const enum proto_error error =
			        request_error(message, only(member, "c0"), &fault);

			if (member->presence == PROTO_REQUIRED)
				cr_assert_eq(error, PROTO_ERROR_BAD_TYPE);
			else
				cr_assert(error == PROTO_ERROR_NONE ||
				          (error == PROTO_ERROR_MISSING_FIELD &&
				                  fault.member != member));
		}
	}
}

Test(message, an_optional_nil_reads_as_absent)
{
	struct proto_check_request request;
	struct proto_fault fault;

	cr_assert_not(proto_decode_request(&proto_check_request,
	        check_with(4, "a77375626a656374 c0 a6646f6d61696e c0 a3677063 c0"
	                      " a87265766973696f6e c0"),
	        &request, &fault));
	cr_assert_not(span_present(request.subject));
	cr_assert_not(span_present(request.domain));
	cr_assert_not(request.gpc);
	cr_assert_eq(request.revision, 0);
}

Test(message, a_nullable_field_must_stand_there)
{
	struct proto_bind_request request;
	struct proto_fault fault;

	cr_assert_not(proto_decode_request(&proto_bind_request,
	        wire_hex("83 a473697465 a161 a77375626a656374 a173 a76163636f756e74 c0"), &request,
	        &fault));
	cr_assert_not(span_present(request.account));
	cr_assert(proto_decode_request(&proto_bind_request,
	        wire_hex("82 a473697465 a161 a77375626a656374 a173"), &request, &fault));
	cr_assert_eq(fault.error, PROTO_ERROR_MISSING_FIELD);
	cr_assert_eq(fault.member->field, PROTO_FIELD_ACCOUNT);
}

Test(message, every_required_field_is_missed)
{
	for (size_t i = 0; i < wire_n_messages; i++) {
		const struct proto_message *message = wire_messages[i];

		for (uint32_t j = 0; j < message->n_members; j++) {
			struct proto_message but_one = *message;
			struct proto_member members[32];
			struct proto_writer w = wire_writer();
			struct proto_fault fault = {0};
			enum proto_error error;

			memcpy(members, message->members, message->n_members * sizeof(members[0]));
			members[j].presence = PROTO_OPTIONAL;
			but_one.members = members;
			wire_write_message(&w, &but_one, NULL, none, 0);
			error = request_error(message, proto_writer_span(&w), &fault);
			if (message->members[j].presence == PROTO_OPTIONAL)
				continue;
			cr_assert_eq(error, PROTO_ERROR_MISSING_FIELD);
			cr_assert_eq(fault.member, &message->members[j]);
		}
	}
}

Test(message, every_field_that_stands_twice_is_refused)
{
	for (size_t i = 0; i < wire_n_messages; i++) {
		const struct proto_message *message = wire_messages[i];

		for (uint32_t j = 0; j < message->n_members; j++) {
			const struct proto_member *member = &message->members[j];
			struct proto_writer w = wire_writer();
			struct proto_fault fault;

			wire_write_message(&w, message, member, wire_least(member), 1);
			proto_writer_text(&w, span_of(proto_fields[member->field].key));
			wire_write_value(&w, member, wire_least(member));
			cr_assert_eq(request_error(message, proto_writer_span(&w), &fault),
			        PROTO_ERROR_UNKNOWN_FIELD);
			cr_assert_eq(fault.kind, PROTO_FAULT_REPEATED_KEY);
			cr_assert_eq(result_error(message, proto_writer_span(&w)),
			        PROTO_ERROR_UNKNOWN_FIELD);
		}
	}
}

/* {more: {deep: [1, [2]]}} */
static const char unknown[] = "a46d6f7265 81 a464656570 92 01 91 02";

Test(message, an_unknown_field_is_refused_in_requests_and_passed_over_in_results)
{
	for (size_t i = 0; i < wire_n_messages; i++) {
		struct proto_writer w = wire_writer();
		struct proto_fault fault;

		wire_write_message(&w, wire_messages[i], NULL, none, 1);
		proto_writer_raw(&w, wire_hex(unknown));
		cr_assert_eq(request_error(wire_messages[i], proto_writer_span(&w), &fault),
		        PROTO_ERROR_UNKNOWN_FIELD);
		cr_assert(span_is(fault.key, "more"));
		cr_assert_eq(result_error(wire_messages[i], proto_writer_span(&w)),
		        PROTO_ERROR_NONE, "%s", wire_messages[i]->name);
	}
}

Test(message, a_key_that_is_no_text_is_refused)
{
	static const char *const keys[] = {"c0", "05", "c404 73697465", "91 00"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct proto_writer w = wire_writer();
		struct proto_fault fault;

		proto_writer_map(&w, 1);
		proto_writer_raw(&w, wire_hex(keys[i]));
		proto_writer_nil(&w);
		cr_assert_eq(request_error(&proto_stats_request, proto_writer_span(&w), &fault),
		        PROTO_ERROR_BAD_TYPE);
		cr_assert_eq(fault.kind, PROTO_FAULT_KEY_TYPE);
		cr_assert_eq(result_error(&proto_stats_request, proto_writer_span(&w)),
		        PROTO_ERROR_BAD_TYPE);
	}
}

Test(message, fields_may_stand_in_any_order)
{
	static const char *const pairs[] = {"a473697465 a161", "a77375626a656374 a173",
	        "a7636f6f6b696573 91 a178", "a3677063 c3"};

	for (unsigned int order = 0; order < 24; order++) {
		struct proto_writer w = wire_writer();
		unsigned int left[] = {0, 1, 2, 3}, code = order;
		struct proto_fault fault;

		proto_writer_map(&w, 4);
		for (unsigned int n = 4; n > 0; n--) {
			const unsigned int pick = code % n;

			proto_writer_raw(&w, wire_hex(pairs[left[pick]]));
			left[pick] = left[n - 1];
			code /= n;
		}
		cr_assert_eq(request_error(&proto_check_request, proto_writer_span(&w), &fault),
		        PROTO_ERROR_NONE);
		cr_assert(span_is(decoded.request.check.subject, "s"));
		cr_assert(decoded.request.check.gpc);
	}
}

Test(message, keys_and_values_in_longer_forms_than_needed)
{
	cr_assert_eq(check_error(1, "d908 7265766973696f6e cf 0000000000000007"), PROTO_ERROR_NONE);
	cr_assert_eq(decoded.request.check.revision, 7);
	cr_assert_eq(check_error(1, "da0008 7265766973696f6e d1 0007"), PROTO_ERROR_NONE);
	cr_assert_eq(decoded.request.check.revision, 7);
	cr_assert_eq(check_error(1, "a77375626a656374 db 00000001 73"), PROTO_ERROR_NONE);
	cr_assert(span_is(decoded.request.check.subject, "s"));
}

Test(message, a_gpc_header_counts_only_when_exactly_1)
{
	static const struct {
		const char *hex;
		enum proto_error error;
		bool gpc;
	} cases[] = {
	        {"c3", PROTO_ERROR_NONE, true},
	        {"c2", PROTO_ERROR_NONE, false},
	        {"a131", PROTO_ERROR_NONE, true},
	        {"a130", PROTO_ERROR_NONE, false},
	        {"a0", PROTO_ERROR_NONE, false},
	        {"a23120", PROTO_ERROR_NONE, false},
	        {"a22031", PROTO_ERROR_NONE, false},
	        {"a23031", PROTO_ERROR_NONE, false},
	        {"a474727565", PROTO_ERROR_NONE, false},
	        {"01", PROTO_ERROR_NONE, true},
	        {"cd 0001", PROTO_ERROR_NONE, true},
	        {"00", PROTO_ERROR_NONE, false},
	        {"c0", PROTO_ERROR_NONE, false},
	        {"02", PROTO_ERROR_INVALID_VALUE, false},
	        {"ff", PROTO_ERROR_INVALID_VALUE, false},
	        {"c40131", PROTO_ERROR_BAD_TYPE, false},
	        {"ca3f800000", PROTO_ERROR_BAD_TYPE, false},
	        {"9101", PROTO_ERROR_BAD_TYPE, false},
	        {"a1ff", PROTO_ERROR_INVALID_VALUE, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char more[64] = "a3677063 ";

		strcat(more, cases[i].hex);
		cr_assert_eq(check_error(1, more), cases[i].error, "%s", cases[i].hex);
		if (cases[i].error == PROTO_ERROR_NONE)
			cr_assert_eq(decoded.request.check.gpc, cases[i].gpc, "%s", cases[i].hex);
	}
}

Test(message, text_that_is_not_utf8_is_refused_wherever_it_stands)
{
	static const char *const bad[] = {
	        "82 a473697465 a1ff a7636f6f6b696573 91 a178",    /* a value */
	        "82 a473697465 a161 a7636f6f6b696573 91 a2c3 28", /* an item */
	        "82 a4736974c3 a161 a7636f6f6b696573 91 a178",    /* a key */
	};
	struct proto_fault fault;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_assert_eq(request_error(&proto_check_request, wire_hex(bad[i]), &fault),
		        PROTO_ERROR_INVALID_VALUE);
		cr_assert_eq(fault.kind, PROTO_FAULT_UTF8);
	}
}

Test(message, an_ext_value_is_malformed)
{
	struct proto_fault fault;

	cr_assert_eq(request_error(&proto_stats_request, wire_hex("81 a473697465 d40001"), &fault),
	        PROTO_ERROR_MALFORMED);
	cr_assert_eq(fault.kind, PROTO_FAULT_ENCODING);
}
