/*
 * The policy as an object: its names and bits. What it says is fixed by parse.c; only the bits come
 * later, from whoever knows which bit stands for which service.
 */
#include "daemon/policy/policy.h"

#include <assert.h>
#include <errno.h>

#include "daemon/base/language.h"

struct policy *policy_free(struct policy *policy)
{
	if (policy != NULL)
		arena_free(policy->arena);
	return NULL;
}

int policy_set_source(struct policy *policy, struct span source)
{
	return arena_copy(policy->arena, source, &policy->source);
}

int policy_assign_bits(struct policy *policy, policy_bit_fn *bit_fn, void *ctx)
{
	/* The rules' services are const for their readers; the policy owns them. */
	struct proto_service *services = (struct proto_service *)policy->rules.services;
	for (uint32_t i = 0; i < policy->rules.n_services; i++) {
		uint8_t bit = PROTO_NO_BIT;
		if (services[i].basis == PROTO_BASIS_NECESSARY)
			continue;
		int r = bit_fn(ctx, services[i].id, policy->services[i].fingerprint, &bit);
		if (r == 0 && bit >= PROTO_LIMIT_BITS)
			r = POLICY_E_FULL;
		if (r != 0)
			return r;
		services[i].bit = bit;
	}
	void *index = arena_alloc(policy->arena, proto_rules_index_bytes(policy->rules.n_rules));
	if (index == NULL)
		return -ENOMEM;
	proto_rules_init(&policy->rules, index);
	return 0;
}

static const struct policy_category *category_find(const struct policy *policy, struct span name)
{
	for (uint32_t i = 0; i < policy->n_categories; i++) {
		if (span_equal(policy->categories[i].name, name))
			return &policy->categories[i];
	}
	return NULL;
}

static void add_bit(struct proto_bits *bits, const struct proto_service *service)
{
	if (service->bit != PROTO_NO_BIT)
		proto_bits_set(bits, service->bit);
}

bool policy_expand(
        const struct policy *policy, struct span name, struct proto_bits *ret, bool *ret_necessary)
{
	struct proto_bits bits = {{0, 0}};
	bool all = span_is(name, "*");
	const struct proto_service *service =
	        all ? NULL : proto_rules_service(&policy->rules, name);
	const struct policy_category *category =
	        all || service ? NULL : category_find(policy, name);
	if (!all && service == NULL && category == NULL)
		return false;
	if (service != NULL)
		add_bit(&bits, service);
	for (uint32_t i = 0; i < policy->rules.n_services && service == NULL; i++) {
		if (all || span_equal(policy->rules.services[i].category, name))
			add_bit(&bits, &policy->rules.services[i]);
	}
	*ret = bits;
	*ret_necessary = (service && service->basis == PROTO_BASIS_NECESSARY) ||
	                 (category && category->basis == PROTO_BASIS_NECESSARY);
	return true;
}

int policy_name_rank(const struct policy *policy, struct span name)
{
	if (span_is(name, "*"))
		return 0;
	if (proto_rules_service(&policy->rules, name) != NULL)
		return 2;
	return category_find(policy, name) != NULL ? 1 : -1;
}

const struct proto_service *policy_service_of_bit(const struct policy *policy, unsigned int bit)
{
	for (uint32_t i = 0; i < policy->rules.n_services && bit < PROTO_LIMIT_BITS; i++) {
		if (policy->rules.services[i].bit == bit)
			return &policy->rules.services[i];
	}
	return NULL;
}

const struct policy_translation *policy_text_find(
        const struct policy_text *text, struct span language)
{
	for (; language.n_bytes != 0; language = language_parent(language)) {
		for (uint32_t i = 0; i < text->n_translations; i++) {
			if (language_equal(text->translations[i].language, language))
				return &text->translations[i];
		}
	}
	return text->n_translations ? &text->translations[0] : NULL;
}

struct span policy_text_in(const struct policy_text *text, struct span language)
{
	const struct policy_translation *translation = policy_text_find(text, language);
	return translation ? translation->text : SPAN_NONE;
}
