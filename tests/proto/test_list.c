/*
 * Lists: validated whole when their message is decoded, then read one by one.
 */
#include "tests/support/wire.h"

#include <criterion/criterion.h>

/* {site: "a", subject: "s", choices: …} */
static enum proto_error choices_error(
        const char *choices, struct proto_record_request *ret, struct proto_fault *ret_fault)
{
	struct proto_writer w = wire_writer();
	int refused;

	proto_writer_raw(&w, wire_hex("83 a473697465 a161 a77375626a656374 a173 a763686f69636573"));
	proto_writer_raw(&w, wire_hex(choices));
	refused = proto_decode_request(
	        &proto_record_request, wire_exact(proto_writer_span(&w)), ret, ret_fault);
	return refused ? ret_fault->error : PROTO_ERROR_NONE;
}

Test(list, choices_are_read_in_order)
{
	struct proto_record_request request;
	struct proto_fault fault;
	struct span name;
	bool given;

	cr_assert_eq(
	        choices_error("83 a161 c3 a12a c2 a162 c3", &request, &fault), PROTO_ERROR_NONE);
	cr_assert_eq(request.choices.n_items, 3);
	cr_assert(proto_list_pair_bool(&request.choices, &name, &given));
	cr_assert(span_is(name, "a") && given);
	cr_assert(proto_list_pair_bool(&request.choices, &name, &given));
	cr_assert(span_is(name, "*") && !given);
	cr_assert(proto_list_pair_bool(&request.choices, &name, &given));
	cr_assert(span_is(name, "b") && given);
	cr_assert_not(proto_list_pair_bool(&request.choices, &name, &given));
}

Test(list, a_choice_that_stands_twice_is_refused)
{
	struct proto_record_request request;
	struct proto_fault fault;

	cr_assert_eq(choices_error("83 a161 c3 a162 c2 a161 c2", &request, &fault),
	        PROTO_ERROR_INVALID_VALUE);
	cr_assert_eq(fault.kind, PROTO_FAULT_REPEATED_KEY);
	cr_assert(span_is(fault.key, "a"));
	/* The same name in another form of text is the same name. */
	cr_assert_eq(
	        choices_error("82 a161 c3 d90161 c2", &request, &fault), PROTO_ERROR_INVALID_VALUE);
	cr_assert_eq(choices_error("82 a161 c3 a26161 c2", &request, &fault), PROTO_ERROR_NONE);
}

Test(list, choices_that_are_none)
{
	static const struct {
		const char *hex;
		enum proto_error error;
		enum proto_fault_kind kind;
		enum proto_fault_part part;
		uint32_t index;
	} cases[] = {
	        {"80", PROTO_ERROR_INVALID_VALUE, PROTO_FAULT_COUNT, PROTO_FAULT_WHOLE, 0},
	        {"90", PROTO_ERROR_BAD_TYPE, PROTO_FAULT_TYPE, PROTO_FAULT_WHOLE, 0},
	        {"82 a161 c3 a162 01", PROTO_ERROR_BAD_TYPE, PROTO_FAULT_TYPE, PROTO_FAULT_ITEM, 1},
	        {"81 a161 c0", PROTO_ERROR_BAD_TYPE, PROTO_FAULT_TYPE, PROTO_FAULT_ITEM, 0},
	        {"82 a161 c3 05 c3", PROTO_ERROR_BAD_TYPE, PROTO_FAULT_KEY_TYPE, PROTO_FAULT_NAME,
	                1},
	        {"81 a0 c3", PROTO_ERROR_INVALID_VALUE, PROTO_FAULT_LENGTH, PROTO_FAULT_NAME, 0},
	        {"81 a1ff c3", PROTO_ERROR_INVALID_VALUE, PROTO_FAULT_UTF8, PROTO_FAULT_NAME, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct proto_record_request request;
		struct proto_fault fault;

		cr_assert_eq(choices_error(cases[i].hex, &request, &fault), cases[i].error, "%s",
		        cases[i].hex);
		cr_assert_eq(fault.kind, cases[i].kind, "%s", cases[i].hex);
		cr_assert_eq(fault.part, cases[i].part, "%s", cases[i].hex);
		cr_assert_eq(fault.member->field, PROTO_FIELD_CHOICES);
		if (fault.part != PROTO_FAULT_WHOLE)
			cr_assert_eq(fault.index, cases[i].index, "%s", cases[i].hex);
	}
}

/* Two rows, the second with an event whose `at` is text. */
static struct span export_with(const char *at_of_last)
{
	struct proto_writer w = wire_writer();
	const struct wire_value none = {0};

	proto_writer_raw(&w, wire_hex("81 a7 7265636f726473 92"));
	wire_write_message(&w, &proto_export_row, NULL, none, 0);
	/* The members of a row up to its events, then one event. */
	const struct proto_message *row = &proto_export_row;
	proto_writer_map(&w, row->n_members - 2);
	for (uint32_t i = 0; i < row->n_members; i++) {
		const struct proto_member *member = &row->members[i];

		if (member->presence != PROTO_REQUIRED)
			continue;
		proto_writer_text(&w, span_of(proto_fields[member->field].key));
		if (member->field == PROTO_FIELD_EVENTS)
			proto_writer_raw(&w,
			        wire_hex("91 85 a8 7265766973696f6e 01 a5 6576656e74 a5 676976656e"
			                 " a7 63686f69636573 81 a161 a5 676976656e"
			                 " a5 6163746f72 a0 a26174"));
		else
			wire_write_value(&w, member, wire_least(member));
	}
	proto_writer_raw(&w, wire_hex(at_of_last));
	return wire_exact(proto_writer_span(&w));
}

Test(list, messages_in_messages_are_read)
{
	struct proto_export_result result;
	struct proto_export_row row;
	struct proto_event event;
	struct proto_fault fault;
	struct span name, state;

	cr_assert_not(proto_decode_result(
	        &proto_export_result, export_with("ce 00010203"), &result, &fault));
	cr_assert_eq(result.records.n_items, 2);
	cr_assert(proto_list_message(&result.records, &proto_export_row, &row));
	cr_assert_eq(row.events.n_items, 0);
	cr_assert(proto_list_message(&result.records, &proto_export_row, &row));
	cr_assert_eq(row.digest.n_bytes, 16);
	cr_assert_eq(row.record.policy_revision, 1);
	cr_assert_eq(row.events.n_items, 1);
	cr_assert(proto_list_message(&row.events, &proto_event, &event));
	cr_assert_eq(event.at, 0x10203);
	cr_assert(proto_list_pair_text(&event.choices, &name, &state));
	cr_assert(span_is(name, "a") && span_is(state, "given"));
	cr_assert_not(proto_list_pair_text(&event.choices, &name, &state));
	cr_assert_not(proto_list_message(&row.events, &proto_event, &event));
	cr_assert_not(proto_list_message(&result.records, &proto_export_row, &row));
}

Test(list, a_fault_deep_inside_refuses_the_whole)
{
	struct proto_export_result result;
	struct proto_fault fault;

	cr_assert(proto_decode_result(&proto_export_result, export_with("a161"), &result, &fault));
	cr_assert_eq(fault.error, PROTO_ERROR_BAD_TYPE);
	cr_assert_eq(fault.message, &proto_event);
	cr_assert_eq(fault.member->field, PROTO_FIELD_AT);
}

Test(list, counters_are_read)
{
	struct proto_list counters;
	struct proto_writer w = wire_writer();
	struct span name;
	uint64_t value;

	proto_writer_text(&w, span_of("checks"));
	proto_writer_uint(&w, UINT64_MAX);
	counters = proto_list_of(&w, 1);
	cr_assert(proto_list_pair_uint(&counters, &name, &value));
	cr_assert(span_is(name, "checks"));
	cr_assert_eq(value, UINT64_MAX);
	cr_assert_not(proto_list_pair_uint(&counters, &name, &value));
}

/* A list that is not what was asked for ends; it is not misread. */
Test(list, a_wrong_item_ends_the_list)
{
	struct proto_list list = {wire_hex("a161 05 a162"), 3};
	struct span text, name;
	bool flag;

	cr_assert(proto_list_text(&list, &text));
	cr_assert_not(proto_list_text(&list, &text));
	cr_assert_not(proto_list_text(&list, &text));
	list = (struct proto_list){wire_hex("a161 05"), 1};
	cr_assert_not(proto_list_pair_bool(&list, &name, &flag));
	list = (struct proto_list){wire_hex("a161"), 2};
	cr_assert(proto_list_text(&list, &text));
	cr_assert_not(proto_list_text(&list, &text));
}

Test(list, an_absent_list_is_empty)
{
	struct proto_list list = {0};
	struct span text;
	struct proto_event event;

	cr_assert_not(proto_list_text(&list, &text));
	cr_assert_not(proto_list_message(&list, &proto_event, &event));
}
