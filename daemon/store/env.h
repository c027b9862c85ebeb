/*
 * LMDB, wrapped once: an environment with its named databases, whose every value is sealed when it
 * is written and verified when it is read.
 *
 * Default durability (never NOSYNC, NOMETASYNC or WRITEMAP) and NOTLS. One writer thread at a time;
 * readers: one transaction per thread, renewed and reset around each use. One open per process: a
 * second one would take the first one's locks away.
 */
#ifndef DAEMON_STORE_ENV_H
#define DAEMON_STORE_ENV_H

#include "daemon/store/tag.h"

/* Each header of the store repeats under its own name those that it can answer. */
enum {
	ENV_E_NOT_FOUND = 1,
	ENV_E_FULL = 2,      /* the map or the disk; what is committed is as it was */
	ENV_E_BAD_VALUE = 9, /* from cursors only: they stand on it, but its tag is bad */
};

enum { ENV_MAX_DBS = 6 };

struct env;

struct env_options {
	int dir_fd; /* the data directory; borrowed, and open for as long as the environment */
	const char *name;
	const struct keys *keys;
	uint64_t map_bytes;     /* of address space; grown to the file where that is longer */
	const char *const *dbs; /* at most ENV_MAX_DBS; a db is known by its index below */
	size_t n_dbs;
};

/*
 * Makes the directory and the databases where they are missing, durably. -EBADMSG where the file
 * is none of ours, -EBUSY where this process has it open.
 */
MUST_USE int env_open(const struct env_options *options, struct env **ret);
/* All transactions must have ended. NULL is legal; returns NULL. */
struct env *env_close(struct env *env);

/* Bytes of pages in use, as of the last commit. Any thread. */
uint64_t env_used_bytes(const struct env *env);
uint64_t env_map_bytes(const struct env *env);

/* Frees the slots of readers whose process died. Any thread; call every minute. */
MUST_USE int env_check_readers(struct env *env);
/* For how long the oldest snapshot of this process has been held; 0 where none is. Any thread. */
uint64_t env_reader_age_ms(const struct env *env);

/*
 * In a child process: opens the environment and walks up to `n_max` entries from the end of each
 * database. -EBADMSG where that ends in anything but success, a crash included. The environment
 * must not be open here; call while the process has one thread.
 */
MUST_USE int env_check(int dir_fd, const char *name, uint64_t n_max);

/* -- transactions --------------------------------------------------------------------------- */

struct env_txn {
	struct env *env;
	struct MDB_txn *mdb; /* NULL: none */
	bool active;
	_Atomic uint64_t *since; /* of a reader: its slot in the environment's table */
};

/* One that writes; it belongs to this thread. */
MUST_USE int env_begin(struct env *env, struct env_txn *txn);
/*
 * Ends the transaction whatever it answers. ENV_E_FULL: nothing was written. -errno: a failed sync,
 * the outcome is unknown until the environment is opened anew.
 */
MUST_USE int env_commit(struct env_txn *txn);
void env_abort(struct env_txn *txn);

/* One that reads; it begins reset. -EUSERS above 126 of them. */
MUST_USE int env_reader_init(struct env *env, struct env_txn *txn);
void env_reader_deinit(struct env_txn *txn);
/* A fresh snapshot. */
MUST_USE int env_reader_renew(struct env_txn *txn);
void env_reader_reset(struct env_txn *txn);

/* The payload stays valid until the next write in the transaction, or its end. */
MUST_USE int env_get(struct env_txn *txn, size_t db, struct span key, struct span *ret_payload);
/* Whether the value says that another master key sealed it: a wrong key, where all values do. */
bool env_is_foreign(struct env_txn *txn, size_t db, struct span key);
MUST_USE int env_put(struct env_txn *txn, size_t db, struct span key, struct span payload);
MUST_USE int env_erase(struct env_txn *txn, size_t db, struct span key);
/* Number of entries. */
MUST_USE int env_count(struct env_txn *txn, size_t db, uint64_t *ret);

/*
 * A value to be written in place: room for its payload, then a seal, with no other call in
 * between.
 */
struct env_value {
	size_t db;
	struct span key;
	bool append; /* the key is behind all others */
	size_t n_bytes;
	uint8_t *payload; /* set by env_reserve */
};

MUST_USE int env_reserve(struct env_txn *txn, struct env_value *value);
void env_seal(struct env_txn *txn, const struct env_value *value);

/* -- cursors -------------------------------------------------------------------------------- */

struct env_cursor {
	struct env_txn *txn;
	size_t db;
	struct MDB_cursor *mdb;
	struct span key; /* where it stands */
};

enum env_move {
	ENV_FIRST,
	ENV_LAST,
	ENV_NEXT,
	ENV_PREV,
	ENV_AT,   /* cursor->key, exactly */
	ENV_FROM, /* cursor->key, or the first behind it */
};

MUST_USE int env_cursor_open(struct env_txn *txn, size_t db, struct env_cursor *ret);
/* Before the transaction ends, for one that writes; one that reads may be renewed before. */
void env_cursor_close(struct env_cursor *cursor);
/* After env_reader_renew. */
MUST_USE int env_cursor_renew(struct env_cursor *cursor);
/*
 * Moves, and sets cursor->key to where it stands. ENV_E_NOT_FOUND behind either end, or where
 * there is no such key; ENV_E_BAD_VALUE. -EBADMSG where the tree itself is damaged.
 */
MUST_USE int env_cursor_move(
        struct env_cursor *cursor, enum env_move move, struct span *ret_payload);
/* The same for whoever stops at a bad value: -EBADMSG. */
MUST_USE int env_cursor_move_good(
        struct env_cursor *cursor, enum env_move move, struct span *ret_payload);
/* Replaces the value of the entry on which ENV_AT has stopped, or adds one where it found none. */
MUST_USE int env_cursor_put(
        struct env_cursor *cursor, struct span key, struct span payload, bool replace);
/* Removes the entry on which the cursor stands. */
MUST_USE int env_cursor_erase(struct env_cursor *cursor);

#endif
