/*
 * Records a choice of each of a range of subjects, one at a time in every thread, and prints how long
 * the writes waited: with subjects that are new the map must grow meanwhile.
 *
 *   record_all SOCKET SITE FIRST N THREADS give|refuse
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "client/ctl/histogram.h"
#include "tests/bench/handle.h"
#include "tests/bench/subjects.h"

enum { MAX_THREADS = 64 };

struct worker {
	pthread_t thread;
	const char *socket, *site;
	uint64_t first, end, step;
	bool given;
	struct histogram latency;
};

static struct consent_client *open_client(const char *socket)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct consent_client *client;

	options.socket = socket;
	options.no_map = true;
	options.write_deadline_ms = 60000;
	if (consent_client_open(&options, &client) != CONSENT_OK)
		exit(1);
	return client;
}

static void *run_worker(void *arg)
{
	struct worker *worker = arg;
	struct consent_client *client = open_client(worker->socket);
	struct consent_choice everything = {"*", worker->given};
	struct consent_choices choices = CONSENT_CHOICES_INIT;
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	char name[SUBJECT_BYTES + 1];

	choices.choices = &everything;
	choices.n_choices = 1;
	visitor.site = worker->site;
	visitor.subject = name;
	for (uint64_t i = worker->first; i < worker->end; i += worker->step) {
		uint64_t start_ns = now_ns();

		subject_name(i, name);
		if (consent_record(client, &visitor, &choices, NULL) != CONSENT_OK) {
			fprintf(stderr, "record_all: %s\n", consent_client_message(client));
			exit(1);
		}
		histogram_add(&worker->latency, now_ns() - start_ns, 1);
	}
	consent_client_close(client);
	return NULL;
}

static double ms_of(uint64_t ns)
{
	return (double)ns / 1e6;
}

static void print(const struct histogram *latency, uint64_t elapsed_ns)
{
	printf("{\"rate\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"p99_9_ms\": %.3f, "
	       "\"max_ms\": "
	       "%.3f}\n",
	        (double)latency->n * 1e9 / (double)elapsed_ns,
	        ms_of(histogram_percentile(latency, 50000)),
	        ms_of(histogram_percentile(latency, 99000)),
	        ms_of(histogram_percentile(latency, 99900)), ms_of(latency->max_ns));
}

int main(int argc, char **argv)
{
	static struct worker workers[MAX_THREADS];
	static struct histogram latency;
	uint64_t n_threads, start_ns = now_ns();

	if (argc != 7 || number_of(argv[5]) < 1 || number_of(argv[5]) > MAX_THREADS) {
		fprintf(stderr, "usage: record_all SOCKET SITE FIRST N THREADS give|refuse\n");
		return 2;
	}
	n_threads = number_of(argv[5]);
	for (uint64_t i = 0; i < n_threads; i++) {
		workers[i] = (struct worker){.socket = argv[1],
		        .site = argv[2],
		        .first = number_of(argv[3]) + i,
		        .end = number_of(argv[3]) + number_of(argv[4]),
		        .step = n_threads,
		        .given = strcmp(argv[6], "give") == 0};
		if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]) != 0)
			return 1;
	}
	for (uint64_t i = 0; i < n_threads; i++) {
		pthread_join(workers[i].thread, NULL);
		histogram_merge(&latency, &workers[i].latency);
	}
	print(&latency, now_ns() - start_ns);
	return 0;
}
