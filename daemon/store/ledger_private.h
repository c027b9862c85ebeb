/*
 * What the files of the ledger (ledger*.c) share.
 */
#ifndef DAEMON_STORE_LEDGER_PRIVATE_H
#define DAEMON_STORE_LEDGER_PRIVATE_H

#include <stdatomic.h>

#include "daemon/store/env.h"
#include "daemon/store/ledger.h"

enum ledger_db {
	LEDGER_EVENTS,   /* revision, 8 bytes BE */
	LEDGER_POLICIES, /* site id, policy revision, 4 bytes BE each */
	LEDGER_SERVICES, /* site id, 4 bytes BE; fingerprint, 16 bytes; service id */
	LEDGER_SITES,    /* name */
	LEDGER_META,     /* name */
	LEDGER_N_DBS,
};

enum { LEDGER_SALTS = 256 };

/* The end of the chain. */
struct ledger_tip {
	uint64_t revision;
	uint64_t at;
	uint8_t chain_hash[EVENT_HASH_BYTES];
};

struct ledger {
	struct env *env;
	uint8_t store_id[LEDGER_STORE_ID_BYTES];
	bool is_new;
	_Atomic uint64_t head, head_at; /* of what is committed */

	/* The writer's. */
	struct env_txn txn;
	struct ledger_tip committed, tip; /* the latter as of the open transaction */
	uint8_t salts[LEDGER_SALTS][EVENT_SALT_BYTES];
	size_t n_salts; /* not yet used */
	uint8_t body[EVENT_MAX_BYTES];
};

struct ledger_reader {
	struct ledger *ledger;
	struct env_txn txn;
};

/* The time of the newest event, kept where that event's body is dropped. */
#define LEDGER_META_HEAD_AT ".head_at"

/* The end of the chain as the transaction sees it. */
MUST_USE int ledger_find_tip(struct env_txn *txn, struct ledger_tip *ret);
MUST_USE int ledger_meta_get(struct env_txn *txn, const char *name, struct span *ret);
MUST_USE int ledger_meta_put(struct env_txn *txn, const char *name, struct span value);

#endif
