/* Whole requests: what deletes the cookies that should no longer be there. */
#include "tests/client/shop.h"

#include "client/src/client.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define GONE "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"

static struct fake_daemon *fake;
static struct consent_client *client;
static struct consent_visitor visitor;
static struct consent_headers headers;

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

TestSuite(sweep, .init = begin, .fini = end);

static enum consent_error sweep(const char *cookie)
{
	return consent_sweep(client, &visitor, cookie, CONSENT_NUL_TERMINATED, &headers);
}

static const struct {
	const char *cookie;
	const char *values[4];
} rows[] = {
        {"", {NULL}},
        {"sessionid=1; pref=2; lang=3; __Host-csrf=4", {NULL}},
        {"_ga=1", {"_ga=; Path=/" GONE}},
        {"_pk_id.1=x; pref=2; _pk_ses=",
                {"_pk_id.1=; Path=/stats" GONE, "_pk_ses=; Path=/stats" GONE}},
        {"old=1; measure=1; sold=1",
                {"old=; Path=/" GONE, "measure=; Path=/" GONE, "sold=; Path=/" GONE}},
        /* only a definite no deletes, and only what a rule declares */
        {"behind=1; nobody=1", {NULL}},
        /* set with a Domain that is a parent of the site; another site's never reach this one */
        {"ads=1", {"ads=; Path=/shop; Domain=example.org" GONE}},
        /* browsers demand Secure for the prefixes */
        {"__Secure-ads=1", {"__Secure-ads=; Path=/; Domain=example.org" GONE "; Secure"}},
        /* twice in a request, once in the answer */
        {"_ga=1; _ga=2;_ga=3", {"_ga=; Path=/" GONE}},
        {"  _ga = 1", {"_ga=; Path=/" GONE}},
        /* what can be no name in a header is none */
        {"_pk\x01=1; _pk\x7f=2; _pk\xff=3", {NULL}},
        {";;;=;", {NULL}},
};

Test(sweep, deletes_what_is_not_allowed)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = 0;
		cr_expect_eq(sweep(rows[i].cookie), CONSENT_OK);
		for (; n < 4 && rows[i].values[n]; n++) {
			cr_assert_lt(n, headers.n_values, "%s", rows[i].cookie);
			cr_expect_str_eq(headers.values[n], rows[i].values[n]);
		}
		cr_expect_eq(headers.n_values, n, "%s", rows[i].cookie);
	}
}

Test(sweep, asks_nothing_where_there_is_nothing)
{
	cr_expect_eq(consent_sweep(client, &visitor, NULL, 7, &headers), CONSENT_OK);
	cr_expect_eq(headers.n_values, 0);
	cr_expect_eq(sweep(""), CONSENT_OK);
	cr_expect_eq(fake->n_requests, 0);
	cr_expect_eq(consent_sweep(client, &visitor, "_ga=1; old=1", 5, &headers), CONSENT_OK);
	cr_expect_eq(headers.n_values, 1, "no further than told");
}

/* A daemon that is down or slow deletes nobody's cookies. */
Test(sweep, deletes_nothing_in_an_outage)
{
	fake_daemon_pause(fake);
	cr_expect_eq(sweep("_ga=1"), CONSENT_ERROR_CONNECT);
	cr_expect_eq(headers.n_values, 0);
	fake_daemon_resume(fake);
	cr_expect_eq(sweep("_ga=1"), CONSENT_OK);
	cr_expect_eq(headers.n_values, 1);
	fake_daemon_pause(fake);
	cr_expect_eq(sweep("_ga=1"), CONSENT_ERROR_CONNECT);
	cr_expect_eq(headers.n_values, 0);
	fake_daemon_resume(fake);
	fake->behaviour = FAKE_LIES;
	cr_expect_eq(sweep("_ga=1"), CONSENT_OK);
	cr_expect_eq(headers.n_values, 0);
}

Test(sweep, deletes_nothing_in_mode_report)
{
	fake->site.mode = "report";
	cr_expect_eq(sweep("_ga=1"), CONSENT_OK);
	cr_expect_eq(headers.n_values, 0);
}

/* The policy changed since its rules were seen: domain and path are the new one's. */
Test(sweep, goes_by_the_policy_in_force)
{
	static const struct fake_cookie moved[] = {
	        {"_ga", NULL, "/new", "audience", "consent", 3600, "consent_refused"}};
	cr_expect_eq(sweep("_ga=1; old=1"), CONSENT_OK);
	cr_expect_eq(headers.n_values, 2);
	fake->site.cookies = moved;
	fake->site.n_cookies = 1;
	fake->policy_revision = 2;
	cr_expect_eq(sweep("_ga=1; old=1"), CONSENT_OK);
	cr_assert_eq(headers.n_values, 1);
	cr_expect_str_eq(headers.values[0], "_ga=; Path=/new" GONE);
}

/* The new policy arrives with one answer, while another domain's cookies are refused an answer. */
Test(sweep, survives_a_new_policy_between_two_answers)
{
	cr_expect_eq(sweep("_ga=1; ads=1"), CONSENT_OK);
	cr_expect_eq(headers.n_values, 2);
	fake->refuses_domains = true;
	fake->policy_revision = 2;
	cr_expect_neq(sweep("_ga=1; ads=1"), CONSENT_OK);
	cr_expect_eq(headers.n_values, 0);
}

/* The same number, and fewer rules: the daemon is another one by the time of the check. */
Test(sweep, goes_by_the_rules_of_the_daemon_that_answers)
{
	static const struct fake_cookie remade[] = {
	        {"_ga", NULL, "/new", "audience", "consent", 3600, "consent_refused"}};
	cr_expect_eq(sweep("_ga=1; sold=1; __Secure-ads=1"), CONSENT_OK);
	cr_expect_eq(headers.n_values, 3);
	fake_daemon_pause(fake);
	fake->site.cookies = remade;
	fake->site.n_cookies = 1;
	fake_daemon_resume(fake);
	cr_expect_eq(sweep("_ga=1; sold=1; __Secure-ads=1"), CONSENT_OK);
	cr_assert_eq(headers.n_values, 1);
	cr_expect_str_eq(headers.values[0], "_ga=; Path=/new" GONE);
}

Test(sweep, puts_nothing_into_a_header_that_ends_it)
{
	static const struct fake_cookie odd[] = {
	        {"a", NULL, "/x; Domain=evil.example", "one", "consent", 0, "consent_refused"},
	        {"b", NULL, "/\r\nX: y", "two", "consent", 0, "consent_refused"},
	        {"c", NULL, "/fine", "three", "consent", 0, "consent_refused"},
	};
	fake->site.cookies = odd;
	fake->site.n_cookies = 3;
	cr_expect_eq(sweep("a=1; b=1; c=1"), CONSENT_OK);
	cr_assert_eq(headers.n_values, 1);
	cr_expect_str_eq(headers.values[0], "c=; Path=/fine" GONE);
}

Test(sweep, looks_at_a_bounded_number_of_cookies)
{
	char *cookie = malloc(1000 * 16);
	size_t n_bytes = 0;
	cr_assert(cookie);
	for (int i = 0; i < 1000; i++)
		n_bytes += (size_t)sprintf(cookie + n_bytes, "_pk%d=1;", i);
	cr_expect_eq(sweep(cookie), CONSENT_OK);
	cr_expect_eq(headers.n_values, 512);
	cr_expect_str_eq(headers.values[511], "_pk511=; Path=/stats" GONE);
	free(cookie);
}

/* Policy and check together have one deadline, which their two answers miss. */
/* Names that visitors make up take no room from the sites that there are. */
Test(sweep, remembers_no_site_that_is_unknown)
{
	char site[64];
	fake->refused_op = PROTO_OP_POLICY_GET;
	fake->error = PROTO_ERROR_UNKNOWN_SITE;
	fake->refuses_op = true;
	visitor.site = site;
	for (int i = 0; i < CLIENT_POLICIES + 1; i++) {
		(void)snprintf(site, sizeof(site), "site-%d.example", i);
		cr_expect_eq(sweep("_ga=1"), CONSENT_ERROR_UNKNOWN_SITE, "%s", site);
	}
	fake->refuses_op = false;
	visitor.site = SHOP_SITE;
	cr_expect_eq(sweep("_ga=1"), CONSENT_OK);
	cr_expect_eq(headers.n_values, 1);
}

Test(sweep, ends_at_the_deadline)
{
	client->options.deadline_ms = FAKE_DELAY_MS + FAKE_DELAY_MS / 2;
	fake->behaviour = FAKE_DELAYS;
	cr_expect_eq(sweep("_ga=1"), CONSENT_ERROR_TIMEOUT);
	cr_expect_eq(headers.n_values, 0);
}

Test(sweep, says_what_is_wrong)
{
	struct consent_visitor nobody = CONSENT_VISITOR_INIT;
	enum consent_error invalid = CONSENT_ERROR_INVALID_ARGUMENT;
	cr_expect_eq(consent_sweep(client, &visitor, "_ga=1", 5, NULL), invalid);
	headers.n_values = 9;
	cr_expect_eq(consent_sweep(NULL, &visitor, "_ga=1", 5, &headers), invalid);
	cr_expect_eq(headers.n_values, 0);
	cr_expect_eq(consent_sweep(client, &nobody, "_ga=1", 5, &headers), invalid);
	fake->refused_op = PROTO_OP_POLICY_GET;
	fake->error = PROTO_ERROR_UNKNOWN_SITE;
	fake->refuses_op = true;
	cr_expect_eq(sweep("_ga=1"), CONSENT_ERROR_UNKNOWN_SITE);
	cr_expect_eq(headers.n_values, 0);
	fake->refuses_op = false;
	fake->behaviour = FAKE_CONTRADICTS;
	cr_expect_eq(sweep("_ga=1"), CONSENT_ERROR_PROTOCOL);
}
