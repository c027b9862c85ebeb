/*
 * What a start does before the first question: bring the view up to the ledger, and build what is
 * kept in memory. Blocks; no other thread uses the store yet.
 */
#ifndef DAEMON_COMMIT_LOAD_H
#define DAEMON_COMMIT_LOAD_H

#include "daemon/commit/lines.h"
#include "daemon/commit/sites.h"
#include "daemon/store/store.h"

enum {
	LOAD_E_VIEW = 1, /* the view is not what the ledger says: delete it and start again */
};

/* Applies the events behind the view's checkpoint. LOAD_E_VIEW, -errno. */
MUST_USE int load_replay(struct store *store, uint64_t *ret_n_events);
/* All sites with their newest policies. A policy that cannot be used leaves its site without one. */
MUST_USE int load_sites(struct store *store, struct sites *sites);
/* A line for every record. LOAD_E_VIEW where a tag, the count or the hash is wrong. */
MUST_USE int load_lines(struct store *store, struct lines *lines);

/*
 * A policy as the ledger has it, parsed, with the bits that were stored for it. 0;
 * LEDGER_E_NOT_FOUND; -EBADMSG where the text is no policy or a service has no bit; -errno.
 */
MUST_USE int load_policy(struct ledger_reader *reader, uint32_t site_id, uint32_t policy_revision,
        struct policy **ret);

#endif
