/*
 * What each uid holds of what all share: connections, bytes of buffers that grew beyond a
 * connection's first, and places in the committer's queue. Loop thread only.
 *
 * A uid gets more only while its share after that, times one more than the number of uids, fits
 * into what nobody else holds. However many uids take as much as they can, the next one finds some
 * left. The daemon's own uid and root take what there is, so the operator is never locked out.
 */
#ifndef DAEMON_NET_QUOTA_H
#define DAEMON_NET_QUOTA_H

#include <sys/queue.h>
#include <sys/types.h>

#include "daemon/base/error.h"
#include "proto/span.h"

enum quota_slot {
	QUOTA_CONNECTIONS,
	QUOTA_BYTES,
	QUOTA_WRITES,
	QUOTA_N_SLOTS,
};

struct conn;
struct quota;

TAILQ_HEAD(conn_list, conn);
TAILQ_HEAD(quota_user_list, quota_user);

/* What a uid holds; lives as long as it holds anything. */
struct quota_user {
	struct quota *quota;
	uid_t uid;
	uint64_t held[QUOTA_N_SLOTS];
	struct quota_user *next;
	/* server.c's: its connections that are ready, and its place in the line while any is. */
	struct conn_list ready;
	TAILQ_ENTRY(quota_user) ready_entry;
};

enum { QUOTA_BUCKETS = 256 };

struct quota {
	uid_t own_uid;
	uint64_t n_users;
	uint64_t left[QUOTA_N_SLOTS];
	uint64_t connections_per_uid;
	struct quota_user *buckets[QUOTA_BUCKETS];
};

void quota_init(struct quota *quota, uid_t own_uid, const uint64_t most[QUOTA_N_SLOTS],
        uint64_t connections_per_uid);
/* Frees what is left of users who never gave back what they hold. */
void quota_deinit(struct quota *quota);

enum { QUOTA_E_FULL = 1 };

/* Takes one connection for the uid. 0, QUOTA_E_FULL or -ENOMEM. */
MUST_USE int quota_connect(struct quota *quota, uid_t uid, struct quota_user **ret);
/* Gives it back; the user may be gone then. */
void quota_disconnect(struct quota *quota, struct quota_user *user);

/* Takes bytes for the user: 0 or QUOTA_E_FULL. */
MUST_USE int quota_take(struct quota *quota, struct quota_user *user, uint64_t n_bytes);
void quota_give(struct quota *quota, struct quota_user *user, uint64_t n_bytes);

/*
 * A place in the committer's queue, which is held until the write is through, also where its
 * connection is gone by then: hanging up makes no room. quota_may_write says whether there is one
 * for the user; the user may be gone after quota_end_write.
 */
MUST_USE bool quota_may_write(const struct quota_user *user);
void quota_begin_write(struct quota_user *user);
void quota_end_write(struct quota_user *user);

#endif
