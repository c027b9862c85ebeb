/* Every type of a message, as JSON. */
#include "client/ctl/json.h"

#include <criterion/criterion.h>

#include "proto/messages.h"

static void expect(const struct proto_message *description, const void *message, const char *wanted)
{
	json_t *value = json_of_message(description, message);
	json_t *other = json_loads(wanted, 0, NULL);
	char *text = json_dumps(value, 0);

	cr_assert_not_null(other);
	cr_expect(json_equal(value, other), "%s", text);
	free(text);
	json_decref(other);
	json_decref(value);
}

Test(json, scalars_and_absent_ones)
{
	expect(&proto_bind_result, &(struct proto_bind_result){7}, "{\"revision\": 7}");
	expect(&proto_decision,
	        &(struct proto_decision){true, span_of("consent_given"), span_of("é"), 60},
	        "{\"allowed\": true, \"reason\": \"consent_given\", \"service\": \"é\", "
	        "\"max_age\": 60}");
	expect(&proto_decision,
	        &(struct proto_decision){false, span_of("unknown_site"), SPAN_NONE, 0},
	        "{\"allowed\": false, \"reason\": \"unknown_site\"}");
}

Test(json, a_required_zero_stays)
{
	expect(&proto_erase_result, &(struct proto_erase_result){0, 0},
	        "{\"revision\": 0, \"events\": 0}");
}

Test(json, what_is_nullable_is_null)
{
	expect(&proto_bind_request,
	        &(struct proto_bind_request){span_of("s"), span_of("a"), SPAN_NONE, SPAN_NONE},
	        "{\"site\": \"s\", \"subject\": \"a\", \"account\": null}");
}

Test(json, bins_are_hex)
{
	static const uint8_t bytes[16] = {0x00, 0x01, 0xab, 0xff};
	const struct proto_grants_result grants = {.decided = span_bytes(bytes, 16),
	        .given = span_bytes(bytes, 16),
	        .policy_revision = 1};
	json_t *value = json_of_message(&proto_grants_result, &grants);

	cr_expect_str_eq(json_string_value(json_object_get(value, "decided")),
	        "0001abff000000000000000000000000");
	json_decref(value);
}

Test(json, lists_and_maps)
{
	uint8_t roles[64], limits[64];
	struct proto_writer r = proto_writer_of(roles, sizeof(roles));
	struct proto_writer l = proto_writer_of(limits, sizeof(limits));
	struct proto_hello_result hello = {span_of("0.1.0"), 1, {SPAN_NONE, 0}, {SPAN_NONE, 0}};

	expect(&proto_hello_result, &hello,
	        "{\"version\": \"0.1.0\", \"protocol\": 1, \"roles\": [], \"limits\": {}}");
	proto_writer_text(&r, span_of("reader"));
	proto_writer_text(&r, span_of("admin"));
	proto_writer_text(&l, span_of("cookies"));
	proto_writer_uint(&l, 256);
	hello.roles = proto_list_of(&r, 2);
	hello.limits = proto_list_of(&l, 1);
	expect(&proto_hello_result, &hello,
	        "{\"version\": \"0.1.0\", \"protocol\": 1, \"roles\": [\"reader\", \"admin\"], "
	        "\"limits\": {\"cookies\": 256}}");
}

Test(json, messages_within_messages)
{
	uint8_t choices[64], encoded[512];
	struct proto_writer c = proto_writer_of(choices, sizeof(choices));
	struct proto_writer e = proto_writer_of(encoded, sizeof(encoded));
	struct proto_record record = {.created_at = 1,
	        .updated_at = 2,
	        .revision = 3,
	        .policy_revision = 4,
	        .bound = true};
	struct proto_show_result show;

	proto_writer_text(&c, span_of("ads"));
	proto_writer_text(&c, span_of("refused"));
	record.choices = proto_list_of(&c, 1);
	proto_encode(&e, &proto_record, &record);
	show.record = proto_writer_span(&e);
	expect(&proto_show_result, &show,
	        "{\"record\": {\"choices\": {\"ads\": \"refused\"}, \"given_until\": 0, "
	        "\"refused_until\": 0, "
	        "\"created_at\": 1, \"updated_at\": 2, \"revision\": 3, \"policy_revision\": 4, "
	        "\"bound\": true}}");
	show.record = span_bytes("\xc1", 1);
	expect(&proto_show_result, &show, "{\"record\": null}");
}

Test(json, choices_are_booleans_in_a_request)
{
	uint8_t choices[64];
	struct proto_writer c = proto_writer_of(choices, sizeof(choices));
	struct proto_record_request request = {.site = span_of("s"), .subject = span_of("a")};

	proto_writer_text(&c, span_of("*"));
	proto_writer_bool(&c, false);
	request.choices = proto_list_of(&c, 1);
	expect(&proto_record_request, &request,
	        "{\"site\": \"s\", \"subject\": \"a\", \"choices\": {\"*\": false}, "
	        "\"attributes\": {}}");
}

Test(json, numbers_saturate)
{
	json_t *value = json_of_uint(UINT64_MAX);

	cr_expect_eq(json_integer_value(value), INT64_MAX);
	json_decref(value);
}
