/*
 * The envelope: MessagePack-RPC, [0, msgid, method, [params]] → [1, msgid, error, result], and
 * [2, method, [params]] for notifications.
 *
 * Any thread. Spans point into the message.
 */
#ifndef PROTO_RPC_H
#define PROTO_RPC_H

#include "proto/tables.h"
#include "proto/writer.h"

struct proto_call {
	bool notification; /* no reply is wanted */
	uint32_t msgid;
	struct span method;
	struct span params; /* the one map, still encoded */
};

struct proto_reply {
	bool has_msgid; /* false: the daemon could not read the request it answers */
	uint32_t msgid;
	enum proto_error error; /* PROTO_ERROR_NONE: `result` holds the result */
	struct span message;    /* the error's message */
	struct span result;     /* the result map, still encoded */
};

/* Reads one whole message. PROTO_E_MALFORMED: it is no request; answer once with msgid nil. */
PROTO_MUST_USE int proto_rpc_parse_call(struct span message, struct proto_call *ret);
/* An error code that this version does not know reads as PROTO_ERROR_STORAGE_FAILED. */
PROTO_MUST_USE int proto_rpc_parse_reply(struct span message, struct proto_reply *ret);

/* Writes a call up to its params, which the caller writes next as one map. */
void proto_rpc_write_call(struct proto_writer *w, uint32_t msgid, struct span method);
/* The same for a call that gets no reply. */
void proto_rpc_write_notification(struct proto_writer *w, struct span method);
/* Writes a reply up to its result, which the caller writes next. */
void proto_rpc_write_result(struct proto_writer *w, uint32_t msgid);
/*
 * Writes a whole error reply; `msgid` NULL stands for nil. The message may be cut or quote anything:
 * what is not UTF-8 in it is written as `?`.
 */
void proto_rpc_write_error(
        struct proto_writer *w, const uint32_t *msgid, enum proto_error error, struct span message);

#endif
