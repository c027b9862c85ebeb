/*
 * A policy as the decision sees it: which service a cookie belongs to, and what that service needs.
 *
 * Any thread once initialised (immutable). Nothing is allocated: the caller owns the services, the
 * rules and the index memory, which must all outlive the struct.
 *
 * Which rule matches: an exact name beats a wildcard, a longer wildcard a shorter one; then the
 * longest domain; then the order of the policy. A wildcard is one leading or trailing `*`, never
 * alone and never both (such a pattern stands for its own bytes), and may match nothing. Names
 * compare byte by byte (RFC 6265 §4.1.1), domains in lower case without a leading dot. A query
 * without a domain is one for the site itself. A query whose domain is the site or a parent of it
 * (RFC 6265 §5.1.3) is first-party and matches rules without a domain; a rule's domain matches
 * itself and its subdomains. An address has no parents.
 */
#ifndef PROTO_RULES_H
#define PROTO_RULES_H

#include "proto/span.h"

#define PROTO_NO_BIT 255

/* Why a service may act; the numbers are stored. */
enum proto_basis {
	PROTO_BASIS_NECESSARY = 1,
	PROTO_BASIS_AUDIENCE_MEASUREMENT = 2,
	PROTO_BASIS_CONSENT = 3,
	PROTO_BASIS_OPT_OUT = 4,
};

struct proto_service {
	struct span id;
	struct span category;
	enum proto_basis basis;
	bool exempt; /* necessary, or audience measurement with every condition attested */
	uint8_t bit; /* 0..127, or PROTO_NO_BIT for a necessary service */
};

struct proto_rule {
	struct span name;   /* a name, or a pattern with one leading or trailing `*` */
	struct span domain; /* absent: first-party; lower case, no leading dot */
	struct span path;   /* absent: "/" */
	uint32_t service;   /* index into the services */
	uint32_t max_age;   /* seconds; 0: a session cookie */
};

/* A set of service bits, bit n in word n/64. */
struct proto_bits {
	uint64_t word[2];
};

struct proto_rules {
	struct span site;
	const struct proto_service *services;
	const struct proto_rule *rules;
	uint32_t n_services, n_rules;
	uint32_t n_wildcards;
	uint32_t n_slots;        /* a power of two, or 0 */
	uint16_t *slots;         /* hash of exact name → rule number + 1; probed linearly */
	uint16_t *wildcards;     /* rule numbers, longest pattern first */
	struct proto_bits live;  /* bits of this policy */
	struct proto_bits asked; /* those that need an opt-in: their absence makes `ask` true */
};

/* The memory that the index of so many rules needs, in bytes; align as uint16_t. */
size_t proto_rules_index_bytes(uint32_t n_rules);

/*
 * Builds the index. `rules->site`, `services`, `rules`, and their counts are set by the caller;
 * `memory` holds proto_rules_index_bytes(n_rules).
 */
void proto_rules_init(struct proto_rules *rules, void *memory);

/*
 * The rule for a cookie; NULL when none matches. `domain` may be absent or empty, in any case, and
 * begin with a dot.
 */
const struct proto_rule *proto_rules_match(
        const struct proto_rules *rules, struct span cookie, struct span domain);

/* The service with that id, or NULL. */
const struct proto_service *proto_rules_service(const struct proto_rules *rules, struct span id);

/* Whether `pattern` (a name, or one leading or trailing `*`) matches the name. */
bool proto_pattern_matches(struct span pattern, struct span name);

/* Whether host is domain or a subdomain of it; both lower case, no leading dot (RFC 6265 §5.1.3). */
bool proto_domain_covers(struct span domain, struct span host);

const char *proto_basis_name(enum proto_basis basis);
PROTO_MUST_USE bool proto_basis_find(struct span name, enum proto_basis *ret);

static inline bool proto_bits_has(const struct proto_bits *bits, unsigned int bit)
{
	return bit < 128 && (bits->word[bit / 64] >> (bit % 64) & 1) != 0;
}

static inline void proto_bits_set(struct proto_bits *bits, unsigned int bit)
{
	bits->word[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static inline void proto_bits_clear(struct proto_bits *bits, unsigned int bit)
{
	bits->word[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
}

#endif
