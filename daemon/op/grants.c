/*
 * grants: the subject's line, for clients that decide by themselves.
 *
 * A subject without a record has a line that decided nothing: the one decision answers both alike.
 * A session that is bound has its account's line.
 */
#include "daemon/op/lookup.h"
#include "daemon/op/subject.h"

static struct span bits_encode(const struct proto_bits *bits, uint8_t ret[PROTO_DIGEST_BYTES])
{
	/* Bit n in byte n/8: both words little-endian, as a digest's. */
	proto_digest_encode((struct proto_digest){{bits->word[0], bits->word[1]}}, ret);
	return span_bytes(ret, PROTO_DIGEST_BYTES);
}

void op_grants_begin(struct op_call *call)
{
	const struct proto_grants_request *request = &call->request->grants;

	call->lookup = op_lookup_begin(call->env, request->site, request->subject);
}

int op_grants(struct op_call *call)
{
	struct op_env *env = call->env;
	uint8_t decided[PROTO_DIGEST_BYTES], given[PROTO_DIGEST_BYTES];
	struct proto_state state;

	if (!call->lookup.site)
		return op_fail_site(call, call->request->grants.site);
	do {
		if (!op_lookup_state(env, &call->lookup, &state))
			state = (struct proto_state){0};
	} while (!op_lookup_stands(&call->lookup));

	struct proto_grants_result result = {
	        .decided = bits_encode(&state.decided, decided),
	        .given = bits_encode(&state.given, given),
	        .given_until = state.given_until,
	        .refused_until = state.refused_until,
	        .floor = clock_floor(commit_clock(env->commit)),
	        .revision = call->lookup.revision,
	        .policy_revision = call->lookup.policy->policy_revision,
	};
	proto_encode(call->writer, &proto_grants_result, &result);
	return OP_DONE;
}
