/*
 * What an operation is: a function that runs on the event loop, reads a decoded request, and
 * either writes its result or hands a write to the committer. Loop thread only.
 *
 * A look-up has a function that runs before: it finds out what will be read, and has it on its way
 * from memory while the request before it is answered.
 *
 * One file per operation. net/request.c decodes and authorises before it calls one; nothing here
 * sees bytes from a peer that were not validated against the operation's description.
 */
#ifndef DAEMON_OP_OP_H
#define DAEMON_OP_OP_H

#include "daemon/access/access.h"
#include "daemon/commit/commit.h"
#include "proto/messages.h"

/* Room for the pages that some results are made in. One request at a time. */
struct op_scratch {
	uint8_t page[PROTO_LIMIT_MESSAGE_BYTES - 4096]; /* of records or events */
	uint8_t row[256 * 1024];                        /* the events of one record */
};

struct op_env {
	struct commit *commit;  /* sites, lines, clock, queue */
	struct site *last_site; /* that a look-up found; NULL: none yet. Mostly the next one's */
	const char *version;
	struct op_counters *counters;
	struct op_policies *policies; /* old revisions that were asked for */
	struct op_scratch *scratch;
};

enum {
	OP_DONE = 0,    /* the result was written to call->writer */
	OP_PENDING = 1, /* call->write was queued; its reply comes later */
	OP_FAILED = 2,  /* op_fail was called: an error goes out */
};

enum { OP_MESSAGE_BYTES = 4096 };

/* Who is asked about: from the names in a look-up to a policy and a line. See op/lookup.h. */
struct op_lookup {
	uint64_t revision; /* read first: whatever is answered reflects it */
	struct site *site; /* NULL: unknown; then nothing else is set */
	const struct policy *policy;
	bool has_subject; /* false: a visitor without an id; then what follows is not set */
	struct record_key key;
	struct proto_map map;
};

struct op_call {
	struct op_env *env;
	const struct access_peer *peer;
	uint64_t now; /* seconds UTC; read when the request was there already, at most a turn ago */
	const union proto_any_request *request;
	struct op_lookup lookup;     /* set by begin_fn, for run_fn */
	struct proto_writer *writer; /* where the result map goes, and nothing else */
	enum proto_error error;
	char message[OP_MESSAGE_BYTES];
	int fd; /* OP_DONE: a descriptor that goes with the result; -1: none. Stays its owner's */
	struct op_write *write; /* OP_PENDING: set by the operation, owned by the committer */
};

/*
 * A write on its way through the committer. The operation allocates it (its own struct around
 * it), op_submit queues it, and when it is done the loop calls `finish_fn` with a writer for the
 * result; then `free_fn`. Both run on the loop thread.
 */
struct op_write {
	struct commit_request request; /* first member */
	char message[256];             /* goes with request.error, set by the committer's half */
	void (*encode_fn)(struct op_write *write, struct proto_writer *writer);
	void (*free_fn)(struct op_write *write);
	uint8_t *kept; /* room behind the struct, for what must outlive the request */
	size_t n_kept;

	/* The caller's, set by net/request.c after OP_PENDING: where the reply goes. */
	void (*reply_fn)(struct op_write *write, void *ctx);
	void *ctx;   /* NULL: the connection is gone */
	void *payer; /* whose share of the queue it takes, until reply_fn */
	uint32_t msgid;
	bool notification;
	struct op_write *next, **link; /* the connection's list of pending writes */
};

typedef void op_begin_fn(struct op_call *call);
typedef int op_run_fn(struct op_call *call);

struct op {
	/*
	 * NULL: there is nothing to begin with. It reads env, peer and request, and sets lookup,
	 * which owns nothing: run_fn follows in the same turn of the loop, after at most one other
	 * operation's, or not at all.
	 */
	op_begin_fn *begin_fn;
	op_run_fn *run_fn;
};

/* By enum proto_op. */
extern const struct op op_table[PROTO_N_OPS];

op_begin_fn op_check_begin, op_grants_begin;

op_run_fn op_hello, op_check, op_grants, op_map, op_policy_get, op_policy_list, op_policy_render,
        op_record, op_bind, op_show, op_history, op_list, op_export, op_erase, op_policy_apply,
        op_report, op_stats;

/* Notes the error of a call; returns OP_FAILED. The message says which field, and what is right. */
int op_fail(struct op_call *call, enum proto_error error, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

#endif
