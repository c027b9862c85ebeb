/*
 * Nothing in a write points into the connection's buffers: the peer may be gone when it commits.
 */
#include "daemon/op/write.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/log.h"

static void free_write(struct op_write *write)
{
	free(write);
}

void *op_write_new(size_t n_bytes, size_t n_copied)
{
	struct op_write *write = calloc(1, n_bytes + n_copied);

	if (write) {
		write->free_fn = free_write;
		write->kept = (uint8_t *)write + n_bytes;
		write->n_kept = n_copied;
	}
	return write;
}

struct span op_write_keep(struct op_write *write, struct span bytes)
{
	if (!span_present(bytes))
		return SPAN_NONE;
	assert(bytes.n_bytes <= write->n_kept);
	struct span copy = {write->kept, bytes.n_bytes};
	memcpy(write->kept, bytes.data, bytes.n_bytes);
	write->kept += bytes.n_bytes;
	write->n_kept -= bytes.n_bytes;
	return copy;
}

/* What the committer decides without the operation: there is no room, or the storage failed. */
static void explain(struct op_write *write)
{
	if (write->message[0] != '\0')
		return;
	if (write->request.error == PROTO_ERROR_STORAGE_FULL)
		snprintf(write->message, sizeof(write->message),
		        "the store is full; refusing, withdrawing and erasing still work");
	else if (write->request.error != PROTO_ERROR_NONE)
		snprintf(write->message, sizeof(write->message),
		        "the write could not be stored, and nothing of it was");
}

/* On the loop, when the committer is through with it. */
static void finish(struct commit_request *request)
{
	struct op_write *write = (struct op_write *)request;

	explain(write);
	write->reply_fn(write, write->ctx);
	write->free_fn(write);
}

int op_submit(struct op_call *call, struct op_write *write)
{
	write->request.done_fn = finish;
	if (!commit_submit(call->env->commit, &write->request)) {
		write->free_fn(write);
		return op_fail(call, PROTO_ERROR_BUSY,
		        "%d writes wait for their commit already; try again",
		        PROTO_LIMIT_WRITES_QUEUED);
	}
	call->write = write;
	return OP_PENDING;
}

int op_refuse(struct op_write *write, enum proto_error error, const char *format, ...)
{
	va_list args;

	write->request.error = error;
	va_start(args, format);
	vsnprintf(write->message, sizeof(write->message), format, args);
	va_end(args);
	return GROUP_E_REFUSED;
}

struct op_identity op_identity_of(
        const struct keys *keys, struct span event_id, const struct span *parts, size_t n_parts)
{
	/* Length, bytes, length, bytes, … folded into one running hash: parts cannot run together. */
	struct op_identity identity = {0};
	uint64_t fold[3] = {0};

	if (!span_present(event_id))
		return identity;
	identity.event_id_hash = keys_event_hash(keys, event_id);
	for (size_t i = 0; i < n_parts; i++) {
		fold[1] = keys_event_hash(keys, parts[i]);
		fold[2] = span_present(parts[i]) ? parts[i].n_bytes : UINT64_MAX;
		fold[0] = keys_event_hash(keys, span_bytes(fold, sizeof(fold)));
	}
	identity.content_hash = fold[0];
	return identity;
}

/*
 * A rotten event hides whether the id was used. To refuse once more what was refused is harmless,
 * and a withdrawal must not fail for it; a yes that is repeated could lie behind its withdrawal.
 */
static bool may_repeat(const struct op_write *write, uint64_t revision)
{
	if (!write->request.removal)
		return false;
	log_error("store: event %llu has a bad tag; a write that gives nothing goes on without it",
	        (unsigned long long)revision);
	return true;
}

int op_find_retry(struct op_write *write, struct group *group, uint64_t newest,
        const struct op_identity *identity, struct event *ret)
{
	if (identity->event_id_hash == 0)
		return 0;
	for (int i = 0; i < PROTO_LIMIT_EVENTS_REMEMBERED && newest != 0; i++) {
		struct event event;
		int rc = group_event(group, newest, &event);

		if (rc == GROUP_E_NOT_FOUND || (rc == -EBADMSG && may_repeat(write, newest)))
			return 0;
		if (rc != 0)
			return rc;
		if (event.event_id_hash == identity->event_id_hash) {
			if (event.content_hash != identity->content_hash)
				return op_refuse(write, PROTO_ERROR_CONFLICT,
				        "`event_id`: it was used for another write of this "
				        "subject");
			*ret = event;
			return 1;
		}
		newest = event.prev;
	}
	return 0;
}
