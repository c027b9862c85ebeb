/* The four formats, for one message and for rows. */
#include "client/ctl/output.h"

#include "client/ctl/json.h"
#include "proto/messages.h"
#include "tests/client/ctl/capture.h"

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	cr_assert_not_null(value, "%s", text);
	return value;
}

static void expect_object(enum output_format format, const struct proto_message *description,
        const char *object, const char *wanted)
{
	struct capture capture;
	struct output out;

	capture_begin(&capture);
	output_init(&out, capture.stream, format, false);
	output_object(&out, description, parse(object));
	output_deinit(&out);
	capture_expect(&capture, wanted);
}

/* Two decisions, one of which has everything that is hard to print. */
static void print_rows(struct output *out, const char *rest)
{
	output_begin(out, "decisions");
	output_column(out, "cookie");
	output_columns_of(out, &proto_decision);
	output_row(out, parse("{\"cookie\": \"=a,\\u001b[m\", \"allowed\": true, \"reason\": "
	                      "\"consent_given\", \"service\": \"s\", \"max_age\": 1209600}"));
	output_flush(out);
	output_row(out, parse("{\"cookie\": \"b\", \"allowed\": false, \"reason\": "
	                      "\"undeclared_cookie\"}"));
	output_end(out, rest ? parse(rest) : NULL);
	output_deinit(out);
}

static void expect_rows(enum output_format format, const char *rest, const char *wanted)
{
	struct capture capture;
	struct output out;

	capture_begin(&capture);
	output_init(&out, capture.stream, format, false);
	print_rows(&out, rest);
	capture_expect(&capture, wanted);
}

#define RECORD                                                                                     \
	"{\"choices\": {\"ads\": \"refused\", \"st\\u001bats\": \"given\"}, \"given_until\": "     \
	"86400, "                                                                                  \
	"\"refused_until\": 0, \"created_at\": 1, \"updated_at\": 2, \"revision\": 3, "            \
	"\"policy_revision\": 1, \"bound\": false}"

Test(output, an_object_as_table)
{
	expect_object(OUTPUT_TABLE, &proto_record, RECORD,
	        "choices.ads       refused\n"
	        "choices.st\\x1bats given\n"
	        "given_until       1970-01-02T00:00:00Z\n"
	        "refused_until     -\n"
	        "created_at        1970-01-01T00:00:01Z\n"
	        "updated_at        1970-01-01T00:00:02Z\n"
	        "revision          3\n"
	        "policy_revision   1\n"
	        "bound             no\n");
}

Test(output, lists_take_a_line_an_item)
{
	expect_object(OUTPUT_TABLE, NULL, "{\"added\": [\"a\", \"b\"], \"removed\": []}",
	        "added   a\n        b\nremoved -\n");
}

Test(output, an_object_as_json)
{
	expect_object(OUTPUT_JSON, NULL, "{\"a\": 1, \"b\": {\"c\": \"\\u009b\"}}",
	        "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": \"\\u009b\"\n  }\n}\n");
	expect_object(OUTPUT_JSONL, NULL, "{\"a\": 1, \"b\": {\"c\": true}}",
	        "{\"a\": 1, \"b\": {\"c\": true}}\n");
}

Test(output, an_object_as_csv)
{
	expect_object(OUTPUT_CSV, &proto_record, RECORD,
	        "choices,given_until,refused_until,created_at,updated_at,revision,policy_revision,"
	        "method,language,bound\r\n"
	        "\"ads=refused;st\\x1bats=given\",1970-01-02T00:00:00Z,,1970-01-01T00:00:01Z,"
	        "1970-01-01T00:00:02Z,3,1,,,false\r\n");
	expect_object(OUTPUT_CSV, NULL, "{\"b\": \"-\", \"a\": 1}", "b,a\r\n'-,1\r\n");
}

/* Each flush aligns what it prints; the heading comes once. */
Test(output, rows_as_table)
{
	expect_rows(OUTPUT_TABLE, "{\"revision\": 5, \"ask\": true}",
	        "COOKIE    ALLOWED REASON        SERVICE MAX_AGE\n"
	        "=a,\\x1b[m yes     consent_given s       2 weeks\n"
	        "b      no      undeclared_cookie -       -\n"
	        "revision: 5, ask: yes\n");
}

Test(output, rows_as_json)
{
	expect_rows(OUTPUT_JSON, "{\"revision\": 5}",
	        "{\"decisions\": [\n"
	        "  {\"cookie\": \"=a,\\u001B[m\", \"allowed\": true, \"reason\": "
	        "\"consent_given\", "
	        "\"service\": \"s\", \"max_age\": 1209600},\n"
	        "  {\"cookie\": \"b\", \"allowed\": false, \"reason\": \"undeclared_cookie\"}\n"
	        "], \"revision\": 5}\n");
}

Test(output, rows_as_jsonl)
{
	expect_rows(OUTPUT_JSONL, "{\"revision\": 5}",
	        "{\"cookie\": \"=a,\\u001B[m\", \"allowed\": true, \"reason\": \"consent_given\", "
	        "\"service\": \"s\", \"max_age\": 1209600}\n"
	        "{\"cookie\": \"b\", \"allowed\": false, \"reason\": \"undeclared_cookie\"}\n");
}

Test(output, rows_as_csv)
{
	expect_rows(OUTPUT_CSV, NULL,
	        "cookie,allowed,reason,service,max_age\r\n"
	        "\"'=a,\\x1b[m\",true,consent_given,s,1209600\r\n"
	        "b,false,undeclared_cookie,,\r\n");
}

static void expect_no_rows(enum output_format format, const char *wanted)
{
	struct capture capture;
	struct output out;

	capture_begin(&capture);
	output_init(&out, capture.stream, format, false);
	output_begin(&out, "events");
	output_column(&out, "at");
	output_end(&out, NULL);
	output_deinit(&out);
	capture_expect(&capture, wanted);
}

Test(output, no_rows)
{
	expect_no_rows(OUTPUT_TABLE, "");
	expect_no_rows(OUTPUT_JSON, "{\"events\": []}\n");
	expect_no_rows(OUTPUT_JSONL, "");
	expect_no_rows(OUTPUT_CSV, "at\r\n");
}

static void expect_max_age(const char *seconds, const char *wanted)
{
	char object[64], line[64];

	snprintf(object, sizeof(object), "{\"max_age\": %s}", seconds);
	snprintf(line, sizeof(line), "max_age %s\n", wanted);
	expect_object(OUTPUT_TABLE, NULL, object, line);
}

Test(output, durations_read_as_policies_say_them)
{
	expect_max_age("1", "1 second");
	expect_max_age("90", "90 seconds");
	expect_max_age("3600", "1 hour");
	expect_max_age("86400", "1 day");
	expect_max_age("1209600", "2 weeks");
	expect_max_age("2592000", "1 month");
	expect_max_age("33696000", "13 months");
	expect_max_age("31536000", "1 year");
}

Test(output, a_full_disk_shows)
{
	FILE *full = fopen("/dev/full", "w");
	struct output out;

	cr_assert_not_null(full);
	output_init(&out, full, OUTPUT_JSON, false);
	output_object(&out, NULL, parse("{\"a\": 1}"));
	cr_expect_not(output_finish(&out));
	output_deinit(&out);
	fclose(full);
}
