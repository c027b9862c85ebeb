/* What a handle counts, and how the daemon comes to know of it: once, or not at all. */
#include "tests/client/loop.h"

#include "client/src/client.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct client_counts counts;
static struct client_report report;
static struct fake_daemon *fake;
static struct consent_client *client;
static struct consent_visitor visitor;

static uint64_t value_of(struct proto_list list, const char *name)
{
	struct span key;
	uint64_t value;

	while (proto_list_pair_uint(&list, &key, &value))
		if (span_is(key, name))
			return value;
	return 0;
}

static void count(struct client_counts *to, size_t site, const char *name)
{
	client_counts_add(to, site, PROTO_REASON_UNDECLARED_COOKIE);
	client_counts_add_name(to, site, span_of(name));
}

Test(counts, of_each_site_by_reason_and_by_name)
{
	cr_expect_not(client_counts_report(&counts, 3, span_of("s"), &report));
	client_counts_add(&counts, 3, PROTO_REASON_CONSENT_GIVEN);
	count(&counts, 3, "_ga_123");
	count(&counts, 3, "_ga_456");
	count(&counts, 4, "_ga_123");
	cr_expect_not(client_counts_report(&counts, 0, span_of("s"), &report));
	cr_assert(client_counts_report(&counts, 3, span_of("s"), &report));
	cr_expect(span_is(report.request.site, "s"));
	cr_expect_eq(report.request.allowed.n_items, 1);
	cr_expect_eq(value_of(report.request.allowed, "consent_given"), 1);
	cr_expect_eq(report.request.denied.n_items, 1);
	cr_expect_eq(value_of(report.request.denied, "undeclared_cookie"), 2);
	cr_expect_eq(report.request.undeclared.n_items, 1);
	cr_expect_eq(value_of(report.request.undeclared, "_ga_#"), 2);
	client_counts_drop(&counts, 3);
	cr_expect_not(client_counts_report(&counts, 3, span_of("s"), &report));
	cr_assert(client_counts_report(&counts, 4, span_of("s"), &report));
	cr_expect_eq(value_of(report.request.undeclared, "_ga_#"), 1);
}

/* Letters only, beyond f, so that nothing is blurred; as long as names are kept. */
static void name_of(int i, char ret[PROTO_LIMIT_UNDECLARED_NAME_BYTES + 1])
{
	memset(ret, 'x', PROTO_LIMIT_UNDECLARED_NAME_BYTES);
	ret[PROTO_LIMIT_UNDECLARED_NAME_BYTES] = '\0';
	ret[0] = (char)('g' + i % 16);
	ret[1] = (char)('g' + i / 16);
}

Test(counts, names_beyond_the_last_place_count_without_a_name)
{
	char name[PROTO_LIMIT_UNDECLARED_NAME_BYTES + 1];

	for (int i = 0; i < 2 * CLIENT_COUNTS_NAMES; i++) {
		name_of(i, name);
		count(&counts, CLIENT_COUNTS_SITES - 1, name);
	}
	for (int i = 0; i < CLIENT_COUNTS_REASONS; i++)
		counts.by_reason[CLIENT_COUNTS_SITES - 1][i] += UINT64_MAX / 2;
	counts.names[0].count = UINT64_MAX;
	cr_assert(client_counts_report(&counts, CLIENT_COUNTS_SITES - 1, span_of("s"), &report));
	cr_expect_eq(report.request.undeclared.n_items, CLIENT_COUNTS_NAMES);
	cr_expect_eq(value_of(report.request.denied, "undeclared_cookie"),
	        UINT64_MAX / 2 + 2 * CLIENT_COUNTS_NAMES);
	name_of(1, name);
	cr_expect_eq(value_of(report.request.undeclared, name), 1);
}

/* ---- on the way ---- */

static void begin(void)
{
	fake = fake_daemon_start(&shop_site);
	client = shop_open(fake, PATIENT_MS);
	visitor = shop_visitor();
	/* Now the handle knows the site, in its first slot. */
	cr_assert(consent_check(client, &visitor, "pref", NULL, NULL));
	count(&client->policies.counts, 0, "wid");
}

static void end(void)
{
	consent_client_close(client);
	fake_daemon_stop(fake);
}

static void expect_reported(void)
{
	struct proto_report_request request;
	struct proto_fault fault;

	shop_wait(&fake->n_ops[PROTO_OP_REPORT], 1);
	cr_assert_eq(proto_decode_request(&proto_report_request,
	                     fake_daemon_last(fake, PROTO_OP_REPORT), &request, &fault),
	        0);
	cr_expect(span_is(request.site, SHOP_SITE));
	cr_expect_eq(value_of(request.denied, "undeclared_cookie"), 1);
	cr_expect_eq(value_of(request.undeclared, "wid"), 1);
}

Test(counts, go_in_front_of_the_next_exchange)
{
	begin();
	cr_expect(consent_check(client, &visitor, "pref", NULL, NULL));
	expect_reported();
	cr_expect(consent_check(client, &visitor, "pref", NULL, NULL));
	cr_expect_eq(consent_flush(client), CONSENT_OK);
	cr_expect_eq(fake->n_ops[PROTO_OP_REPORT], 1);
	end();
}

Test(counts, go_in_front_of_what_does_not_wait)
{
	begin();
	cr_expect(loop_ask(client, "pref").allowed);
	expect_reported();
	cr_expect_eq(consent_flush(client), CONSENT_OK);
	cr_expect_eq(fake->n_ops[PROTO_OP_REPORT], 1);
	end();
}

Test(counts, wait_where_nothing_could_be_sent)
{
	begin();
	fake_daemon_pause(fake);
	cr_expect_not(consent_check(client, &visitor, "pref", NULL, NULL));
	cr_expect_eq(consent_flush(client), CONSENT_ERROR_CONNECT);
	fake_daemon_resume(fake);
	cr_expect(consent_check(client, &visitor, "pref", NULL, NULL));
	expect_reported();
	end();
}

Test(counts, are_flushed)
{
	begin();
	cr_expect_eq(consent_flush(client), CONSENT_OK);
	expect_reported();
	cr_expect_eq(consent_flush(client), CONSENT_OK);
	cr_expect_eq(fake->n_ops[PROTO_OP_REPORT], 1);
	cr_expect_eq(consent_flush(NULL), CONSENT_ERROR_INVALID_ARGUMENT);
	end();
}

Test(counts, wait_where_the_daemon_refused_them)
{
	begin();
	fake->error = PROTO_ERROR_BUSY;
	fake->refused_op = PROTO_OP_REPORT;
	fake->refuses_op = true;
	cr_expect_eq(consent_flush(client), CONSENT_ERROR_BUSY);
	cr_expect_eq(consent_flush(client), CONSENT_ERROR_BUSY);
	fake->error = PROTO_ERROR_UNKNOWN_SITE;
	cr_expect_eq(consent_flush(client), CONSENT_OK);
	fake->refuses_op = false;
	cr_expect_eq(consent_flush(client), CONSENT_OK);
	cr_expect_eq(fake->n_ops[PROTO_OP_REPORT], 3, "of a site that is gone nothing is kept");
	end();
}

/* They may have been counted. */
static void expect_dropped(enum fake_behaviour behaviour, enum consent_error error)
{
	begin();
	if (behaviour == FAKE_SILENT)
		client->options.deadline_ms = SHORT_MS;
	fake->behaviour = behaviour;
	cr_expect_eq(consent_flush(client), error);
	shop_wait(&fake->n_ops[PROTO_OP_REPORT], 1);
	fake->behaviour = FAKE_SERVES;
	cr_expect_eq(consent_flush(client), CONSENT_OK);
	cr_expect_eq(consent_withdraw(client, &visitor, NULL, NULL), CONSENT_OK);
	cr_expect_eq(fake->n_ops[PROTO_OP_REPORT], 1);
	end();
}

Test(counts, are_never_sent_twice)
{
	expect_dropped(FAKE_SILENT, CONSENT_ERROR_TIMEOUT);
	expect_dropped(FAKE_HANGS_UP, CONSENT_ERROR_CLOSED);
	expect_dropped(FAKE_GARBLES, CONSENT_ERROR_PROTOCOL);
}
