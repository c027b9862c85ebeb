/*
 * Every allocation of the library fails once, in turn: nothing crashes or leaks, nothing but what
 * is necessary is allowed, and the handle works again when there is memory.
 *
 * The linker puts the functions here in front of libc's (--wrap).
 */
#include "tests/client/shop.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

void *__real_calloc(size_t n, size_t n_bytes);
void *__real_realloc(void *memory, size_t n_bytes);
char *__real_strdup(const char *text);
void *__wrap_calloc(size_t n, size_t n_bytes);
void *__wrap_realloc(void *memory, size_t n_bytes);
char *__wrap_strdup(const char *text);

static _Thread_local long countdown = -1; /* allocations until one fails; below 0: none does */
static _Thread_local bool failed;

static bool fails(void)
{
	bool now = countdown == 0;
	if (countdown >= 0)
		countdown--;
	failed = failed || now;
	return now;
}

void *__wrap_calloc(size_t n, size_t n_bytes)
{
	return fails() ? NULL : __real_calloc(n, n_bytes);
}

void *__wrap_realloc(void *memory, size_t n_bytes)
{
	return fails() ? NULL : __real_realloc(memory, n_bytes);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

static struct fake_daemon *fake;
static struct consent_visitor visitor;

static bool is_expected(enum consent_error error)
{
	return error == CONSENT_OK || error == CONSENT_ERROR_NO_MEMORY;
}

static enum consent_error open_client(struct consent_client **ret_client)
{
	static const char *const necessary[] = {"listed", "other_*"};
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	options.no_map = true;
	options.socket = fake_daemon_socket(fake);
	options.deadline_ms = 20000;
	options.write_deadline_ms = 20000;
	options.necessary = necessary;
	options.n_necessary = 2;
	return consent_client_open(&options, ret_client);
}

static void ask(struct consent_client *client)
{
	static const struct consent_cookie cookies[] = {
	        {"pref", NULL}, {"_ga", NULL}, {"ads", "example.org"}, {"listed", NULL}};
	struct consent_decision decisions[4];
	enum consent_error error = consent_check_many(client, &visitor, cookies, 4, decisions);
	cr_expect(is_expected(error));
	cr_expect(!decisions[0].allowed || error == CONSENT_OK);
	cr_expect_not(decisions[1].allowed);
	cr_expect_not(decisions[2].allowed);
}

static void write_and_show(struct consent_client *client)
{
	struct consent_record record;
	cr_expect(is_expected(consent_withdraw(client, &visitor, NULL, NULL)));
	enum consent_error error = consent_show(client, &visitor, &record);
	cr_expect(is_expected(error));
	cr_expect(error != CONSENT_OK || strcmp(record.choices[0].name, "audience") == 0);
}

static void rewrite(struct consent_client *client)
{
	struct consent_set_cookie headers[] = {
	        {.value = "pref=1; Max-Age=9999", .value_bytes = CONSENT_NUL_TERMINATED},
	        {.value = "_ga=1", .value_bytes = CONSENT_NUL_TERMINATED},
	};
	struct consent_headers gone;
	cr_expect(is_expected(consent_filter_set_cookie(client, &visitor, headers, 2)));
	cr_expect(!headers[0].keep || strcmp(headers[0].text, "pref=1; Max-Age=3600") == 0);
	cr_expect_not(headers[1].keep);
	/* A policy that found no memory is one that is not understood. */
	enum consent_error error =
	        consent_sweep(client, &visitor, "_ga=1", CONSENT_NUL_TERMINATED, &gone);
	cr_expect(is_expected(error) || error == CONSENT_ERROR_PROTOCOL);
	cr_expect_leq(gone.n_values, 1);
}

/* Every request that was taken has an answer. */
static void send_and_receive(struct consent_client *client)
{
	static const struct consent_cookie cookies[] = {{"pref", NULL}, {"ads", "example.org"}};
	struct consent_answer answer;
	int n_waiting = 0;
	for (uint64_t i = 0; i < 3; i++)
		n_waiting += consent_send_check(client, &visitor, cookies, 2, i) == CONSENT_OK;
	n_waiting += consent_send_withdraw(client, &visitor, NULL, 3) == CONSENT_OK;
	while (n_waiting > 0) {
		struct pollfd fd = {consent_client_fd(client), POLLIN, 0};
		if (!consent_receive(client, &answer)) {
			(void)poll(&fd, 1, 100);
			continue;
		}
		n_waiting--;
		cr_expect(is_expected(answer.error), "%s", consent_error_name(answer.error));
		cr_expect(answer.error == CONSENT_OK || answer.n_decisions == 0 ||
		          !answer.decisions[0].allowed);
	}
}

/* One life of a handle; whether an allocation failed in it. */
static bool live(long fails_at)
{
	struct consent_client *client = NULL;
	countdown = fails_at;
	failed = false;
	enum consent_error error = open_client(&client);
	cr_expect(is_expected(error));
	if (error == CONSENT_OK) {
		ask(client);
		write_and_show(client);
		rewrite(client);
		send_and_receive(client);
		countdown = -1;
		cr_expect(consent_check(client, &visitor, "pref", NULL, NULL), "it works again");
		consent_client_close(client);
	}
	countdown = -1;
	return failed;
}

Test(memory, may_fail_anywhere)
{
	long n = 0;
	fake = fake_daemon_start(&shop_site);
	visitor = shop_visitor();
	while (live(n))
		n++;
	cr_expect_gt(n, 10, "allocations were made to fail");
	fake_daemon_stop(fake);
}
