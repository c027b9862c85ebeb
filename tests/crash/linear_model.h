/*
 * What is known of each subject at each moment, in memory that all processes of the test share: which
 * writes began, which were acknowledged, and what each of them leaves. From that follows which
 * answers a check may get that began and ended at known moments.
 *
 * Any process. Each slot has one writer.
 */
#ifndef TESTS_CRASH_LINEAR_MODEL_H
#define TESTS_CRASH_LINEAR_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The site's cookies but the necessary one: a set of them is the answer to a check. */
enum { COOKIE_A = 1, COOKIE_B = 2, COOKIE_OPT_OUT = 4, COOKIES_ALL = 7 };

/* Without a record: the consents are not given, and nobody opted out. */
enum { STATE_UNDECIDED = COOKIE_OPT_OUT };

enum {
	N_FAMILIES = 16,
	N_WRITERS_MOST = 16,
	N_READERS_MOST = 16,
	N_FATES = 64, /* the newest writes of a slot whose fate is remembered */
};

/* A subject; each family has one of each kind. */
enum kind {
	KIND_ACCOUNT_X, /* written by both of the family's writers */
	KIND_ACCOUNT_Y, /* likewise */
	KIND_SESSION,   /* bound to X, unbound, erased, bound to Y, erased, … */
	KIND_SOLO,      /* given, withdrawn and erased */
	N_KINDS,
};

enum fate { FATE_DONE = 1, FATE_FAILED = 2 };

/* The writes of one writer on one subject, numbered from 1. */
struct slot {
	_Atomic uint64_t begun;  /* number of the newest */
	_Atomic uint64_t done;   /* of the newest whose outcome is known */
	_Atomic uint64_t effect; /* revision << 24 | number of the newest that was acknowledged */
	_Atomic uint8_t fates[N_FATES];
};

struct subject {
	struct slot slots[2];
};

struct reader_counts {
	_Atomic uint64_t n_mapped, n_asked, n_unavailable, n_unjudged;
};

struct model {
	struct subject subjects[N_FAMILIES][N_KINDS];
	_Atomic uint64_t n_fresh[N_WRITERS_MOST]; /* subjects that were written once */
	struct reader_counts counts[N_READERS_MOST];
	_Atomic uint64_t n_acknowledged, n_failed;
	_Atomic uint64_t n_wrong_yes, n_wrong_no;
	_Atomic bool writers_stop, readers_stop;
};

extern struct model *model;

/* Makes the model, before any process is forked. */
void model_make(void);

uint64_t model_hash(uint64_t a, uint64_t b, uint64_t c);

/* -- writes -------------------------------------------------------------------------------- */

/* What the n-th write of a slot does. */
enum action {
	ACTION_RECORD,
	ACTION_WITHDRAW,
	ACTION_ERASE,
	ACTION_BIND_X,
	ACTION_BIND_Y,
	ACTION_UNBIND
};

enum action model_action(int family, enum kind kind, int slot, uint64_t n);
/* The answer that an account's or a solo's n-th write leaves. */
unsigned int model_state(int family, enum kind kind, int slot, uint64_t n);
/* That of the i-th fresh subject of a writer; every fourth is a session bound to the one before. */
bool model_fresh_is_session(uint64_t i);
unsigned int model_fresh_state(int writer, uint64_t i);

/* Notes that the slot's next write begins; returns its number. */
uint64_t model_begin(struct slot *slot);
/* Notes its outcome. `revision` 0: as the one before. */
void model_end(struct slot *slot, uint64_t n, enum fate fate, uint64_t revision);

/* -- checks -------------------------------------------------------------------------------- */

/* What was acknowledged before the check began. */
struct before {
	uint64_t done[N_KINDS][2], effect[N_KINDS][2];
};

enum { N_CANDIDATES = 64 };

/* An answer that may be right, and the write that leaves it. */
struct candidate {
	unsigned int state;
	struct slot *slot; /* NULL: acknowledged before */
	uint64_t n;
};

struct candidates {
	struct candidate list[N_CANDIDATES];
	size_t n;
	bool too_many;
};

void model_before(int family, struct before *ret);
/* After the check: every answer that the subject's state gave at some moment of it. */
void model_candidates(
        int family, enum kind kind, const struct before *before, struct candidates *ret);

/*
 * Whether the answer is one of them, or the meet of some. A yes must stand in one candidate, together
 * with all other yeses of the same answer; a no, in any.
 */
bool model_yes_is_right(const struct candidates *candidates, unsigned int answer);
bool model_no_is_right(const struct candidates *candidates, unsigned int answer);

#endif
