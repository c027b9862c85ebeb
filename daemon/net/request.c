/*
 * The map of the program: what happens to one request, from left to right.
 *
 *   request_begin: bytes → parse → find → decode → authorise → (the operation begins)
 *   request_end:   admit → run → reply
 *
 * A read is answered at once: its operation writes the result where it is sent from. A write comes
 * back as OP_PENDING; the committer has it then, and on_committed() replies when it is durable and
 * visible. A step that fails notes the error and the rest is left out.
 *
 * Whatever the peer sent, it costs at most one reply and never more than the limits say; the
 * connection survives everything that reads as a request.
 */
#include "daemon/net/request.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "daemon/net/conn.h"
#include "daemon/op/counters.h"

/* What replies need at most, envelope included; an operation runs once and must find its room. */
enum {
	ENVELOPE_BYTES = 128,
	ERROR_BYTES = OP_MESSAGE_BYTES + ENVELOPE_BYTES,
	RECORD_BYTES = 16384, /* a record: every bit with its service's id */
	CHECK_BYTES = 128,    /* a check without its decisions */
	DECISION_BYTES =
	        2 * PROTO_LIMIT_NAME_BYTES + 32, /* reason, service, max_age, and their keys */
};

static const struct op *op_of(const struct request *r)
{
	return &r->conn->server->options.ops[r->op];
}

static struct op_counters *counters_of(const struct conn *conn)
{
	return conn->server->options.env->counters;
}

static bool fail(struct request *r, enum proto_error error, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Notes the error; returns false. */
static bool fail(struct request *r, enum proto_error error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(r->call.message, sizeof(r->call.message), format, arguments);
	va_end(arguments);
	r->call.error = error;
	return false;
}

/* Whether the text may be repeated to whoever sent it: short, and nothing that moves a cursor. */
static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.n_bytes; i++) {
		if (text.data[i] <= ' ' || text.data[i] >= 0x7f)
			return false;
	}
	return text.n_bytes > 0 && text.n_bytes <= PROTO_LIMIT_NAME_BYTES;
}

/* ---- the steps ---- */

static bool find(struct request *r)
{
	struct span method = r->envelope.method;

	if (proto_op_find(method, &r->op))
		return true;
	if (is_plain(method))
		return fail(r, PROTO_ERROR_UNKNOWN_METHOD, "no method is called `%.*s`",
		        SPAN_ARG(method));
	return fail(r, PROTO_ERROR_UNKNOWN_METHOD, "no method has this name of %zu bytes",
	        method.n_bytes);
}

static bool decode(struct request *r)
{
	const struct proto_op_row *row = &proto_ops[r->op];
	struct proto_fault fault;

	if (proto_decode_request(row->request, r->envelope.params, &r->decoded, &fault) == 0)
		return true;
	r->call.error = fault.error;
	proto_fault_format(&fault, row->name, r->call.message, sizeof(r->call.message));
	return false;
}

static bool authorise(struct request *r)
{
	const struct proto_op_row *row = &proto_ops[r->op];
	const struct access_peer *peer = &r->conn->peer;

	if (access_holds(peer, row->role))
		return true;
	return fail(r, PROTO_ERROR_FORBIDDEN, "%s: uid %u does not hold the role `%s`", row->name,
	        peer->uid, proto_role_name(row->role));
}

/* Writes are the operations that take a role which may change something. */
static bool is_write(enum proto_op op)
{
	return (proto_ops[op].role & (PROTO_ROLE_RECORDER | PROTO_ROLE_ADMIN)) != 0;
}

/* The queue is shared: no uid may fill it and keep the withdrawals of the others out. */
static bool admit(struct request *r)
{
	if (!is_write(r->op) || quota_may_write(r->conn->user))
		return true;
	return fail(r, PROTO_ERROR_BUSY,
	        "%s: uid %u has its share of the writes that may wait for their commit; try again",
	        proto_ops[r->op].name, r->conn->peer.uid);
}

/* Room for any result of the operation, and for any error instead of it. */
static size_t reply_bytes(struct request *r)
{
	const struct proto_check_request *check = &r->decoded.check;
	size_t n_bytes;

	switch (r->op) {
	case PROTO_OP_CHECK:
		n_bytes = CHECK_BYTES + (size_t)check->cookies.n_items * DECISION_BYTES;
		return n_bytes > ERROR_BYTES ? n_bytes : ERROR_BYTES;
	case PROTO_OP_GRANTS:
	case PROTO_OP_HELLO:
	case PROTO_OP_REPORT:
		return ERROR_BYTES;
	case PROTO_OP_SHOW:
	case PROTO_OP_RECORD:
	case PROTO_OP_BIND:
	case PROTO_OP_ERASE:
		return RECORD_BYTES;
	default:
		return PROTO_LIMIT_MESSAGE_BYTES;
	}
}

/* ---- replies ---- */

static void reply_error(struct request *r)
{
	struct proto_writer writer;

	op_counters_error(counters_of(r->conn), r->call.error);
	if (r->envelope.notification)
		return;
	if (conn_reserve(r->conn, ERROR_BYTES, &writer) != 0) {
		conn_refuse(r->conn); /* a reply that is left out would be waited for */
		return;
	}
	proto_rpc_write_error(&writer, &r->envelope.msgid, r->call.error, span_of(r->call.message));
	conn_replied(r->conn, &writer);
}

/* A descriptor goes with the first byte that is sent, so nothing may wait before it. */
static void reply_busy(struct request *r)
{
	(void)fail(r, PROTO_ERROR_BUSY, "%s: take the replies that wait, and ask again",
	        proto_ops[r->op].name);
	reply_error(r);
}

static void reply_result(struct request *r, struct proto_writer *writer)
{
	int fd = r->call.fd;

	if (r->envelope.notification)
		return;
	if (writer->overflow) {
		fail(r, PROTO_ERROR_TOO_LARGE,
		        "%s: the result is longer than a message of %d bytes; ask for less of it",
		        proto_ops[r->op].name, PROTO_LIMIT_MESSAGE_BYTES);
		reply_error(r);
		return;
	}
	if (fd < 0)
		conn_replied(r->conn, writer);
	else if (conn_replied_with_fd(r->conn, writer, fd) != 0)
		reply_busy(r);
}

/* The whole reply to a write that is through. */
static void encode_write(struct op_write *write, struct proto_writer *writer)
{
	if (write->request.error != PROTO_ERROR_NONE) {
		proto_rpc_write_error(
		        writer, &write->msgid, write->request.error, span_of(write->message));
		return;
	}
	proto_rpc_write_result(writer, write->msgid);
	write->encode_fn(write, writer);
}

/* 0, OUTPUT_E_QUOTA, -ENOMEM. A write's result is shown, not made, so it may be encoded again. */
static int reply_write(struct conn *conn, struct op_write *write)
{
	struct proto_writer writer;
	int error = conn_reserve(conn, RECORD_BYTES, &writer);

	if (error != 0)
		return error;
	encode_write(write, &writer);
	if (writer.overflow) {
		error = conn_reserve(conn, PROTO_LIMIT_MESSAGE_BYTES, &writer);
		if (error != 0)
			return error;
		encode_write(write, &writer);
	}
	if (writer.overflow) {
		writer = proto_writer_of(writer.data, writer.capacity);
		proto_rpc_write_error(&writer, &write->msgid, PROTO_ERROR_TOO_LARGE,
		        span_of("it is done, but the result is longer than a message"));
	}
	conn_replied(conn, &writer);
	return 0;
}

/* The write is durable and visible, or has failed. */
static void on_committed(struct op_write *write, void *ctx)
{
	struct conn *conn = ctx;

	quota_end_write(write->payer);
	if (!conn)
		return;
	conn_remove_write(conn, write);
	if (write->request.error != PROTO_ERROR_NONE)
		op_counters_error(counters_of(conn), write->request.error);
	if (!write->notification && reply_write(conn, write) != 0)
		conn_refuse(conn);
}

static void await_commit(struct request *r, struct op_write *write)
{
	write->reply_fn = on_committed;
	write->payer = r->conn->user;
	quota_begin_write(write->payer);
	write->msgid = r->envelope.msgid;
	write->notification = r->envelope.notification;
	conn_add_write(r->conn, write);
}

/* ---- the pipeline ---- */

static void run(struct request *r)
{
	struct proto_writer writer;

	op_counters_call(counters_of(r->conn), r->op);
	if (r->op == PROTO_OP_MAP && !conn_drained(r->conn)) {
		reply_busy(r);
		return;
	}
	if (conn_reserve(r->conn, reply_bytes(r), &writer) != 0) {
		fail(r, PROTO_ERROR_BUSY, "%s: too many replies wait to be taken by uid %u",
		        proto_ops[r->op].name, r->conn->peer.uid);
		reply_error(r);
		return;
	}
	proto_rpc_write_result(&writer, r->envelope.msgid);
	r->call.writer = &writer;
	r->call.fd = -1;
	switch (op_of(r)->run_fn(&r->call)) {
	case OP_DONE:
		reply_result(r, &writer);
		break;
	case OP_PENDING:
		await_commit(r, r->call.write);
		break;
	default:
		reply_error(r);
	}
}

/* What cannot be understood: nor can what is behind it. */
static void refuse_input(struct conn *conn, int input_error)
{
	enum proto_error error = PROTO_ERROR_MALFORMED;
	const char *message = "no MessagePack-RPC request: [0, msgid, method, [{…}]] is expected";
	struct proto_writer writer;

	if (input_error == INPUT_E_TOO_LARGE) {
		error = PROTO_ERROR_TOO_LARGE;
		static_assert(PROTO_LIMIT_MESSAGE_BYTES == 1048576, "the text says so");
		message = "a message is longer than the 1048576 bytes that are allowed";
	} else if (input_error == INPUT_E_QUOTA) {
		error = PROTO_ERROR_BUSY;
		message = "too many long messages of this uid are on their way";
	}
	op_counters_error(counters_of(conn), error);
	if (conn_reserve(conn, ERROR_BYTES, &writer) == 0) {
		proto_rpc_write_error(&writer, NULL, error, span_of(message));
		conn_replied(conn, &writer);
	}
	conn_refuse(conn);
}

void request_begin_refusal(struct request *r, struct conn *conn, int input_error)
{
	r->conn = conn;
	r->input_error = input_error;
}

/* Everything up to the operation; false where an error was noted. */
static bool prepare(struct request *r)
{
	if (r->conn->server->stopping)
		return fail(r, PROTO_ERROR_SHUTTING_DOWN, "the daemon is stopping");
	return find(r) && decode(r) && authorise(r);
}

void request_begin(struct request *r, struct conn *conn, struct span message)
{
	if (proto_rpc_parse_call(message, &r->envelope) != 0) {
		request_begin_refusal(r, conn, INPUT_E_MALFORMED);
		return;
	}
	r->conn = conn;
	r->input_error = 0;
	r->call.error = PROTO_ERROR_NONE;
	if (!prepare(r))
		return;
	r->call.env = conn->server->options.env;
	r->call.peer = &conn->peer;
	r->call.now = conn->server->now;
	r->call.request = &r->decoded;
	if (op_of(r)->begin_fn)
		op_of(r)->begin_fn(&r->call);
}

bool request_is_short(const struct request *r)
{
	return r->input_error == 0 && r->call.error == PROTO_ERROR_NONE && op_of(r)->begin_fn;
}

void request_end(struct request *r)
{
	if (r->input_error != 0)
		refuse_input(r->conn, r->input_error);
	else if (r->call.error == PROTO_ERROR_NONE && admit(r))
		run(r);
	else
		reply_error(r);
}
