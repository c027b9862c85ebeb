/* Whole responses: which Set-Cookie headers leave, and with which lifetime. */
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

TestSuite(filter, .init = begin, .fini = end);

struct row {
	const char *value;
	const char *text; /* NULL: dropped */
	enum consent_reason reason;
};

#define KEPT(value, reason)                                                                        \
	{                                                                                          \
		value, value, CONSENT_REASON_##reason                                              \
	}

static const struct row rows[] = {
        /* necessary, given, and every kind of no */
        KEPT("sessionid=x; HttpOnly; Secure; SameSite=Lax", EXEMPT_NECESSARY),
        KEPT("pref=a", CONSENT_GIVEN),
        {"_ga=GA1; Max-Age=60", NULL, CONSENT_REASON_CONSENT_REFUSED},
        {"_pk_id=1", NULL, CONSENT_REASON_CONSENT_UNKNOWN},
        {"old=1", NULL, CONSENT_REASON_CONSENT_EXPIRED},
        {"measure=1", NULL, CONSENT_REASON_OBJECTION},
        {"sold=1", NULL, CONSENT_REASON_GPC_OPT_OUT},
        {"behind=1", NULL, CONSENT_REASON_STALE},
        {"nobody=1; Path=/", NULL, CONSENT_REASON_UNDECLARED_COOKIE},
        /* names are whole: a prefix is part of them, and case counts */
        KEPT("__Host-csrf=1; Secure; Path=/", EXEMPT_NECESSARY),
        {"__host-csrf=1", NULL, CONSENT_REASON_UNDECLARED_COOKIE},
        {"csrf=1", NULL, CONSENT_REASON_UNDECLARED_COOKIE},
        {"__Host-sessionid=1", NULL, CONSENT_REASON_UNDECLARED_COOKIE},
        {"Sessionid=1", NULL, CONSENT_REASON_UNDECLARED_COOKIE},
        {" sessionid = x", " sessionid = x", CONSENT_REASON_EXEMPT_NECESSARY},
        /* the domain counts */
        KEPT("ads=1; domain=.tracker.example", CONSENT_GIVEN),
        {"ads=1; domain=example.org", NULL, CONSENT_REASON_CONSENT_REFUSED},
        {"ads=1; domain=tracker.example; DOMAIN = example.org ; Path=/", NULL,
                CONSENT_REASON_CONSENT_REFUSED},
        {"ads=1", NULL, CONSENT_REASON_UNDECLARED_COOKIE},
        /* deletions, also of what would not be allowed */
        KEPT("_ga=; Max-Age=0", NONE),
        KEPT("nobody=; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/", NONE),
        KEPT("sessionid=; Max-Age=-1", NONE),
        {"_ga=; Max-Age=0; Max-Age=60", NULL, CONSENT_REASON_CONSENT_REFUSED},
        {"_ga=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", NULL,
                CONSENT_REASON_CONSENT_REFUSED},
        {"_ga=; Max-Age=", NULL, CONSENT_REASON_CONSENT_REFUSED},
        /* lifetimes: pref may live an hour, lang until the browser closes */
        KEPT("pref=a; Max-Age=3600; Path=/", CONSENT_GIVEN),
        {"pref=a; Max-Age=3601; Path=/", "pref=a; Max-Age=3600; Path=/",
                CONSENT_REASON_CONSENT_GIVEN},
        {"pref=a;MAX-AGE=31536000;Secure", "pref=a;MAX-AGE=3600;Secure",
                CONSENT_REASON_CONSENT_GIVEN},
        {"lang=en; Path=/; Max-Age=60; HttpOnly", "lang=en; Path=/; HttpOnly",
                CONSENT_REASON_EXEMPT_NECESSARY},
        {"lang=en; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "lang=en",
                CONSENT_REASON_EXEMPT_NECESSARY},
        KEPT("lang=en; Path=/", EXEMPT_NECESSARY),
        KEPT("sessionid=x; Max-Age=1209600", EXEMPT_NECESSARY),
        {"sessionid=x; Max-Age=1209601", "sessionid=x; Max-Age=1209600",
                CONSENT_REASON_EXEMPT_NECESSARY},
        /* what is no cookie */
        {"", NULL, CONSENT_REASON_NONE},
        {"sessionid", NULL, CONSENT_REASON_NONE},
        {"=sessionid", NULL, CONSENT_REASON_NONE},
        {"sessionid=x\r\nSet-Cookie: _ga=1", NULL, CONSENT_REASON_NONE},
        {"sessionid=; Max-Age=0\n", NULL, CONSENT_REASON_NONE},
};

enum { N = sizeof(rows) / sizeof(rows[0]) };

static void fill(struct consent_set_cookie *headers)
{
	for (size_t i = 0; i < N; i++) {
		memset(&headers[i], 0xff, sizeof(headers[i]));
		headers[i].value = rows[i].value;
		headers[i].value_bytes = CONSENT_NUL_TERMINATED;
	}
}

static void expect_row(const struct consent_set_cookie *header, const struct row *row)
{
	cr_expect_eq(header->keep, row->text != NULL, "%s", row->value);
	cr_expect_eq(header->reason, row->reason, "%s: %s", row->value,
	        consent_reason_name(header->reason));
	if (!row->text) {
		cr_expect_null(header->text);
		cr_expect_eq(header->text_bytes, 0);
		return;
	}
	cr_assert_not_null(header->text, "%s", row->value);
	cr_expect_eq(header->text_bytes, strlen(row->text), "%s", row->value);
	cr_expect_str_eq(header->text, row->text);
	if (strcmp(row->text, row->value) == 0)
		cr_expect_eq((const void *)header->text, (const void *)row->value, "no copy");
}

Test(filter, decides_for_a_whole_response)
{
	struct consent_set_cookie headers[N];
	fill(headers);
	cr_expect_eq(consent_filter_set_cookie(client, &visitor, headers, N), CONSENT_OK);
	for (size_t i = 0; i < N; i++)
		expect_row(&headers[i], &rows[i]);
	cr_expect_eq(fake->n_ops[PROTO_OP_CHECK], 3, "one request a domain");
}

/* A date that is too far away comes as near as the policy says. */
Test(filter, shortens_dates)
{
	struct consent_set_cookie header = {
	        .value = "pref=a; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Path=/",
	        .value_bytes = CONSENT_NUL_TERMINATED};
	cr_expect_eq(consent_filter_set_cookie(client, &visitor, &header, 1), CONSENT_OK);
	cr_assert(header.keep);
	cr_expect_eq(header.text_bytes, strlen(header.value), "a date for a date");
	cr_expect_neq(memcmp(header.text + 16, header.value + 16, 29), 0);
	cr_expect_eq(memcmp(header.text, "pref=a; Expires=", 16), 0);
	cr_expect_str_eq(header.text + 45, "; Path=/");
}

Test(filter, reads_no_further_than_it_is_told)
{
	struct consent_set_cookie headers[] = {
	        {.value = "pref=a; Max-Age=9999", .value_bytes = 6},
	        {.value = "pref=a\0b", .value_bytes = 8},
	        {.value = NULL, .value_bytes = 5},
	        {.value = NULL, .value_bytes = CONSENT_NUL_TERMINATED},
	};
	cr_expect_eq(consent_filter_set_cookie(client, &visitor, headers, 4), CONSENT_OK);
	cr_expect(headers[0].keep);
	cr_expect_eq(headers[0].text_bytes, 6);
	cr_expect_not(headers[1].keep);
	cr_expect_not(headers[2].keep);
	cr_expect_not(headers[3].keep);
}

Test(filter, keeps_deletions_and_necessary_cookies_in_an_outage)
{
	struct consent_set_cookie headers[N];
	fill(headers);
	cr_expect_eq(consent_filter_set_cookie(client, &visitor, headers, N), CONSENT_OK);
	fake_daemon_pause(fake);
	fill(headers);
	cr_expect_eq(
	        consent_filter_set_cookie(client, &visitor, headers, N), CONSENT_ERROR_CONNECT);
	for (size_t i = 0; i < N; i++) {
		struct row row = rows[i];
		if (row.reason != CONSENT_REASON_NONE &&
		        row.reason != CONSENT_REASON_EXEMPT_NECESSARY) {
			row.reason = CONSENT_REASON_UNAVAILABLE;
			row.text = NULL;
		}
		expect_row(&headers[i], &row);
	}
}

/* Where a site only reports, all that is no injection leaves as it is. */
Test(filter, lets_everything_through_in_mode_report)
{
	struct consent_set_cookie headers[N];
	fake->site.mode = "report";
	fill(headers);
	cr_expect_eq(consent_filter_set_cookie(client, &visitor, headers, N), CONSENT_OK);
	for (size_t i = 0; i < N; i++) {
		struct row row = rows[i];
		bool sent = row.text || row.reason != CONSENT_REASON_NONE;
		row.text = sent ? row.value : NULL;
		expect_row(&headers[i], &row);
	}
	fake->site.mode = "enforce";
	fake->policy_revision = 2;
	fill(headers);
	cr_expect_eq(consent_filter_set_cookie(client, &visitor, headers, N), CONSENT_OK);
	for (size_t i = 0; i < N; i++)
		expect_row(&headers[i], &rows[i]);
}

Test(filter, takes_many_headers_and_long_ones)
{
	enum { MANY = 700, LONG = 5000 };
	static struct consent_set_cookie headers[MANY];
	char *value = malloc(LONG + 64);
	cr_assert(value);
	size_t n_bytes = (size_t)sprintf(value, "pref=");
	memset(value + n_bytes, 'x', LONG);
	(void)sprintf(value + n_bytes + LONG, "; Max-Age=7200");
	for (size_t i = 0; i < MANY; i++)
		headers[i] = (struct consent_set_cookie){
		        .value = value, .value_bytes = CONSENT_NUL_TERMINATED};
	cr_expect_eq(consent_filter_set_cookie(client, &visitor, headers, MANY), CONSENT_OK);
	for (size_t i = 0; i < MANY; i++) {
		cr_assert(headers[i].keep);
		cr_expect_str_eq(headers[i].text + n_bytes + LONG, "; Max-Age=3600");
	}
	free(value);
}

Test(filter, refuses_calls_without_their_arguments)
{
	struct consent_set_cookie header = {
	        .value = "pref=a", .value_bytes = CONSENT_NUL_TERMINATED, .keep = true};
	enum consent_error invalid = CONSENT_ERROR_INVALID_ARGUMENT;
	cr_expect_eq(consent_filter_set_cookie(NULL, &visitor, &header, 1), invalid);
	cr_expect_not(header.keep);
	cr_expect_eq(consent_filter_set_cookie(client, &visitor, NULL, 1), invalid);
	cr_expect_eq(consent_filter_set_cookie(client, &visitor, NULL, 0), CONSENT_OK);
	header.keep = true;
	cr_expect_eq(consent_filter_set_cookie(client, NULL, &header, 1), invalid);
	cr_expect_not(header.keep);
	header.value = "pref=; Max-Age=0";
	cr_expect_eq(consent_filter_set_cookie(client, NULL, &header, 1), CONSENT_OK);
	cr_expect(header.keep, "a deletion needs no question");
}
