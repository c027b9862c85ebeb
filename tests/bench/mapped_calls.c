/*
 * Counts the system calls of mapped checks, by looking on: a child checks, and its parent traces it
 * and counts every entry into the kernel between two marks.
 *
 *   mapped_calls SOCKET SITE COOKIE SUBJECTS CHECKS
 *
 * The control comes first: as many checks with one getppid() each must be counted as exactly so many
 * calls, or the count is worth nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/handle.h"
#include "tests/bench/subjects.h"

/* A system call that nothing else makes here. */
enum { MARK = SYS_getsid };

enum { CONTROL_CHECKS = 1000 };

static void check(struct handle *handle, uint64_t n_subjects, uint64_t n_checks, bool calls)
{
	char name[SUBJECT_BYTES + 1];
	uint64_t random = 1;

	subject_name(0, name);
	syscall(MARK, 0);
	for (uint64_t i = 0; i < n_checks; i++) {
		subject_digits(
		        random_below(&random, n_subjects), name + sizeof(SUBJECT_PREFIX) - 1);
		(void)handle_check(handle, name);
		if (calls)
			syscall(SYS_getppid);
	}
	syscall(MARK, 0);
}

/* The child's part; the map is its own, because none is inherited. */
static void run_child(char **argv)
{
	struct handle handle;

	handle_open(&handle, argv[1], argv[2], argv[3]);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(3);
	raise(SIGSTOP);
	check(&handle, number_of(argv[4]), CONTROL_CHECKS, true);
	check(&handle, number_of(argv[4]), number_of(argv[5]), false);
	handle_close(&handle);
	_exit(0); /* a leak checker at the end could not work while it is traced */
}

static void fail(const char *what)
{
	fprintf(stderr, "mapped_calls: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Goes on to the child's next entry into the kernel or its return from there. False: it ended. */
static bool next_stop(pid_t child, struct __ptrace_syscall_info *ret)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) != 0 || waitpid(child, &status, 0) != child)
		fail("cannot trace");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return false;
	if (!WIFSTOPPED(status))
		fail("the child died");
	if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(*ret), ret) <= 0)
		fail("PTRACE_GET_SYSCALL_INFO");
	return true;
}

/* Calls between the n-th and the next mark, two marks a count. */
static void count(pid_t child, uint64_t ret[2])
{
	struct __ptrace_syscall_info info;
	unsigned int n_marks = 0;

	ret[0] = ret[1] = 0;
	while (next_stop(child, &info)) {
		if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if (info.entry.nr == MARK)
			n_marks++;
		else if (n_marks % 2 == 1)
			ret[n_marks / 2]++;
	}
	if (n_marks != 4)
		fail("the marks were not seen");
}

int main(int argc, char **argv)
{
	uint64_t n_calls[2];
	int status;
	pid_t child;

	if (argc != 6) {
		fprintf(stderr, "usage: mapped_calls SOCKET SITE COOKIE SUBJECTS CHECKS\n");
		return 2;
	}
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0)
		run_child(argv);
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		fail("a child cannot be traced here");
	if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0)
		fail("PTRACE_SETOPTIONS");
	count(child, n_calls);
	if (n_calls[0] != CONTROL_CHECKS) {
		fprintf(stderr, "mapped_calls: %d calls were made and %llu counted\n",
		        CONTROL_CHECKS, (unsigned long long)n_calls[0]);
		return 1;
	}
	printf("{\"checks\": %s, \"calls\": %llu}\n", argv[5], (unsigned long long)n_calls[1]);
	return 0;
}
