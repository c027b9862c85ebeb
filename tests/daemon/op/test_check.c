/*
 * check as an operation: what goes into the one decision, and what comes out. The table of reasons
 * itself is in tests/proto/test_decide.c.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "daemon/op/counters.h"
#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

/* Bits of POLICY_A: matomo 0, deals 1, video 2, chat 3. */
enum { MATOMO = 1, DEALS = 2, VIDEO = 4, CHAT = 8 };

enum { NOW = 2100000000 };

static struct fake *fake;
static struct site *site;
static struct proto_check_result result;

static void start(void)
{
	fake = fake_open();
	site = fake_site(fake, POLICY_A);
}

TestSuite(check, .init = start, .fini = fake_close);

static struct proto_check_request request_of(const char *subject, const char *cookies)
{
	return (struct proto_check_request){.site = span_of(POLICY_SITE),
	        .subject = span_of(subject),
	        .cookies = fake_names(cookies)};
}

static void call(const struct proto_check_request *request)
{
	cr_assert_eq(fake_look_up(fake, PROTO_OP_CHECK, (struct op){op_check_begin, op_check},
	                     request, &result),
	        PROTO_ERROR_NONE);
}

/* The reasons as one line, in the order of the reply. */
static const char *reasons(const struct proto_check_request *request)
{
	static char line[8192];
	struct proto_decision decision;
	size_t n = 0;

	call(request);
	line[0] = '\0';
	for (struct proto_list list = result.decisions;
	        proto_list_message(&list, &proto_decision, &decision);) {
		enum proto_reason reason;

		cr_assert(proto_reason_find(decision.reason, &reason));
		cr_assert_eq(decision.allowed, proto_reason_allowed(reason));
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%.*s", n ? " " : "",
		        SPAN_ARG(decision.reason));
	}
	return line;
}

static const char *reasons_of(const char *subject, const char *cookies)
{
	struct proto_check_request request = request_of(subject, cookies);

	return reasons(&request);
}

static void put(const char *subject, struct proto_state state)
{
	lines_put(fake->lines, fake_digest(site, subject), &state);
}

static struct proto_state state_of(uint64_t decided, uint64_t given, uint32_t until)
{
	return (struct proto_state){{{decided, 0}}, {{given, 0}}, until, until};
}

Test(check, a_visitor_without_a_subject)
{
	cr_expect_str_eq(reasons_of(NULL, "sid _pk_id deal vid chat other"),
	        "exempt_necessary exempt_audience_measurement opt_out_default consent_unknown "
	        "consent_unknown undeclared_cookie");
	cr_expect(result.ask);
	cr_expect_eq(result.revision, 100);
	cr_expect_eq(result.policy_revision, 3);
	cr_expect_eq(fake->n_record_reads, 0);
}

Test(check, a_visitor_without_a_record)
{
	put("bob", state_of(15, 15, NOW + 1));
	cr_expect_str_eq(reasons_of("alice", "deal vid"), "opt_out_default consent_unknown");
	cr_expect_eq(fake->n_record_reads, 0, "a miss is an answer");
}

Test(check, what_was_decided)
{
	put("alice", state_of(15, VIDEO | DEALS, NOW + 1));
	cr_expect_str_eq(reasons_of("alice", "_pk_id deal vid chat"),
	        "objection consent_given consent_given consent_refused");
	cr_expect_not(result.ask);
	put("alice", state_of(15, VIDEO | DEALS, NOW));
	cr_expect_str_eq(reasons_of("alice", "_pk_id deal vid chat"),
	        "objection opt_out_default consent_expired consent_unknown");
	cr_expect(result.ask);
}

Test(check, a_link_is_answered_by_its_account)
{
	put("account", state_of(VIDEO, VIDEO, NOW + 1));
	lines_put_link(fake->lines, fake_digest(site, "session"), fake_digest(site, "account"));
	cr_expect_str_eq(reasons_of("session", "vid chat"), "consent_given consent_unknown");
}

Test(check, decisions_carry_service_and_max_age)
{
	struct proto_check_request request = request_of(NULL, "_pk_id nobody chat");
	struct proto_decision decision;

	call(&request);
	cr_assert_eq(result.decisions.n_items, 3);
	cr_assert(proto_list_message(&result.decisions, &proto_decision, &decision));
	cr_expect(span_is(decision.service, "matomo"));
	cr_expect_eq(decision.max_age, 13 * 30 * 86400);
	cr_assert(proto_list_message(&result.decisions, &proto_decision, &decision));
	cr_expect_not(span_present(decision.service));
	cr_expect_eq(decision.max_age, 0);
	cr_assert(proto_list_message(&result.decisions, &proto_decision, &decision));
	cr_expect(span_is(decision.service, "chat"), "a no names its service, too");
	cr_expect_not(proto_list_message(&result.decisions, &proto_decision, &decision));
}

Test(check, a_domain_leads_to_its_own_rule)
{
	struct proto_check_request request = request_of(NULL, "tube sid");

	cr_expect_str_eq(reasons(&request), "undeclared_cookie exempt_necessary");
	request.domain = span_of(".TUBE.example");
	cr_expect_str_eq(reasons(&request), "consent_unknown undeclared_cookie");
}

Test(check, gpc_stops_what_is_allowed_by_default)
{
	struct proto_check_request request = request_of("alice", "deal _pk_id vid");

	request.gpc = true;
	cr_expect_str_eq(
	        reasons(&request), "gpc_opt_out exempt_audience_measurement consent_unknown");
	put("alice", state_of(DEALS, DEALS, NOW + 1));
	request = request_of("alice", "deal");
	request.gpc = true;
	cr_expect_str_eq(reasons(&request), "consent_given");
}

Test(check, stale_one_past_what_is_applied)
{
	struct proto_check_request request = request_of("alice", "sid vid deal");

	put("alice", state_of(15, 15, NOW + 1));
	request.revision = 100;
	cr_expect_str_eq(reasons(&request), "exempt_necessary consent_given consent_given");
	request.revision = 101;
	cr_expect_str_eq(reasons(&request), "exempt_necessary stale stale");
	cr_expect_not(result.ask);
	cr_expect_eq(result.revision, 100);
}

Test(check, an_unknown_site_is_a_decision)
{
	struct proto_check_request request = request_of("alice", "sid vid");

	request.site = span_of("other.example");
	request.revision = 101;
	cr_expect_str_eq(reasons(&request), "unknown_site unknown_site");
	cr_expect_not(result.ask);
	cr_expect_eq(result.policy_revision, 0);
	cr_expect_eq(result.revision, 100);
}

Test(check, sites_that_are_asked_by_turns_are_told_apart)
{
	static const struct {
		const char *site, *reasons;
	} asked[] = {
	        {POLICY_SITE, "exempt_necessary"},
	        {"other.example", "unknown_site"},
	        {"SHOP.example", "exempt_necessary"},
	        {"shop.exampl", "unknown_site"},
	        {POLICY_SITE, "exempt_necessary"},
	        {POLICY_SITE "s", "unknown_site"},
	};
	struct proto_check_request request = request_of("alice", "sid");

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		request.site = span_of(asked[i].site);
		cr_expect_str_eq(reasons(&request), asked[i].reasons, "%s", asked[i].site);
	}
}

Test(check, a_site_without_a_policy_is_unknown)
{
	struct site *bare = site_new(fake->sites, 2, span_of("bare.example"));
	struct proto_check_request request = request_of(NULL, "sid");

	sites_insert(fake->sites, bare);
	request.site = span_of("bare.example");
	cr_expect_str_eq(reasons(&request), "unknown_site");
}

Test(check, a_sites_name_has_no_case)
{
	struct proto_check_request request = request_of("alice", "vid");
	char longest[PROTO_LIMIT_SITE_BYTES + 2];

	put("alice", state_of(15, 15, NOW + 1));
	request.site = span_of("Shop.EXAMPLE");
	cr_expect_str_eq(reasons(&request), "consent_given");
	memset(longest, 'A', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	request.site = span_of(longest);
	cr_expect_str_eq(reasons(&request), "unknown_site");
}

Test(check, as_many_cookies_as_there_may_be)
{
	static char names[PROTO_LIMIT_COOKIES * 4 + 1];
	struct proto_check_request request;
	struct proto_decision decision;
	uint32_t n = 0;

	for (int i = 0; i < PROTO_LIMIT_COOKIES; i++)
		memcpy(names + 4 * i, i % 2 ? "vid " : "sid ", 4);
	names[sizeof(names) - 2] = '\0';
	request = request_of(NULL, names);
	cr_assert_eq(request.cookies.n_items, PROTO_LIMIT_COOKIES);
	call(&request);
	for (; proto_list_message(&result.decisions, &proto_decision, &decision); n++)
		cr_assert_eq(decision.allowed, n % 2 == 0, "in the order of the request");
	cr_expect_eq(n, PROTO_LIMIT_COOKIES);
}

/* -- doubts --------------------------------------------------------------------------------- */

static void add_record(const char *subject, int rc, struct record record)
{
	fake->records[fake->n_records++] =
	        (struct fake_record){fake_digest(site, subject), rc, record};
	lines_put_doubt(fake->lines, fake_digest(site, subject));
}

static uint64_t alarms;

static void find_alarms(void *ctx, const char *name, uint64_t value)
{
	(void)ctx;
	if (strcmp(name, "alarms") == 0)
		alarms = value;
}

static uint64_t n_alarms(void)
{
	op_counters_each(fake->env.counters, find_alarms, NULL);
	return alarms;
}

Test(check, a_doubt_is_read_from_the_record)
{
	add_record("alice", 0, (struct record){.state = state_of(15, VIDEO, NOW + 1)});
	cr_expect_str_eq(reasons_of("alice", "vid chat deal _pk_id"),
	        "consent_given consent_refused consent_refused objection");
	cr_expect_eq(fake->n_record_reads, 1);
	cr_expect_eq(n_alarms(), 0);
}

Test(check, a_doubt_about_nobody_is_no_record)
{
	lines_put_doubt(fake->lines, fake_digest(site, "alice"));
	cr_expect_str_eq(reasons_of("alice", "deal vid"), "opt_out_default consent_unknown");
	cr_expect_eq(n_alarms(), 0);
}

Test(check, a_doubt_about_a_session_is_read_from_its_account)
{
	struct record account = {.state = state_of(VIDEO, VIDEO, NOW + 1)};
	struct record session = {.state = state_of(VIDEO, 0, NOW + 1),
	        .linked = true,
	        .account = fake_digest(site, "account")};

	add_record("session", 0, session);
	add_record("account", 0, account);
	cr_expect_str_eq(reasons_of("session", "vid"), "consent_given");
	session.account = fake_digest(site, "gone");
	add_record("lonely", 0, session);
	cr_expect_str_eq(reasons_of("lonely", "vid deal"), "consent_unknown opt_out_default");
	cr_expect_eq(n_alarms(), 0);
}

/* Record 0 is a session, 1 its account. */
static void unbind_then_give(void)
{
	if (fake->n_record_reads != 2)
		return;
	fake->records[0].record.linked = false;
	fake->records[0].record.revision++;
	fake->records[1].record.state = state_of(VIDEO, VIDEO, NOW + 1);
}

static void write_again(void)
{
	fake->records[0].record.revision++;
}

static void add_session(void)
{
	add_record("session", 0,
	        (struct record){.state = state_of(VIDEO, 0, NOW + 1),
	                .linked = true,
	                .account = fake_digest(site, "account")});
	add_record("account", 0, (struct record){.state = state_of(VIDEO, 0, NOW + 1)});
}

Test(check, a_session_that_is_unbound_gets_nothing_that_its_account_gives_later)
{
	add_session();
	fake->read_fn = unbind_then_give;
	cr_expect_str_eq(reasons_of("session", "vid"), "consent_refused");
	cr_expect_eq(n_alarms(), 0);
}

Test(check, a_link_that_never_stands_still_is_a_no)
{
	add_session();
	fake->records[1].record.state = state_of(VIDEO, VIDEO, NOW + 1);
	fake->read_fn = write_again;
	cr_expect_str_eq(reasons_of("session", "vid deal"), "consent_unknown consent_refused");
	cr_expect_eq(n_alarms(), 1);
}

/* Whatever cannot be read is a no for all that is not necessary, and never a default. */
Test(check, what_cannot_be_read_is_a_no)
{
	static const int rcs[] = {-EBADMSG, -EIO, -ENOMEM, VIEW_E_FULL};
	struct record chained = {.linked = true, .account = fake_digest(site, "chained")};
	const char *want = "exempt_necessary objection consent_refused consent_unknown "
	                   "consent_unknown undeclared_cookie";

	for (size_t i = 0; i < 4; i++) {
		fake->n_records = 0;
		add_record("alice", rcs[i], (struct record){0});
		cr_expect_str_eq(reasons_of("alice", "sid _pk_id deal vid chat other"), want);
		cr_expect_eq(n_alarms(), i + 1);
	}
	add_record("chained", 0, chained);
	cr_expect_str_eq(reasons_of("chained", "sid _pk_id deal vid chat other"), want);
	cr_expect_eq(n_alarms(), 5);
}

Test(check, decisions_are_counted)
{
	struct op_undeclared names[PROTO_LIMIT_UNDECLARED_NAMES];
	struct op_counters *counters = fake->env.counters;
	struct proto_check_request request = request_of(NULL, "sid");

	reasons_of(NULL, "sid vid chat sess_1234 sess_99 deal");
	cr_expect_eq(op_counters_denied(counters, site->id, PROTO_REASON_CONSENT_UNKNOWN), 2);
	cr_expect_eq(op_counters_denied(counters, site->id, PROTO_REASON_UNDECLARED_COOKIE), 2);
	cr_expect_eq(op_counters_denied(counters, site->id, PROTO_REASON_EXEMPT_NECESSARY), 0);
	cr_assert_eq(op_counters_undeclared(counters, site->id, names), 1);
	cr_expect_eq(names[0].count, 2);
	cr_expect(span_is(span_bytes(names[0].name, names[0].n_bytes), "sess_#"));
	request.site = span_of("other.example");
	reasons(&request);
	cr_expect_eq(op_counters_denied(counters, site->id, PROTO_REASON_UNKNOWN_SITE), 0);
}

/* The table of lines that a check began with does not hold what comes after. */
static void begin_before_a_commit(struct op_call *call)
{
	op_check_begin(call);
	fake->revision++;
}

Test(check, claims_no_revision_from_after_it_began)
{
	struct proto_check_request request = request_of("alice", "vid");
	struct proto_decision decision;

	request.revision = 101;
	cr_assert_eq(fake_look_up(fake, PROTO_OP_CHECK,
	                     (struct op){begin_before_a_commit, op_check}, &request, &result),
	        PROTO_ERROR_NONE);
	cr_expect_eq(result.revision, 100);
	cr_assert(proto_list_message(&result.decisions, &proto_decision, &decision));
	cr_expect(span_is(decision.reason, "stale"), "%.*s", SPAN_ARG(decision.reason));
}

#define DEALS_BY_CONSENT                                                                           \
	"site: shop.example\n"                                                                     \
	"services:\n"                                                                              \
	"  - {id: deals, provider: Shop, function: Deals, category: third_party,"                  \
	" cookies: [{name: deal, purpose: To sell, max_age: 1 months}]}\n"

static struct policy *replaced;

/* Deals wanted an objection and now want consent; the refusal of them is forgotten. */
static void begin_before_a_policy(struct op_call *call)
{
	op_check_begin(call);
	replaced = atomic_exchange(&site->policy, fake_policy(DEALS_BY_CONSENT));
	lines_put(fake->lines, fake_digest(site, "alice"), &(struct proto_state){0});
}

Test(check, no_line_is_read_by_a_policy_that_is_older)
{
	struct proto_check_request request = request_of("alice", "deal");
	struct proto_state refused = {.decided = {{15, 0}}, .refused_until = UINT32_MAX};
	struct proto_decision decision;

	lines_put(fake->lines, fake_digest(site, "alice"), &refused);
	cr_expect_str_eq(reasons(&request), "consent_refused");
	cr_assert_eq(fake_look_up(fake, PROTO_OP_CHECK,
	                     (struct op){begin_before_a_policy, op_check}, &request, &result),
	        PROTO_ERROR_NONE);
	cr_assert(proto_list_message(&result.decisions, &proto_decision, &decision));
	cr_expect_not(decision.allowed);
	cr_expect(span_is(decision.reason, "consent_unknown"), "%.*s", SPAN_ARG(decision.reason));
	policy_free(replaced);
}
