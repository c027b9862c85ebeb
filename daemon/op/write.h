/*
 * What the writing operations share: a request that owns what it needs, on its way through the
 * committer and back. The loop makes it, the committer applies it, the loop replies and frees it.
 */
#ifndef DAEMON_OP_WRITE_H
#define DAEMON_OP_WRITE_H

#include "daemon/commit/group.h"
#include "daemon/op/op.h"

/*
 * Copies spans one after the other into the memory behind a struct, so that one free ends it all:
 * op_write_new makes `n_bytes` of struct and room for `n_copied` bytes; op_write_keep moves a span
 * there. Absent spans stay absent.
 */
void *op_write_new(size_t n_bytes, size_t n_copied);
struct span op_write_keep(struct op_write *write, struct span bytes);

/*
 * Queues the write: OP_PENDING, or OP_FAILED after `busy` (the write is freed then). apply_fn,
 * encode_fn and removal are set.
 */
int op_submit(struct op_call *call, struct op_write *write);

/* Committer's half: notes why the write is refused; returns GROUP_E_REFUSED. */
int op_refuse(struct op_write *write, enum proto_error error, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* How a repeated write is known: keyed hashes of its event_id (0: none) and of what it asks for. */
struct op_identity {
	uint64_t event_id_hash, content_hash;
};

/*
 * `parts` are what makes two writes the same; they are hashed with their lengths. `event_id` may
 * be absent.
 */
struct op_identity op_identity_of(
        const struct keys *keys, struct span event_id, const struct span *parts, size_t n_parts);

/*
 * Committer's half: whether one of the subject's last events has this event id. 0: it has not;
 * 1: it has, and *ret is that event (its spans are gone); GROUP_E_REFUSED: it has, with other
 * content (`conflict` is noted); -errno, of a rotten event (-EBADMSG) only where the write gives.
 */
int op_find_retry(struct op_write *write, struct group *group, uint64_t newest,
        const struct op_identity *identity, struct event *ret);

#endif
