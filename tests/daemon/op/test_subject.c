/* What operations share: a record that cannot be read is an error, and a damaged one an alarm. */
#include <criterion/criterion.h>
#include <errno.h>

#include "daemon/op/counters.h"
#include "tests/daemon/op/fake_commit.h"
#include "tests/support/policies.h"

static struct fake *fake;
static struct site *site;

static void start(void)
{
	fake = fake_open();
	site = fake_site(fake, POLICY_A);
}

TestSuite(subject, .init = start, .fini = fake_close);

static enum proto_error show(const char *subject)
{
	struct proto_show_request request = {span_of(POLICY_SITE), span_of(subject)};

	return fake_call(fake, PROTO_OP_SHOW, op_show, &request, NULL);
}

static void add(const char *subject, int rc)
{
	fake->records[fake->n_records++] =
	        (struct fake_record){fake_digest(site, subject), rc, {.linked = false}};
}

static void take_alarms(void *ctx, const char *name, uint64_t value)
{
	if (strcmp(name, "alarms") == 0)
		*(uint64_t *)ctx = value;
}

static uint64_t alarms(void)
{
	uint64_t n = UINT64_MAX;

	op_counters_each(fake->env.counters, take_alarms, &n);
	return n;
}

Test(subject, damage_is_an_alarm_and_never_a_record)
{
	add("damaged", -EBADMSG);
	cr_expect_eq(show("damaged"), PROTO_ERROR_STORAGE_FAILED);
	cr_expect(strstr(fake->failed.message, "damaged"));
	cr_expect_eq(alarms(), 1);
}

Test(subject, a_storage_that_does_not_answer_is_no_alarm)
{
	add("slow", -EIO);
	cr_expect_eq(show("slow"), PROTO_ERROR_STORAGE_FAILED);
	cr_expect_eq(show("nobody"), PROTO_ERROR_NOT_FOUND);
	cr_expect_eq(alarms(), 0);
}
