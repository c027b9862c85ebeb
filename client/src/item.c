/*
 * What both kinds of conversation do with one request: the synchronous exchange, whose caller waits,
 * and the asynchronous one, whose caller comes back.
 */
#include "client/src/item.h"

#include "client/src/client.h"
#include "proto/rpc.h"

enum { ROOM_BYTES = 1024 /* tried first for a request's encoding */ };

/* ---- what can go wrong ------------------------------------------------------------------------- */

enum consent_error client_hung_up(struct consent_client *client)
{
	return client_fail(client, CONSENT_ERROR_CLOSED,
	        "the daemon closed the connection before it answered");
}

enum consent_error client_late(struct consent_client *client)
{
	return client_fail(client, CONSENT_ERROR_TIMEOUT, "the daemon did not answer in time");
}

enum consent_error client_garbled(struct consent_client *client, const char *what)
{
	return client_fail(client, CONSENT_ERROR_PROTOCOL, "the daemon's answer %s", what);
}

void client_note_remote(
        struct consent_client *client, const char *op, const struct proto_reply *reply)
{
	size_t n_bytes = reply->message.n_bytes;
	if (n_bytes > CLIENT_MESSAGE_BYTES - 1)
		n_bytes = CLIENT_MESSAGE_BYTES - 1;
	client->remote_error = reply->error;
	if (n_bytes == 0)
		(void)client_fail(
		        client, CONSENT_ERROR_REMOTE, "%s: %s", op, proto_error_name(reply->error));
	else
		(void)client_fail(client, CONSENT_ERROR_REMOTE, "%.*s", (int)n_bytes,
		        (const char *)reply->message.data);
}

/* ---- the request ------------------------------------------------------------------------------- */

static bool encode_within(struct client_bytes *out, const struct client_item *item, size_t room)
{
	const struct proto_op_row *row = &proto_ops[item->op];
	struct proto_writer w = proto_writer_of(out->data + out->n_bytes, room);
	proto_rpc_write_call(&w, item->msgid, span_of(row->name));
	proto_encode(&w, row->request, item->request);
	if (w.overflow)
		return false;
	out->n_bytes += w.n_bytes;
	return true;
}

enum consent_error client_item_encode(
        struct consent_client *client, struct client_item *item, struct client_bytes *out)
{
	item->msgid = ++client->msgid;
	item->reply_bytes = 0;
	for (size_t room = ROOM_BYTES; room <= PROTO_LIMIT_MESSAGE_BYTES; room *= 2) {
		if (!client_bytes_reserve(out, room))
			return client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
		if (encode_within(out, item, room))
			return CONSENT_OK;
	}
	return client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
	        "%s: the request is longer than %d bytes", proto_ops[item->op].name,
	        PROTO_LIMIT_MESSAGE_BYTES);
}

bool client_op_writes(enum proto_op op)
{
	return op == PROTO_OP_RECORD || op == PROTO_OP_BIND || op == PROTO_OP_ERASE ||
	       op == PROTO_OP_POLICY_APPLY;
}

bool client_item_may_repeat(const struct client_item *item)
{
	if (item->op == PROTO_OP_RECORD)
		return span_present(((const struct proto_record_request *)item->request)->event_id);
	if (item->op == PROTO_OP_BIND)
		return span_present(((const struct proto_bind_request *)item->request)->event_id);
	return item->op != PROTO_OP_REPORT && !client_op_writes(item->op);
}

/* ---- its reply --------------------------------------------------------------------------------- */

enum consent_error client_item_decode(
        struct consent_client *client, struct client_item *item, struct span message)
{
	struct proto_reply reply;
	struct proto_fault fault;
	item->remote = PROTO_ERROR_NONE;
	if (proto_rpc_parse_reply(message, &reply) != 0)
		return client_garbled(client, "is no MessagePack-RPC");
	if (reply.error != PROTO_ERROR_NONE) {
		item->remote = reply.error;
		client_note_remote(client, proto_ops[item->op].name, &reply);
		return CONSENT_ERROR_REMOTE;
	}
	if (proto_decode_result(proto_ops[item->op].result, reply.result, item->result, &fault) !=
	        0) {
		char text[256];
		proto_fault_format(&fault, proto_ops[item->op].name, text, sizeof(text));
		return client_fail(client, CONSENT_ERROR_PROTOCOL, "in the answer: %s", text);
	}
	return CONSENT_OK;
}

enum consent_error client_hello_decode(
        struct consent_client *client, struct client_item *item, struct span message)
{
	const struct proto_hello_result *hello = item->result;
	enum consent_error error = client_item_decode(client, item, message);
	if (error == CONSENT_OK && hello->protocol != PROTO_VERSION) {
		return client_fail(client, CONSENT_ERROR_PROTOCOL,
		        "the daemon speaks protocol %llu, this library %d",
		        (unsigned long long)hello->protocol, PROTO_VERSION);
	}
	return error;
}

/* ---- the connection ---------------------------------------------------------------------------- */

enum consent_error client_connect(
        struct consent_client *client, struct client_connection *connection, uint64_t until_ms)
{
	const struct sockaddr_un *address = &client->options.address;
	switch (client_connection_open(connection, address, until_ms)) {
	case 0:
		connection->number = ++client->n_connections;
		return CONSENT_OK;
	case CLIENT_CONNECTION_E_TIMEOUT:
		return client_fail(client, CONSENT_ERROR_TIMEOUT,
		        "the daemon did not accept the connection in time");
	case CLIENT_CONNECTION_E_REFUSED:
		return client_fail(client, CONSENT_ERROR_CONNECT,
		        "nobody listens at %s, or this process may not connect to it",
		        address->sun_path);
	default:
		return client_fail(client, CONSENT_ERROR_CONNECT, "no socket can be opened");
	}
}
