/*
 * Revisions of `erased` events whose bodies are still there, because the view has not yet durably
 * forgotten the subject. The list lives in the ledger's meta. Committer only.
 */
#ifndef DAEMON_COMMIT_ERASURES_H
#define DAEMON_COMMIT_ERASURES_H

#include "daemon/store/ledger.h"

struct erasures {
	uint64_t *revisions; /* ascending */
	size_t n, capacity;
	size_t n_stuck; /* the first of them: their bodies could not be dropped since it was read */
};

/* Reads the list. -errno. */
MUST_USE int erasures_load(struct erasures *erasures, struct ledger_reader *reader);
MUST_USE int erasures_add(struct erasures *erasures, uint64_t revision);
/* How many of them, without those that are stuck, the checkpoint has passed. */
size_t erasures_n_due(const struct erasures *erasures, uint64_t checkpoint);
/*
 * In the open transaction: drops the bodies of the first n that are not stuck, and takes these off
 * the list. A body that is rotten stays on it, and is tried again when the list is read again.
 * LEDGER_E_FULL, -errno: the list is undefined until then.
 */
MUST_USE int erasures_drop(struct erasures *erasures, struct ledger *ledger, size_t n);
/* Stores the list in the open transaction. */
MUST_USE int erasures_store(const struct erasures *erasures, struct ledger *ledger);
void erasures_deinit(struct erasures *erasures);

#endif
