/*
 * A daemon for tests of the client: it speaks the real protocol in a thread, answers from a small
 * table, and misbehaves when it is told to.
 *
 * All functions are for the test's thread; the counters may be read at any time.
 */
#ifndef TESTS_SUPPORT_FAKE_DAEMON_H
#define TESTS_SUPPORT_FAKE_DAEMON_H

#include <stdatomic.h>

#include "proto/digest.h"
#include "proto/messages.h"

/* One cookie of the site: how it is declared, and what a check of it is answered. */
struct fake_cookie {
	const char *name, *domain, *path, *service, *basis;
	uint32_t max_age;
	const char *reason;
};

struct fake_site {
	const char *site;
	const char *mode; /* NULL: enforce */
	const struct fake_cookie *cookies;
	size_t n_cookies;
};

/* What `map` is answered with; the descriptors are the test's. */
struct fake_map {
	int fds[2];
	size_t n_fds;
	uint64_t instance, layout, n_lines, policy_generation;
	int64_t clock_apart_ns; /* what the daemon's clock is ahead of ours */
	struct proto_site_key key;
};

/* What is done with every request but `hello`. */
enum fake_behaviour {
	FAKE_SERVES,
	FAKE_SILENT,            /* takes requests, answers nothing, `hello` included */
	FAKE_HANGS_UP,          /* closes instead of answering */
	FAKE_HANGS_UP_ONCE,     /* then serves */
	FAKE_DIES,              /* closes instead of answering, and listens no more */
	FAKE_CUTS,              /* half an answer, then nothing */
	FAKE_CUTS_AND_HANGS_UP, /* half an answer, then closes */
	FAKE_CUTS_ONCE,         /* half an answer, then closes; then serves */
	FAKE_DELAYS,            /* answers after FAKE_DELAY_MS */
	FAKE_DRIPS,             /* the answer byte by byte */
	FAKE_GARBLES,           /* bytes that are no MessagePack */
	FAKE_MUMBLES,           /* MessagePack that is no reply */
	FAKE_WRONG_MSGID,
	FAKE_OLD_MSGID,   /* answers with the msgid of the request before */
	FAKE_REPEATS,     /* every answer twice */
	FAKE_OVERSIZED,   /* a message that is one byte too long */
	FAKE_REFUSES,     /* with `error` */
	FAKE_REFUSES_ALL, /* with `error` and msgid nil, then closes */
	FAKE_REVERSES,    /* answers the last of pipelined requests first */
	FAKE_LIES,        /* allowed, with a reason that means no */
	FAKE_INVENTS,     /* allowed, with a reason that nobody knows */
	FAKE_FORGETS,     /* one decision too few */
	FAKE_CONTRADICTS, /* a policy whose rules name services that it does not have */
};

enum { FAKE_DELAY_MS = 70 };

struct fake_daemon {
	_Atomic enum fake_behaviour behaviour;
	_Atomic enum proto_error error;
	_Atomic uint32_t policy_revision, protocol;
	_Atomic uint64_t policy_instance; /* 0: that of the map */
	_Atomic uint64_t revision;
	_Atomic bool ask;
	_Atomic enum proto_op refused_op; /* this one alone is refused with `error`, when set */
	_Atomic bool refuses_op;
	_Atomic bool refuses_domains;       /* a check with a domain is `busy` */
	const struct fake_map *_Atomic map; /* NULL: it has none */
	/* Counters. */
	_Atomic uint32_t n_connections, n_open, n_requests, n_ops[PROTO_N_OPS];
	struct fake_site site;
	struct fake_state *state;
};

/* Listens at a socket in a directory of its own, and serves the site from a thread. */
struct fake_daemon *fake_daemon_start(const struct fake_site *site);

/* Stops and removes everything; the daemon then refuses connections. */
void fake_daemon_stop(struct fake_daemon *daemon);

const char *fake_daemon_socket(const struct fake_daemon *daemon);

/* Closes all connections and listens no more; then listens again at the same path. */
void fake_daemon_pause(struct fake_daemon *daemon);
void fake_daemon_resume(struct fake_daemon *daemon);

/* The parameters of the newest request of an operation, as they came; for one thread at a time. */
struct span fake_daemon_last(struct fake_daemon *daemon, enum proto_op op);

/* Whether the two newest requests of the operation were the same. */
bool fake_daemon_repeated(struct fake_daemon *daemon, enum proto_op op);

#endif
