/*
 * A commit without a store or threads, for the operations that only read: real sites, policies and
 * lines; records and the ledger answer what the test says.
 */
#ifndef TESTS_DAEMON_OP_FAKE_COMMIT_H
#define TESTS_DAEMON_OP_FAKE_COMMIT_H

#include "daemon/commit/lines.h"
#include "daemon/op/op.h"

struct fake_record {
	struct proto_digest digest;
	int rc; /* what reading it returns */
	struct record record;
};

struct fake {
	struct commit *commit;
	struct sites *sites;
	struct lines *lines;
	struct clock clock;
	uint64_t revision;
	struct fake_record records[8];
	size_t n_records;
	unsigned int n_record_reads;
	void (*read_fn)(void); /* is called before each, where it is set */

	struct op_env env;
	struct access_peer peer;
	struct proto_error_text {
		enum proto_error error;
		char message[OP_MESSAGE_BYTES];
	} failed;
};

/* One at a time. The clock's floor, 2100000000, decides; the revision is 100. */
struct fake *fake_open(void);
void fake_close(void);

/* A policy; bits are 0, 1, 2 … in the order of its services. */
struct policy *fake_policy(const char *yaml);
/* Adds a site with that policy. */
struct site *fake_site(struct fake *fake, const char *yaml);
struct proto_digest fake_digest(const struct site *site, const char *subject);

/*
 * Runs the operation on `request`, its struct, and decodes the result into `ret` (spans until the
 * next call). Returns the error; its message is in fake->failed.
 */
enum proto_error fake_call(
        struct fake *fake, enum proto_op op, op_run_fn *run_fn, const void *request, void *ret);
/* The same for an operation that begins before it runs. */
enum proto_error fake_look_up(
        struct fake *fake, enum proto_op op, struct op fns, const void *request, void *ret);

/* Names as a list, given as "a b c"; valid until the next call. */
struct proto_list fake_names(const char *names);

#endif
