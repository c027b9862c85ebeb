/* record, withdraw, bind, erase and show: what is sent, what comes back, and what is repeated. */
#include "tests/client/shop.h"

#include <criterion/criterion.h>
#include <ctype.h>

static struct fake_daemon *fake;
static struct consent_client *client;
static struct consent_visitor visitor;
static struct consent_written written;

static void begin(void)
{
	fake = fake_daemon_start(&shop_site);
	client = shop_open(fake, 20000);
	visitor = shop_visitor();
}

static void end(void)
{
	consent_client_close(client);
	fake_daemon_stop(fake);
}

TestSuite(write, .init = begin, .fini = end);

static union proto_any_request request;

/* The newest request of the operation as the daemon saw it; spans are valid until the next. */
static void receive(enum proto_op op)
{
	struct proto_fault fault;
	struct span params = fake_daemon_last(fake, op);
	cr_assert_eq(proto_decode_request(proto_ops[op].request, params, &request, &fault), 0);
}

static struct consent_choices full_choices(void)
{
	static const struct consent_choice choices[] = {
	        {"*", false}, {"statistics", true}, {"audience", false}};
	static const struct consent_attribute attributes[] = {{"banner", "v2"}, {"variant", ""}};
	struct consent_choices full = CONSENT_CHOICES_INIT;
	full.choices = choices;
	full.n_choices = 3;
	full.policy_revision = 4;
	full.method = "banner";
	full.surface = "/home";
	full.language = "fr-BE";
	full.event_id = "event-1";
	full.attributes = attributes;
	full.n_attributes = 2;
	return full;
}

Test(write, records_everything_that_was_said)
{
	struct consent_choices choices = full_choices();
	struct span name, text;
	bool given;
	cr_expect_eq(consent_record(client, &visitor, &choices, &written), CONSENT_OK);
	cr_expect_eq(written.revision, 11);
	cr_expect_eq(written.event, CONSENT_EVENT_GIVEN);
	receive(PROTO_OP_RECORD);
	struct proto_record_request *record = &request.record;
	cr_expect(span_is(record->site, SHOP_SITE) && span_is(record->subject, "visitor-1"));
	cr_expect(span_is(record->method, "banner") && span_is(record->surface, "/home"));
	cr_expect(span_is(record->language, "fr-BE") && span_is(record->event_id, "event-1"));
	cr_expect_eq(record->policy_revision, 4);
	struct proto_list list = record->choices;
	for (size_t i = 0; i < 3; i++) {
		cr_assert(proto_list_pair_bool(&list, &name, &given));
		cr_expect(span_is(name, choices.choices[i].name));
		cr_expect_eq(given, choices.choices[i].given);
	}
	list = record->attributes;
	cr_assert_eq(list.n_items, 2);
	cr_expect(proto_list_pair_text(&list, &name, &text) && span_is(text, "v2"));
}

Test(write, sends_nothing_that_was_not_said)
{
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), CONSENT_OK);
	receive(PROTO_OP_RECORD);
	struct proto_record_request *record = &request.record;
	cr_expect_not(span_present(record->method) || span_present(record->surface) ||
	              span_present(record->language) || record->attributes.n_items ||
	              record->policy_revision);
}

static void expect_random_id(struct span id)
{
	cr_assert_eq(id.n_bytes, 32);
	for (size_t i = 0; i < id.n_bytes; i++)
		cr_expect(isdigit(id.data[i]) || (id.data[i] >= 'a' && id.data[i] <= 'f'));
}

Test(write, gives_every_record_an_id_of_its_own)
{
	uint8_t first[32];
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), CONSENT_OK);
	receive(PROTO_OP_RECORD);
	expect_random_id(request.record.event_id);
	memcpy(first, request.record.event_id.data, sizeof(first));
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), CONSENT_OK);
	receive(PROTO_OP_RECORD);
	expect_random_id(request.record.event_id);
	cr_expect_neq(memcmp(first, request.record.event_id.data, sizeof(first)), 0);
}

Test(write, withdraws_by_refusing)
{
	static const char *const names[] = {NULL, "audience"};
	for (size_t i = 0; i < 2; i++) {
		struct span name;
		bool given = true;
		cr_expect_eq(consent_withdraw(client, &visitor, names[i], &written), CONSENT_OK);
		receive(PROTO_OP_RECORD);
		struct proto_list list = request.record.choices;
		cr_assert_eq(list.n_items, 1);
		cr_assert(proto_list_pair_bool(&list, &name, &given));
		cr_expect(span_is(name, names[i] ? names[i] : "*"));
		cr_expect_not(given);
	}
}

Test(write, binds_and_unbinds)
{
	cr_expect_eq(consent_bind(client, &visitor, "account-1", NULL, &written), CONSENT_OK);
	cr_expect_eq(written.revision, 11);
	cr_expect_eq(written.event, CONSENT_EVENT_BOUND);
	receive(PROTO_OP_BIND);
	cr_expect(span_is(request.bind.subject, "visitor-1"));
	cr_expect(span_is(request.bind.account, "account-1"));
	expect_random_id(request.bind.event_id);
	cr_expect_eq(consent_bind(client, &visitor, NULL, "mine", NULL), CONSENT_OK);
	receive(PROTO_OP_BIND);
	cr_expect_not(span_present(request.bind.account));
	cr_expect(span_is(request.bind.event_id, "mine"));
}

Test(write, erases)
{
	cr_expect_eq(consent_erase(client, &visitor, &written), CONSENT_OK);
	cr_expect_eq(written.revision, 11);
	cr_expect_eq(written.event, CONSENT_EVENT_ERASED);
	cr_expect_eq(written.n_events, 7);
	cr_expect_eq(consent_erase(client, &visitor, NULL), CONSENT_OK);
}

/* The daemon recognises the second one by the id, which is the same. */
Test(write, repeats_what_has_an_id)
{
	fake->behaviour = FAKE_HANGS_UP_ONCE;
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), CONSENT_OK);
	cr_expect_eq(fake->n_ops[PROTO_OP_RECORD], 2);
	cr_expect(fake_daemon_repeated(fake, PROTO_OP_RECORD));
	fake->behaviour = FAKE_CUTS_ONCE;
	cr_expect_eq(consent_bind(client, &visitor, "account-1", NULL, NULL), CONSENT_OK);
	cr_expect_eq(fake->n_ops[PROTO_OP_BIND], 2);
	cr_expect(fake_daemon_repeated(fake, PROTO_OP_BIND));
}

Test(write, repeats_no_erasure)
{
	fake->behaviour = FAKE_HANGS_UP_ONCE;
	cr_expect_eq(consent_erase(client, &visitor, NULL), CONSENT_ERROR_CLOSED);
	cr_expect_eq(fake->n_ops[PROTO_OP_ERASE], 1);
}

/* A connection that was closed while idle took nothing of the request: it may be sent again. */
Test(write, erases_over_a_new_connection_where_nothing_was_sent)
{
	cr_expect(consent_check(client, &visitor, "pref", NULL, NULL));
	fake_daemon_pause(fake);
	fake_daemon_resume(fake);
	cr_expect_eq(consent_erase(client, &visitor, NULL), CONSENT_OK);
	cr_expect_eq(fake->n_ops[PROTO_OP_ERASE], 1);
}

Test(write, says_that_the_outcome_is_unknown)
{
	static const struct {
		enum fake_behaviour behaviour;
		enum consent_error error;
	} rows[] = {
	        {FAKE_HANGS_UP, CONSENT_ERROR_CLOSED},
	        {FAKE_GARBLES, CONSENT_ERROR_PROTOCOL},
	        {FAKE_WRONG_MSGID, CONSENT_ERROR_PROTOCOL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct consent_choices choices = full_choices();
		struct consent_record record;
		fake->behaviour = rows[i].behaviour;
		written.revision = 99;
		cr_expect_eq(consent_record(client, &visitor, &choices, &written), rows[i].error);
		cr_expect_eq(consent_bind(client, &visitor, NULL, NULL, &written), rows[i].error);
		cr_expect_eq(consent_erase(client, &visitor, &written), rows[i].error);
		cr_expect_eq(consent_show(client, &visitor, &record), rows[i].error);
		cr_expect_eq(written.revision, 99, "written only on success");
	}
}

Test(write, shows_a_record)
{
	struct consent_record record;
	cr_assert_eq(consent_show(client, &visitor, &record), CONSENT_OK);
	cr_assert_eq(record.n_choices, 2);
	cr_expect_str_eq(record.choices[0].name, "audience");
	cr_expect(record.choices[0].given);
	cr_expect_str_eq(record.choices[1].name, "advertising");
	cr_expect_not(record.choices[1].given);
	cr_expect_eq(record.given_until, 2000);
	cr_expect_eq(record.refused_until, 3000);
	cr_expect_eq(record.created_at, 100);
	cr_expect_eq(record.updated_at, 200);
	cr_expect_eq(record.revision, 10);
	cr_expect_eq(record.policy_revision, 1);
	cr_expect(record.bound);
	cr_expect_str_eq(record.method, "banner");
	cr_expect_null(record.language);
	fake->behaviour = FAKE_REFUSES;
	fake->error = PROTO_ERROR_NOT_FOUND;
	cr_expect_eq(consent_show(client, &visitor, &record), CONSENT_ERROR_NOT_FOUND);
}

/* ---- arguments ---- */

enum { TEXT_BYTES = 300 };

static char text[TEXT_BYTES + 1];

/* A text of n bytes. */
static const char *text_of(size_t n_bytes)
{
	memset(text, 'x', TEXT_BYTES);
	text[n_bytes] = '\0';
	return text;
}

static void expect_record(const struct consent_choices *choices, enum consent_error error)
{
	cr_expect_eq(consent_record(client, &visitor, choices, NULL), error, "%s",
	        consent_client_message(client));
}

Test(write, holds_texts_to_their_limits)
{
	static const struct {
		size_t offset, most;
	} rows[] = {
	        {offsetof(struct consent_choices, method), PROTO_LIMIT_METHOD_BYTES},
	        {offsetof(struct consent_choices, surface), PROTO_LIMIT_SURFACE_BYTES},
	        {offsetof(struct consent_choices, language), PROTO_LIMIT_LANGUAGE_BYTES},
	        {offsetof(struct consent_choices, event_id), PROTO_LIMIT_EVENT_ID_BYTES},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct consent_choices choices = full_choices();
		const char **member = (const char **)((char *)&choices + rows[i].offset);
		*member = text_of(rows[i].most);
		expect_record(&choices, CONSENT_OK);
		*member = text_of(rows[i].most + 1);
		expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
		*member = "";
		expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
		*member = "\xe0\x80";
		expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	}
}

Test(write, holds_choices_to_their_limits)
{
	struct consent_choice many[PROTO_LIMIT_CHOICES + 1];
	char names[PROTO_LIMIT_CHOICES + 1][PROTO_LIMIT_NAME_BYTES + 2];
	struct consent_choices choices = CONSENT_CHOICES_INIT;
	memset(names, 0, sizeof(names));
	for (int i = 0; i <= PROTO_LIMIT_CHOICES; i++) {
		memset(names[i], 'a' + i % 26, PROTO_LIMIT_NAME_BYTES);
		names[i][0] = (char)('a' + i / 26);
		many[i] = (struct consent_choice){names[i], true};
	}
	choices.choices = many;
	choices.n_choices = PROTO_LIMIT_CHOICES;
	expect_record(&choices, CONSENT_OK);
	choices.n_choices = PROTO_LIMIT_CHOICES + 1;
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	choices.n_choices = 0;
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	choices.n_choices = 1;
	names[0][PROTO_LIMIT_NAME_BYTES] = 'x';
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	many[0].name = NULL;
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	choices.choices = NULL;
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
}

Test(write, holds_attributes_to_their_limits)
{
	struct consent_attribute many[PROTO_LIMIT_ATTRIBUTES + 1];
	char names[PROTO_LIMIT_ATTRIBUTES + 1][PROTO_LIMIT_NAME_BYTES + 2];
	struct consent_choices choices = full_choices();
	memset(names, 0, sizeof(names));
	for (int i = 0; i <= PROTO_LIMIT_ATTRIBUTES; i++) {
		memset(names[i], 'a' + i, PROTO_LIMIT_NAME_BYTES);
		many[i] =
		        (struct consent_attribute){names[i], text_of(PROTO_LIMIT_ATTRIBUTE_BYTES)};
	}
	choices.attributes = many;
	choices.n_attributes = PROTO_LIMIT_ATTRIBUTES;
	expect_record(&choices, CONSENT_OK);
	choices.n_attributes = PROTO_LIMIT_ATTRIBUTES + 1;
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	choices.n_attributes = 1;
	many[0].value = text_of(PROTO_LIMIT_ATTRIBUTE_BYTES + 1);
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	many[0].value = NULL;
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	many[0] = (struct consent_attribute){"", "v"};
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	choices.attributes = NULL;
	expect_record(&choices, CONSENT_ERROR_INVALID_ARGUMENT);
	choices.n_attributes = 0;
	expect_record(&choices, CONSENT_OK);
}

Test(write, needs_a_subject_and_its_arguments)
{
	struct consent_choices choices = full_choices();
	struct consent_record record;
	enum consent_error invalid = CONSENT_ERROR_INVALID_ARGUMENT;
	cr_expect_eq(consent_record(client, &visitor, NULL, NULL), invalid);
	choices.size = 3;
	cr_expect_eq(consent_record(client, &visitor, &choices, NULL), invalid);
	choices = full_choices();
	cr_expect_eq(consent_record(NULL, &visitor, &choices, NULL), invalid);
	cr_expect_eq(consent_withdraw(NULL, &visitor, NULL, NULL), invalid);
	cr_expect_eq(consent_withdraw(client, &visitor, "", NULL), invalid);
	cr_expect_eq(consent_bind(NULL, &visitor, NULL, NULL, NULL), invalid);
	cr_expect_eq(consent_bind(client, &visitor, "", NULL, NULL), invalid);
	cr_expect_eq(consent_bind(client, &visitor, text_of(257), NULL, NULL), invalid);
	cr_expect_eq(consent_bind(client, &visitor, NULL, "", NULL), invalid);
	cr_expect_eq(consent_bind(client, &visitor, NULL, text_of(65), NULL), invalid);
	cr_expect_eq(consent_erase(NULL, &visitor, NULL), invalid);
	cr_expect_eq(consent_show(NULL, &visitor, &record), invalid);
	cr_expect_eq(consent_show(client, &visitor, NULL), invalid);
	visitor.subject = NULL;
	cr_expect_eq(consent_record(client, &visitor, &choices, NULL), invalid);
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), invalid);
	cr_expect_eq(consent_bind(client, &visitor, "account-1", NULL, NULL), invalid);
	cr_expect_eq(consent_erase(client, &visitor, NULL), invalid);
	cr_expect_eq(consent_show(client, &visitor, &record), invalid);
	cr_expect_eq(fake->n_requests, 0);
	cr_expect_not(strstr(consent_client_message(client), "visitor-1"));
}
