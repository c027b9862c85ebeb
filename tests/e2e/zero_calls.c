/*
 * A check by the map makes no system call: after the first ones the kernel kills this process at the
 * next, but for write and exit_group.
 *
 *   zero_calls SITE SUBJECT N [--no-map]    exits 0 where N checks were answered as they should be; 77
 *                                           where this machine's clocks take a system call
 *
 * The subject gave `chat`, refused `ads` and has no choice for `video`; `sid` is necessary and `nobody`
 * undeclared.
 */
#include <consent.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SKIPPED = 77, N_COOKIES = 5 };

static const struct consent_cookie cookies[N_COOKIES] = {
        {"chat", NULL}, {"ads", NULL}, {"video", NULL}, {"sid", NULL}, {"nobody", NULL}};
static const enum consent_reason reasons[N_COOKIES] = {CONSENT_REASON_CONSENT_GIVEN,
        CONSENT_REASON_CONSENT_REFUSED, CONSENT_REASON_CONSENT_UNKNOWN,
        CONSENT_REASON_EXEMPT_NECESSARY, CONSENT_REASON_UNDECLARED_COOKIE};

/* From here on only write and exit_group are left. */
static int forbid_calls(void)
{
	struct sock_filter code[] = {
	        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
	        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
	        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0 ? -errno : 0;
}

/* Whether the clocks that a check reads are read without the kernel here. */
static int clocks_are_free(void)
{
	struct timespec now;
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (forbid_calls() != 0)
			_exit(1);
		for (int i = 0; i < 1000; i++)
			if (clock_gettime(CLOCK_MONOTONIC, &now) != 0 ||
			        clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0)
				_exit(1);
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static int check_each(struct consent_client *client, const struct consent_visitor *visitor)
{
	for (size_t i = 0; i < N_COOKIES; i++) {
		struct consent_decision decision;

		(void)consent_check(client, visitor, cookies[i].name, NULL, &decision);
		if (decision.reason != reasons[i])
			return 0;
	}
	return 1;
}

static int check_all(struct consent_client *client, const struct consent_visitor *visitor)
{
	struct consent_decision decisions[N_COOKIES];

	if (consent_check_many(client, visitor, cookies, N_COOKIES, decisions) != CONSENT_OK)
		return 0;
	for (size_t i = 0; i < N_COOKIES; i++)
		if (decisions[i].reason != reasons[i])
			return 0;
	return 1;
}

/* Somebody without a record, and somebody without an id. */
static int check_strangers(struct consent_client *client, struct consent_visitor visitor)
{
	struct consent_decision decision;

	visitor.subject = "nobody-knows";
	if (consent_check(client, &visitor, "chat", NULL, &decision) ||
	        decision.reason != CONSENT_REASON_CONSENT_UNKNOWN)
		return 0;
	visitor.subject = NULL;
	return !consent_check(client, &visitor, "chat", NULL, &decision) &&
	       decision.reason == CONSENT_REASON_CONSENT_UNKNOWN;
}

static int check_round(struct consent_client *client, const struct consent_visitor *visitor)
{
	return check_each(client, visitor) && check_all(client, visitor) &&
	       check_strangers(client, *visitor);
}

int main(int argc, char **argv)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	struct consent_client *client;
	static const char wrong[] = "zero_calls: a wrong answer\n";

	if (argc < 4)
		return 2;
	if (!clocks_are_free()) {
		(void)fprintf(stderr, "zero_calls: skipped: clock_gettime is a system call here\n");
		return SKIPPED;
	}
	options.no_map = argc > 4 && strcmp(argv[4], "--no-map") == 0;
	options.deadline_ms = 30000;
	visitor.site = argv[1];
	visitor.subject = argv[2];
	if (consent_client_open(&options, &client) != CONSENT_OK || !check_round(client, &visitor))
		return 3;
	long n = strtol(argv[3], NULL, 10);
	if (forbid_calls() != 0)
		return 4;
	for (long i = 0; i < n; i += 2 * N_COOKIES + 2)
		if (!check_round(client, &visitor)) {
			(void)!write(STDERR_FILENO, wrong, sizeof(wrong) - 1);
			_exit(1);
		}
	_exit(0);
}
