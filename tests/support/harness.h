/*
 * The daemon without its sockets: a real store in a temporary directory, the committer and the
 * view's thread, and operations called as the loop would call them. One thread.
 */
#ifndef TESTS_SUPPORT_HARNESS_H
#define TESTS_SUPPORT_HARNESS_H

#include "daemon/op/op.h"

struct harness {
	uint64_t map_bytes;
	struct store store;
	struct clock clock;
	struct commit *commit;
	struct op_env env;
	struct access_peer peer; /* holds all roles */
	int wake_fd;             /* an eventfd */
	uint8_t *room;           /* of the last result */
	char message[OP_MESSAGE_BYTES];
	enum proto_error error; /* of the last call */
	bool answered;
	bool accept_clock;       /* at the next harness_reopen */
	void (*closed_fn)(void); /* what happens to the files in harness_reopen */
};

/* Opens a store in a directory of its own. Ends the test where anything fails. */
void harness_open(struct harness *h);
/* With environments of that size. */
void harness_open_small(struct harness *h, uint64_t map_bytes);
/* Stops and opens the same directory again; `rebuild` deletes the view in between. */
void harness_reopen(struct harness *h, bool rebuild);
/* Stops, and removes the directory. */
void harness_close(struct harness *h);

/* Waits for the committer, and finishes what is through. */
void harness_turn(struct harness *h);

/*
 * Calls the operation with `request`, its struct, and waits for its reply. Returns the error, NONE
 * where the result was decoded into `ret` (spans until the next call).
 */
enum proto_error harness_call(struct harness *h, enum proto_op op, const void *request, void *ret);

/* A reply_fn for a write whose reply nobody waits for. */
void harness_ignore_reply(struct op_write *write, void *ctx);

/* Applies a policy; ends the test where it is refused. Returns its revision. */
uint32_t harness_apply(struct harness *h, const char *yaml);

/* Records choices given as "name=yes name=no …"; returns the revision, 0 on an error. */
uint64_t harness_record(
        struct harness *h, const char *site, const char *subject, const char *choices);

/* The same for the subjects "subject-FIRST" to "subject-(LAST - 1)"; ends the test on an error. */
void harness_record_many(
        struct harness *h, const char *site, int first, int last, const char *choices);

/* Binds a session to an account; `account` NULL: unbinds it. */
enum proto_error harness_bind(
        struct harness *h, const char *site, const char *session, const char *account);

/* The reason for a cookie; "?" on an error. `subject` NULL: none. */
const char *harness_reason(
        struct harness *h, const char *site, const char *subject, const char *cookie);

#endif
