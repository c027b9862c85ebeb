/*
 * Compiles a policy from the answer of `policy_get` into the rules that daemon and client share.
 *
 * The answer is copied into one allocation: the struct, the services, the rules, the index, and
 * the texts. A policy with anything in it that this library does not understand is refused whole:
 * to leave out a rule could make a wider, necessary one match in its place, and so say yes.
 */
#include "client/src/policy_cache.h"

#include <assert.h>
#include <stdlib.h>

/* What is believed of a daemon, generously above what this version's can apply. */
enum { SERVICES_MOST = 4 * PROTO_LIMIT_SERVICES, RULES_MOST = 4 * PROTO_LIMIT_RULES };

/* Where the next part of the allocation goes. */
struct layout {
	struct client_policy *policy;
	struct proto_service *services;
	struct proto_rule *rules;
	void *index;
	uint8_t *texts, *end;
};

static struct span keep(struct layout *layout, struct span text)
{
	if (!span_present(text))
		return SPAN_NONE;
	assert(text.n_bytes <= (size_t)(layout->end - layout->texts));
	struct span copy = {layout->texts, text.n_bytes};
	if (text.n_bytes > 0)
		memcpy(layout->texts, text.data, text.n_bytes);
	layout->texts += text.n_bytes;
	return copy;
}

/* All texts are parts of these, so that they never need more. */
static size_t texts_bytes(struct span site, const struct proto_policy_get_result *result)
{
	return site.n_bytes + result->services.items.n_bytes + result->rules.items.n_bytes;
}

static bool layout_init(
        struct layout *layout, struct span site, const struct proto_policy_get_result *result)
{
	size_t services_at = sizeof(struct client_policy);
	size_t rules_at = services_at + result->services.n_items * sizeof(struct proto_service);
	size_t index_at = rules_at + result->rules.n_items * sizeof(struct proto_rule);
	size_t texts_at = index_at + proto_rules_index_bytes(result->rules.n_items);
	size_t n_bytes = texts_at + texts_bytes(site, result);
	layout->policy = calloc(1, n_bytes);
	if (!layout->policy)
		return false;
	uint8_t *memory = (uint8_t *)layout->policy;
	layout->services = (void *)(memory + services_at);
	layout->rules = (void *)(memory + rules_at);
	layout->index = memory + index_at;
	layout->texts = memory + texts_at;
	layout->end = memory + n_bytes;
	return true;
}

/* A bit is 0 to 127; only what is necessary has none. */
static bool bit_valid(uint64_t bit, enum proto_basis basis)
{
	return bit < 128 || (bit == PROTO_NO_BIT && basis == PROTO_BASIS_NECESSARY);
}

static bool services_read(struct layout *layout, struct proto_list list)
{
	struct proto_policy_service from;
	for (uint32_t i = 0; proto_list_message(&list, &proto_policy_service, &from); i++) {
		enum proto_basis basis;
		if (!proto_basis_find(from.basis, &basis) || !bit_valid(from.bit, basis))
			return false;
		layout->services[i] = (struct proto_service){
		        .id = keep(layout, from.id),
		        .category = keep(layout, from.category),
		        .basis = basis,
		        .exempt = from.exempt,
		        .bit = (uint8_t)from.bit,
		};
	}
	return list.n_items == 0;
}

static bool service_find(
        const struct layout *layout, uint32_t n_services, struct span id, uint32_t *ret)
{
	for (uint32_t i = 0; i < n_services; i++) {
		if (span_equal(layout->services[i].id, id)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool rules_read(struct layout *layout, struct proto_list list, uint32_t n_services)
{
	struct proto_policy_rule from;
	for (uint32_t i = 0; proto_list_message(&list, &proto_policy_rule, &from); i++) {
		uint32_t service;
		if (!service_find(layout, n_services, from.service, &service))
			return false;
		if (span_is(from.name, "*") || from.max_age > UINT32_MAX)
			return false;
		layout->rules[i] = (struct proto_rule){
		        .name = keep(layout, from.name),
		        .domain = keep(layout, from.domain),
		        .path = keep(layout, from.path),
		        .service = service,
		        .max_age = (uint32_t)from.max_age,
		};
	}
	return list.n_items == 0;
}

struct client_policy *client_policy_new(
        struct span site, const struct proto_policy_get_result *result)
{
	struct layout layout;
	if (result->policy_revision == 0 || result->policy_revision > UINT32_MAX)
		return NULL;
	if (result->services.n_items > SERVICES_MOST || result->rules.n_items > RULES_MOST)
		return NULL;
	if (!layout_init(&layout, site, result))
		return NULL;
	struct client_policy *policy = layout.policy;
	policy->instance = result->instance;
	policy->policy_revision = (uint32_t)result->policy_revision;
	policy->report = span_is(result->mode, "report");
	policy->rules.site = keep(&layout, site);
	policy->rules.services = layout.services;
	policy->rules.n_services = result->services.n_items;
	policy->rules.rules = layout.rules;
	policy->rules.n_rules = result->rules.n_items;
	if (!services_read(&layout, result->services) ||
	        !rules_read(&layout, result->rules, policy->rules.n_services))
		return client_policy_free(policy);
	proto_rules_init(&policy->rules, layout.index);
	return policy;
}

struct client_policy *client_policy_free(struct client_policy *policy)
{
	free(policy);
	return NULL;
}
