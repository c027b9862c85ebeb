/* check and check_many: the caller's order, domains, limits, and what is sent. */
#include "tests/client/shop.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct fake_daemon *fake;
static struct consent_client *client;
static struct consent_visitor visitor;

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

TestSuite(check, .init = begin, .fini = end);

/* The newest check as the daemon saw it; spans are valid until the next one. */
static struct proto_check_request sent(void)
{
	struct proto_check_request request;
	struct proto_fault fault;
	struct span params = fake_daemon_last(fake, PROTO_OP_CHECK);
	cr_assert_eq(proto_decode_request(&proto_check_request, params, &request, &fault), 0);
	return request;
}

Test(check, says_who_asks)
{
	visitor.revision = 77;
	cr_expect(consent_check(client, &visitor, "pref", ".Example.org", NULL));
	struct proto_check_request request = sent();
	cr_expect(span_is(request.site, SHOP_SITE));
	cr_expect(span_is(request.subject, "visitor-1"));
	cr_expect(span_is(request.domain, ".Example.org"));
	cr_expect_eq(request.revision, 77);
	cr_expect_not(request.gpc);
}

Test(check, knows_visitors_without_an_id_and_cookies_without_a_domain)
{
	visitor.subject = NULL;
	cr_expect(consent_check(client, &visitor, "pref", "", NULL));
	cr_expect_not(span_present(sent().subject));
	cr_expect_not(span_present(sent().domain));
	cr_expect(consent_check(client, &visitor, "pref", NULL, NULL));
	cr_expect_not(span_present(sent().domain));
}

Test(check, counts_a_gpc_header_of_exactly_1)
{
	static const char *const headers[] = {"", "0", "01", "1 ", " 1", "11", "true", "?1"};
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		visitor.sec_gpc = headers[i];
		cr_expect(consent_check(client, &visitor, "pref", NULL, NULL));
		cr_expect_not(sent().gpc, "%s", headers[i]);
	}
	visitor.sec_gpc = "1";
	cr_expect(consent_check(client, &visitor, "pref", NULL, NULL));
	cr_expect(sent().gpc);
}

Test(check, keeps_the_order_over_several_domains)
{
	static const struct consent_cookie cookies[] = {
	        {"ads", "tracker.example"},
	        {"pref", NULL},
	        {"ads", "example.org"},
	        {"nobody", NULL},
	        {"_ga", ""},
	        {"sessionid", NULL},
	        {"ads", "tracker.example"},
	        {"", NULL},
	        {NULL, NULL},
	};
	static const enum consent_reason reasons[] = {CONSENT_REASON_CONSENT_GIVEN,
	        CONSENT_REASON_CONSENT_GIVEN, CONSENT_REASON_CONSENT_REFUSED,
	        CONSENT_REASON_UNDECLARED_COOKIE, CONSENT_REASON_CONSENT_REFUSED,
	        CONSENT_REASON_EXEMPT_NECESSARY, CONSENT_REASON_CONSENT_GIVEN,
	        CONSENT_REASON_UNDECLARED_COOKIE, CONSENT_REASON_UNDECLARED_COOKIE};
	enum { N = sizeof(cookies) / sizeof(cookies[0]) };
	static const enum fake_behaviour orders[] = {FAKE_SERVES, FAKE_REVERSES, FAKE_DRIPS};
	for (size_t order = 0; order < 3; order++) {
		struct consent_decision decisions[N];
		fake->behaviour = orders[order];
		fake->n_ops[PROTO_OP_CHECK] = 0;
		cr_expect_eq(consent_check_many(client, &visitor, cookies, N, decisions), 0);
		for (size_t i = 0; i < N; i++) {
			cr_expect_eq(decisions[i].reason, reasons[i], "%zu", i);
			cr_expect_eq(decisions[i].error, CONSENT_OK);
		}
		cr_expect_eq(fake->n_ops[PROTO_OP_CHECK], 3, "one request a domain");
	}
}

/* One request holds 256 names: one more makes a second, and nobody notices. */
Test(check, asks_for_any_number_of_cookies)
{
	static const size_t counts[] = {1, 255, 256, 257, 512, 513, 3000};
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		size_t n = counts[c];
		struct consent_cookie *cookies = calloc(n, sizeof(*cookies));
		struct consent_decision *decisions = calloc(n, sizeof(*decisions));
		fake->n_ops[PROTO_OP_CHECK] = 0;
		for (size_t i = 0; i < n; i++)
			cookies[i].name = i % 7 == 0 ? "pref" : "_pkx";
		cr_expect_eq(consent_check_many(client, &visitor, cookies, n, decisions), 0);
		for (size_t i = 0; i < n; i++)
			cr_expect_eq(decisions[i].allowed, i % 7 == 0);
		cr_expect_eq(fake->n_ops[PROTO_OP_CHECK], (n + 255) / 256);
		free(cookies);
		free(decisions);
	}
}

Test(check, takes_names_up_to_the_limit)
{
	char name[300];
	struct consent_decision decision;
	memset(name, 'x', sizeof(name));
	memcpy(name, "_pk", 3);
	name[256] = '\0';
	cr_expect_not(consent_check(client, &visitor, name, NULL, &decision));
	cr_expect_eq(decision.reason, CONSENT_REASON_CONSENT_UNKNOWN);
	cr_expect_eq(fake->n_ops[PROTO_OP_CHECK], 1);
	name[256] = 'x';
	name[257] = '\0';
	cr_expect_not(consent_check(client, &visitor, name, NULL, &decision));
	cr_expect_eq(decision.reason, CONSENT_REASON_UNDECLARED_COOKIE);
	cr_expect_eq(decision.error, CONSENT_OK);
	cr_expect_not(consent_check(client, &visitor, "pref\xff", NULL, &decision));
	cr_expect_eq(decision.reason, CONSENT_REASON_UNDECLARED_COOKIE);
	cr_expect_eq(fake->n_ops[PROTO_OP_CHECK], 1, "no policy can declare these");
}

Test(check, takes_domains_up_to_the_limit)
{
	char domain[300];
	struct consent_decision decision;
	memset(domain, 'd', sizeof(domain));
	domain[254] = '\0';
	cr_expect(consent_check(client, &visitor, "pref", domain, &decision));
	domain[254] = 'd';
	domain[255] = '\0';
	cr_expect_not(consent_check(client, &visitor, "pref", domain, &decision));
	cr_expect_eq(decision.reason, CONSENT_REASON_UNDECLARED_COOKIE);
	cr_expect_not(consent_check(client, &visitor, "pref", "\xff", &decision));
	cr_expect_eq(decision.reason, CONSENT_REASON_UNDECLARED_COOKIE);
}

/* What cannot be asked about is a no that says why, and sends nothing. */
static void expect_invalid(const struct consent_visitor *who, const char *field)
{
	struct consent_decision decision;
	cr_expect_not(consent_check(client, who, "sessionid", NULL, &decision));
	cr_expect_eq(decision.error, CONSENT_ERROR_INVALID_ARGUMENT);
	cr_expect_eq(decision.reason, CONSENT_REASON_UNAVAILABLE);
	cr_expect(strstr(consent_client_message(client), field), "%s",
	        consent_client_message(client));
	cr_expect_eq(fake->n_requests, 0);
}

Test(check, refuses_visitors_that_contradict_the_contract)
{
	char text[300];
	memset(text, 's', sizeof(text));
	expect_invalid(NULL, "visitor");
	visitor.size = 0;
	expect_invalid(&visitor, "visitor");
	visitor.size = (size_t)-1;
	expect_invalid(&visitor, "visitor");
	visitor = shop_visitor();
	visitor.site = NULL;
	expect_invalid(&visitor, "site");
	visitor.site = "";
	expect_invalid(&visitor, "site");
	visitor.site = "\xc3";
	expect_invalid(&visitor, "site");
	text[254] = '\0';
	visitor.site = text;
	expect_invalid(&visitor, "site");
	visitor = shop_visitor();
	visitor.subject = "";
	expect_invalid(&visitor, "subject");
	text[254] = 's';
	text[257] = '\0';
	visitor.subject = text;
	expect_invalid(&visitor, "subject");
	text[256] = '\0';
	cr_expect(consent_check(client, &visitor, "pref", NULL, NULL), "at the limit");
}

/* A newer program may pass a longer struct, as long as it does not use what is new. */
Test(check, reads_structs_of_other_versions)
{
	struct {
		struct consent_visitor known;
		uint64_t new_member;
	} newer = {shop_visitor(), 0};
	struct consent_decision decision;
	newer.known.size = sizeof(newer);
	cr_expect(consent_check(client, &newer.known, "pref", NULL, NULL));
	newer.new_member = 1;
	cr_expect_not(consent_check(client, &newer.known, "pref", NULL, &decision));
	cr_expect_eq(decision.error, CONSENT_ERROR_INVALID_ARGUMENT);
	visitor.sec_gpc = "1";
	visitor.size = offsetof(struct consent_visitor, sec_gpc);
	cr_expect(consent_check(client, &visitor, "pref", NULL, NULL));
	cr_expect_not(sent().gpc, "an older program's struct ends before it");
}

Test(check, refuses_calls_without_their_arguments)
{
	static const struct consent_cookie cookie = {"pref", NULL};
	struct consent_decision decision;
	cr_expect_not(consent_check(NULL, &visitor, "pref", NULL, &decision));
	cr_expect_eq(decision.error, CONSENT_ERROR_INVALID_ARGUMENT);
	cr_expect_not(consent_check(NULL, &visitor, "pref", NULL, NULL));
	memset(&decision, 0xff, sizeof(decision));
	cr_expect_eq(consent_check_many(NULL, &visitor, &cookie, 1, &decision),
	        CONSENT_ERROR_INVALID_ARGUMENT);
	cr_expect_not(decision.allowed);
	cr_expect_eq(consent_check_many(client, &visitor, NULL, 1, &decision),
	        CONSENT_ERROR_INVALID_ARGUMENT);
	cr_expect_eq(consent_check_many(client, &visitor, &cookie, 1, NULL),
	        CONSENT_ERROR_INVALID_ARGUMENT);
	cr_expect_eq(consent_check_many(client, &visitor, NULL, 0, NULL), CONSENT_OK);
	cr_expect_eq(fake->n_requests, 0);
}

/* A yes needs an answer that says so with a reason that means yes, for every cookie. */
Test(check, believes_no_answer_that_contradicts_itself)
{
	static const enum fake_behaviour behaviours[] = {FAKE_LIES, FAKE_INVENTS, FAKE_FORGETS};
	static const struct consent_cookie cookies[] = {{"pref", NULL}, {"pref", NULL}};
	for (size_t i = 0; i < 3; i++) {
		struct consent_decision decisions[2];
		fake->behaviour = behaviours[i];
		enum consent_error error =
		        consent_check_many(client, &visitor, cookies, 2, decisions);
		cr_expect_eq(error, i == 2 ? CONSENT_ERROR_PROTOCOL : CONSENT_OK);
		for (size_t c = 0; c < 2; c++) {
			cr_expect_not(decisions[c].allowed);
			cr_expect_eq(decisions[c].reason, CONSENT_REASON_UNAVAILABLE);
			cr_expect_eq(decisions[c].error, CONSENT_ERROR_PROTOCOL);
		}
	}
}

Test(check, hands_on_every_reason)
{
	static const struct {
		const char *cookie;
		enum consent_reason reason;
		bool allowed;
	} rows[] = {
	        {"sessionid", CONSENT_REASON_EXEMPT_NECESSARY, true},
	        {"pref", CONSENT_REASON_CONSENT_GIVEN, true},
	        {"_ga", CONSENT_REASON_CONSENT_REFUSED, false},
	        {"_pk_id", CONSENT_REASON_CONSENT_UNKNOWN, false},
	        {"old", CONSENT_REASON_CONSENT_EXPIRED, false},
	        {"measure", CONSENT_REASON_OBJECTION, false},
	        {"sold", CONSENT_REASON_GPC_OPT_OUT, false},
	        {"behind", CONSENT_REASON_STALE, false},
	        {"nobody", CONSENT_REASON_UNDECLARED_COOKIE, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct consent_decision decision;
		cr_expect_eq(consent_check(client, &visitor, rows[i].cookie, NULL, &decision),
		        rows[i].allowed);
		cr_expect_eq(decision.reason, rows[i].reason, "%s", rows[i].cookie);
	}
	struct consent_decision decision;
	visitor.site = "other.example";
	cr_expect_not(consent_check(client, &visitor, "sessionid", NULL, &decision));
	cr_expect_eq(decision.reason, CONSENT_REASON_UNKNOWN_SITE);
}
