/*
 * hello: says who both ends are. What the client calls itself is for its own debugging; the daemon
 * does not keep it.
 */
#include "daemon/op/op.h"

static const enum proto_role roles[] = {
        PROTO_ROLE_READER, PROTO_ROLE_RECORDER, PROTO_ROLE_AUDITOR, PROTO_ROLE_ADMIN};

enum { N_ROLES = sizeof(roles) / sizeof(roles[0]) };

static void write_roles(const struct access_peer *peer, struct proto_writer *writer)
{
	for (size_t i = 0; i < N_ROLES; i++)
		if (access_holds(peer, roles[i]))
			proto_writer_text(writer, span_of(proto_role_name(roles[i])));
}

static void write_limits(struct proto_writer *writer)
{
	for (size_t i = 0; i < PROTO_N_LIMITS; i++) {
		uint8_t name[PROTO_LIMIT_NAME_BYTES];
		size_t n = 0;

		for (const char *at = proto_limits[i].name; *at && n < sizeof(name); at++)
			name[n++] = (uint8_t)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
		proto_writer_text(writer, span_bytes(name, n));
		proto_writer_uint(writer, proto_limits[i].value);
	}
}

static void write_list(void *ctx, const struct proto_member *member, struct proto_writer *writer)
{
	const struct op_call *call = ctx;

	if (member->field == PROTO_FIELD_ACCESS_ROLES)
		write_roles(call->peer, writer);
	else
		write_limits(writer);
}

int op_hello(struct op_call *call)
{
	uint32_t n_roles = 0;

	for (size_t i = 0; i < N_ROLES; i++)
		n_roles += access_holds(call->peer, roles[i]);
	struct proto_hello_result result = {
	        .version = span_of(call->env->version),
	        .protocol = PROTO_VERSION,
	        .roles = proto_list_later(n_roles),
	        .limits = proto_list_later(PROTO_N_LIMITS),
	};
	proto_encode_items(call->writer, &proto_hello_result, &result, write_list, call);
	return OP_DONE;
}
