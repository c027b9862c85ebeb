/*
 * Finds the rule of a cookie: exact names by hash, wildcards by a walk over the sorted list.
 *
 * Precedence is decided once, when the index is built: rules enter it sorted (longer pattern, then
 * longer domain, then order of the policy), so that the first one that matches is the right one.
 * Nothing is allocated, no pattern is ever interpreted beyond its one `*`, and a look-up costs at
 * most one look at each rule, whatever name a peer sends.
 */
#include "proto/rules.h"

#include <assert.h>

#include "proto/tables.h"

/* A pattern of one `*` alone is no wildcard: it would match everything. */
static bool is_wildcard(struct span pattern)
{
	return pattern.n_bytes >= 2 &&
	       (pattern.data[0] == '*') != (pattern.data[pattern.n_bytes - 1] == '*');
}

bool proto_pattern_matches(struct span pattern, struct span name)
{
	size_t n_fixed = pattern.n_bytes - 1;

	if (!is_wildcard(pattern))
		return span_equal(pattern, name);
	if (name.n_bytes < n_fixed)
		return false;
	if (pattern.data[0] == '*')
		return memcmp(pattern.data + 1, name.data + name.n_bytes - n_fixed, n_fixed) == 0;
	return memcmp(pattern.data, name.data, n_fixed) == 0;
}

/* An IPv4 or IPv6 address has no parents: RFC 6265 §5.1.3 asks for a host name. */
static bool is_address(struct span host)
{
	bool digits = false;

	for (size_t i = host.n_bytes; i-- > 0 && host.data[i] != '.';) {
		if (host.data[i] == ':')
			return true;
		if (host.data[i] < '0' || host.data[i] > '9')
			return false;
		digits = true;
	}
	return digits;
}

bool proto_domain_covers(struct span domain, struct span host)
{
	size_t n_before;

	if (domain.n_bytes == 0 || host.n_bytes < domain.n_bytes)
		return false;
	n_before = host.n_bytes - domain.n_bytes;
	if (memcmp(host.data + n_before, domain.data, domain.n_bytes) != 0)
		return false;
	return n_before == 0 || (host.data[n_before - 1] == '.' && !is_address(host));
}

/* -- index ---------------------------------------------------------------------------------- */

static uint32_t hash_of(struct span name)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = name.n_bytes * odd, word;
	size_t i = 0;

	for (; i + 8 <= name.n_bytes; i += 8) {
		memcpy(&word, name.data + i, 8);
		hash = (hash ^ word) * odd;
		hash ^= hash >> 29;
	}
	if (i < name.n_bytes) {
		word = 0;
		memcpy(&word, name.data + i, name.n_bytes - i);
		hash = (hash ^ word) * odd;
		hash ^= hash >> 29;
	}
	return (uint32_t)(hash >> 32) ^ (uint32_t)hash;
}

/* At most half of the slots are taken, so a probe always ends. */
static uint32_t slots_for(uint32_t n_rules)
{
	uint32_t n = n_rules ? 4 : 0;

	while (n < 2 * n_rules)
		n *= 2;
	return n;
}

size_t proto_rules_index_bytes(uint32_t n_rules)
{
	return (slots_for(n_rules) + (size_t)n_rules) * sizeof(uint16_t);
}

/* Whether rule a is looked at before rule b. */
static bool goes_before(const struct proto_rules *rules, uint16_t a, uint16_t b)
{
	const struct proto_rule *x = &rules->rules[a], *y = &rules->rules[b];

	if (x->name.n_bytes != y->name.n_bytes)
		return x->name.n_bytes > y->name.n_bytes;
	if (x->domain.n_bytes != y->domain.n_bytes)
		return x->domain.n_bytes > y->domain.n_bytes;
	return a < b;
}

/* Collects the rules of one kind into `wildcards`, sorted. By insertion: qsort may allocate. */
static uint32_t collect(struct proto_rules *rules, bool wildcards)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rules->n_rules; i++) {
		uint16_t rule = (uint16_t)i;
		uint32_t at = n;

		if (is_wildcard(rules->rules[i].name) != wildcards)
			continue;
		for (; at > 0 && goes_before(rules, rule, rules->wildcards[at - 1]); at--)
			rules->wildcards[at] = rules->wildcards[at - 1];
		rules->wildcards[at] = rule;
		n++;
	}
	return n;
}

/* Rules of one name keep their order along the probe, because they go in sorted. */
static void index_exact(struct proto_rules *rules, uint16_t rule)
{
	uint32_t mask = rules->n_slots - 1, at = hash_of(rules->rules[rule].name) & mask;

	while (rules->slots[at] != 0)
		at = (at + 1) & mask;
	rules->slots[at] = (uint16_t)(rule + 1);
}

static void collect_bits(struct proto_rules *rules)
{
	rules->live = rules->asked = (struct proto_bits){{0, 0}};
	for (uint32_t i = 0; i < rules->n_services; i++) {
		const struct proto_service *service = &rules->services[i];

		if (service->basis == PROTO_BASIS_NECESSARY || service->bit >= PROTO_LIMIT_BITS)
			continue;
		proto_bits_set(&rules->live, service->bit);
		if (service->basis == PROTO_BASIS_CONSENT ||
		        (service->basis == PROTO_BASIS_AUDIENCE_MEASUREMENT && !service->exempt))
			proto_bits_set(&rules->asked, service->bit);
	}
}

void proto_rules_init(struct proto_rules *rules, void *memory)
{
	uint32_t n_exact;

	assert(rules->n_rules < UINT16_MAX);
	rules->n_slots = slots_for(rules->n_rules);
	rules->slots = memory;
	rules->wildcards = rules->n_slots ? rules->slots + rules->n_slots : memory;
	if (rules->n_slots)
		memset(rules->slots, 0, rules->n_slots * sizeof(uint16_t));

	n_exact = collect(rules, false);
	for (uint32_t i = 0; i < n_exact; i++)
		index_exact(rules, rules->wildcards[i]);
	rules->n_wildcards = collect(rules, true);
	collect_bits(rules);
}

/* -- matching ------------------------------------------------------------------------------- */

/* Where a cookie would live: its domain, in lower case, and whether that is the site's own. */
struct place {
	struct span host;
	bool first_party;
	uint8_t lower[PROTO_LIMIT_DOMAIN_BYTES];
};

static void place_of(const struct proto_rules *rules, struct span domain, struct place *ret)
{
	if (domain.n_bytes > 0 && domain.data[0] == '.') {
		domain.data++;
		domain.n_bytes--;
	}
	ret->host = rules->site;
	ret->first_party = true;
	if (domain.n_bytes == 0)
		return;
	if (domain.n_bytes > sizeof(ret->lower)) {
		ret->host = SPAN_NONE;
		ret->first_party = false;
		return;
	}
	for (size_t i = 0; i < domain.n_bytes; i++) {
		uint8_t c = domain.data[i];

		ret->lower[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
	}
	ret->host = span_bytes(ret->lower, domain.n_bytes);
	ret->first_party = proto_domain_covers(ret->host, rules->site);
}

static inline bool place_fits(const struct place *place, const struct proto_rule *rule)
{
	if (!span_present(rule->domain))
		return place->first_party;
	return proto_domain_covers(rule->domain, place->host);
}

static const struct proto_rule *match_exact(
        const struct proto_rules *rules, struct span cookie, const struct place *place)
{
	uint32_t mask = rules->n_slots - 1, at;

	if (rules->n_slots == 0)
		return NULL;
	for (at = hash_of(cookie) & mask; rules->slots[at] != 0; at = (at + 1) & mask) {
		const struct proto_rule *rule = &rules->rules[rules->slots[at] - 1];

		if (span_equal(rule->name, cookie) && place_fits(place, rule))
			return rule;
	}
	return NULL;
}

const struct proto_rule *proto_rules_match(
        const struct proto_rules *rules, struct span cookie, struct span domain)
{
	const struct proto_rule *rule;
	struct place place;

	place_of(rules, domain, &place);
	rule = match_exact(rules, cookie, &place);
	for (uint32_t i = 0; !rule && i < rules->n_wildcards; i++) {
		const struct proto_rule *wildcard = &rules->rules[rules->wildcards[i]];

		if (proto_pattern_matches(wildcard->name, cookie) && place_fits(&place, wildcard))
			rule = wildcard;
	}
	return rule;
}

const struct proto_service *proto_rules_service(const struct proto_rules *rules, struct span id)
{
	for (uint32_t i = 0; i < rules->n_services; i++)
		if (span_equal(rules->services[i].id, id))
			return &rules->services[i];
	return NULL;
}

/* -- bases ---------------------------------------------------------------------------------- */

static const struct {
	enum proto_basis basis;
	const char *name;
} bases[] = {
        {PROTO_BASIS_NECESSARY, "necessary"},
        {PROTO_BASIS_AUDIENCE_MEASUREMENT, "audience_measurement"},
        {PROTO_BASIS_CONSENT, "consent"},
        {PROTO_BASIS_OPT_OUT, "opt_out"},
};

const char *proto_basis_name(enum proto_basis basis)
{
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
		if (bases[i].basis == basis)
			return bases[i].name;
	return "?";
}

bool proto_basis_find(struct span name, enum proto_basis *ret)
{
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		if (!span_is(name, bases[i].name))
			continue;
		*ret = bases[i].basis;
		return true;
	}
	return false;
}
