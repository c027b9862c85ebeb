/* A site with a cookie for every kind of answer. */
#include "tests/client/shop.h"

#include "client/src/connection.h"

#include <criterion/criterion.h>
#include <poll.h>

static const struct fake_cookie cookies[] = {
        {"sessionid", NULL, NULL, "login", "necessary", 1209600, "exempt_necessary"},
        {"lang", NULL, NULL, "language", "necessary", 0, "exempt_necessary"},
        {"__Host-csrf", NULL, "/", "csrf", "necessary", 3600, "exempt_necessary"},
        {"pref", NULL, NULL, "preferences", "consent", 3600, "consent_given"},
        {"_ga", NULL, NULL, "audience", "consent", 3600, "consent_refused"},
        {"_pk*", NULL, "/stats", "matomo", "consent", 3600, "consent_unknown"},
        {"old", NULL, NULL, "forgotten", "consent", 3600, "consent_expired"},
        {"measure", NULL, NULL, "measurement", "audience_measurement", 3600, "objection"},
        {"sold", NULL, NULL, "sale", "opt_out", 3600, "gpc_opt_out"},
        {"behind", NULL, NULL, "behind", "consent", 3600, "stale"},
        {"ads", "example.org", "/shop", "advertising", "consent", 60, "consent_refused"},
        {"ads", "tracker.example", NULL, "tracker", "consent", 60, "consent_given"},
        {"__Secure-ads", "example.org", NULL, "secure_ads", "consent", 60, "consent_refused"},
};

const struct fake_site shop_site = {SHOP_SITE, NULL, cookies, sizeof(cookies) / sizeof(cookies[0])};

struct consent_visitor shop_visitor(void)
{
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	visitor.site = SHOP_SITE;
	visitor.subject = "visitor-1";
	return visitor;
}

struct consent_client *shop_open(const struct fake_daemon *daemon, uint32_t deadline_ms)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct consent_client *client = NULL;
	options.socket = fake_daemon_socket(daemon);
	options.deadline_ms = deadline_ms;
	options.write_deadline_ms = 30000;
	options.no_map = true;
	cr_assert_eq(consent_client_open(&options, &client), CONSENT_OK);
	return client;
}

void shop_wait(const _Atomic uint32_t *counter, uint32_t value)
{
	uint64_t until_ms = client_now_ms() + 30000;
	while (*counter != value) {
		cr_assert(client_now_ms() < until_ms, "%u, and not %u", *counter, value);
		(void)poll(NULL, 0, 1);
	}
}
