/*
 * policy_get: a policy as applied, in force or older, and what a client needs to decide by it.
 *
 * The bits of an older revision are those that it was applied with: a fingerprint keeps its bit.
 */
#include "daemon/op/revision.h"

static void write_validity(const struct policy *policy, struct proto_writer *writer)
{
	proto_writer_text(writer, span_of("given"));
	proto_writer_uint(writer, policy->given_validity_s);
	proto_writer_text(writer, span_of("refused"));
	proto_writer_uint(writer, policy->refused_validity_s);
}

static void write_services(const struct policy *policy, struct proto_writer *writer)
{
	for (uint32_t i = 0; i < policy->rules.n_services; i++) {
		const struct proto_service *service = &policy->rules.services[i];
		struct proto_policy_service row = {
		        .id = service->id,
		        .category = service->category,
		        .basis = span_of(proto_basis_name(service->basis)),
		        .exempt = service->exempt,
		        .bit = service->bit,
		};

		proto_encode(writer, &proto_policy_service, &row);
	}
}

static void write_rules(const struct policy *policy, struct proto_writer *writer)
{
	for (uint32_t i = 0; i < policy->rules.n_rules; i++) {
		const struct proto_rule *rule = &policy->rules.rules[i];
		struct proto_policy_rule row = {
		        .name = rule->name,
		        .domain = rule->domain,
		        .path = rule->path,
		        .service = policy->rules.services[rule->service].id,
		        .max_age = rule->max_age,
		};

		proto_encode(writer, &proto_policy_rule, &row);
	}
}

struct lists {
	const struct policy *policy;
};

static void write_list(void *ctx, const struct proto_member *member, struct proto_writer *writer)
{
	const struct policy *policy = ((const struct lists *)ctx)->policy;

	switch (member->field) {
	case PROTO_FIELD_VALIDITY:
		write_validity(policy, writer);
		break;
	case PROTO_FIELD_SERVICES:
		write_services(policy, writer);
		break;
	default:
		write_rules(policy, writer);
	}
}

int op_policy_get(struct op_call *call)
{
	const struct proto_policy_get_request *request = &call->request->policy_get;
	const struct policy *policy;
	int rc = op_revision(call, request->site, request->policy_revision, &policy);

	if (rc != OP_DONE)
		return rc;
	struct proto_policy_get_result result = {
	        .yaml = policy->yaml,
	        .policy_revision = policy->policy_revision,
	        .digest = span_bytes(policy->digest, sizeof(policy->digest)),
	        .mode = span_of(policy->mode == POLICY_MODE_REPORT ? "report" : "enforce"),
	        .validity = proto_list_later(2),
	        .services = proto_list_later(policy->rules.n_services),
	        .rules = proto_list_later(policy->rules.n_rules),
	        .applied_at = policy->applied_at,
	        .source = policy->source,
	        .instance = commit_map(call->env->commit).header->instance,
	};
	struct lists lists = {policy};

	proto_encode_items(call->writer, &proto_policy_get_result, &result, write_list, &lists);
	return OP_DONE;
}
