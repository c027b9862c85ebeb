/*
 * Is a check as good as if there were one copy of the truth? Processes that check and processes that
 * write, on one daemon, which somebody else kills meanwhile.
 *
 *   linear SOCKET N_READERS N_WRITERS
 *
 * Commands on stdin, a line each: `?` prints the counts so far; `end` lets the writers end, reads all
 * subjects once more by the map and by the socket, prints the counts, and exits: 0 right, 1 some
 * answer was wrong, 2 the test itself failed. The daemon must run when it ends.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/crash/linear_model.h"
#include "tests/crash/linear_reader.h"
#include "tests/crash/linear_writer.h"

enum { FIRST_EXIT = 2 };

static const char *the_socket;
static int n_readers, n_writers;
static pid_t readers[N_READERS_MOST], writers[N_WRITERS_MOST];

static pid_t begin(int (*run_fn)(int number, int n_writers, const char *socket), int number)
{
	pid_t parent = getpid(), child = fork();

	if (child != 0)
		return child;
	/* Whatever becomes of the test, nothing of it stays. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(FIRST_EXIT);
	exit(run_fn(number, n_writers, the_socket));
}

static bool end(const pid_t *children, int n)
{
	bool good = true;

	for (int i = 0; i < n; i++) {
		int status;

		good = waitpid(children[i], &status, 0) == children[i] && WIFEXITED(status) &&
		       WEXITSTATUS(status) == 0 && good;
	}
	return good;
}

static void print_counts(void)
{
	uint64_t sum[4] = {0}, n_fresh = 0;

	for (int i = 0; i < N_READERS_MOST; i++) {
		const struct reader_counts *counts = &model->counts[i];

		sum[0] += atomic_load(&counts->n_mapped);
		sum[1] += atomic_load(&counts->n_asked);
		sum[2] += atomic_load(&counts->n_unavailable);
		sum[3] += atomic_load(&counts->n_unjudged);
	}
	for (int i = 0; i < N_WRITERS_MOST; i++)
		n_fresh += atomic_load(&model->n_fresh[i]);
	printf("mapped=%llu asked=%llu unavailable=%llu unjudged=%llu written=%llu failed=%llu "
	       "fresh=%llu wrong_yes=%llu wrong_no=%llu\n",
	        (unsigned long long)sum[0], (unsigned long long)sum[1], (unsigned long long)sum[2],
	        (unsigned long long)sum[3], (unsigned long long)model->n_acknowledged,
	        (unsigned long long)model->n_failed, (unsigned long long)n_fresh,
	        (unsigned long long)model->n_wrong_yes, (unsigned long long)model->n_wrong_no);
	(void)fflush(stdout);
}

static int conclude(void)
{
	atomic_store(&model->writers_stop, true);
	bool good = end(writers, n_writers);

	atomic_store(&model->readers_stop, true);
	good = end(readers, n_readers) && good;
	good = linear_read_all(n_writers, the_socket) == 0 && good;
	print_counts();
	if (!good)
		return 2;
	return model->n_wrong_yes + model->n_wrong_no == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	char line[16];

	if (argc != 4)
		return 2;
	the_socket = argv[1];
	n_readers = atoi(argv[2]);
	n_writers = atoi(argv[3]);
	if (n_readers < 1 || n_readers > N_READERS_MOST || n_writers < 2 || n_writers % 2 != 0 ||
	        n_writers > N_WRITERS_MOST)
		return 2;
	model_make();
	for (int i = 0; i < n_writers; i++)
		writers[i] = begin(linear_write, i);
	for (int i = 0; i < n_readers; i++)
		readers[i] = begin(linear_read, i);
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "end\n") != 0)
		print_counts();
	return conclude();
}
