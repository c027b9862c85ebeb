/*
 * A site's policy: the declaration as parsed from YAML, and the rules compiled from it.
 *
 * Any thread once its bits are assigned (immutable then). One allocation owner: everything that a
 * policy points to lives and dies with it. Parsing knows nothing of the store; the service bits
 * come from the committer, through policy_assign_bits.
 */
#ifndef DAEMON_POLICY_POLICY_H
#define DAEMON_POLICY_POLICY_H

#include "daemon/base/arena.h"
#include "daemon/base/faults.h"
#include "proto/rules.h"
#include "proto/tables.h"

enum policy_mode {
	POLICY_MODE_ENFORCE,
	POLICY_MODE_REPORT, /* adapters let everything through and count what they would have stopped */
};

/* A text of the page, in one or several languages; the first is the default. */
struct policy_text {
	const struct policy_translation {
		struct span
		        language; /* absent: the text was given without one, see policy.language */
		struct span text;
	} * translations;
	uint32_t n_translations;
};

struct policy_category {
	struct span name;
	enum proto_basis basis;
	bool exempt;      /* necessary, or audience measurement with every condition attested */
	bool third_party; /* party: third */
	bool shipped;     /* one of the four that exist in every policy */
	struct policy_text title, heading, description; /* heading: over its table */
};

/* What the page says of a cookie; rules.rules[] at the same index says what is decided by it. */
struct policy_cookie {
	struct policy_text purpose;
	uint32_t line, column; /* in the YAML, from 1 */
};

/* What the page says of a service; rules.services[] at the same index has its id, basis, bit. */
struct policy_service {
	struct policy_text provider, function, location;
	uint32_t category;                /* index into categories */
	uint32_t first_cookie, n_cookies; /* its rules */
	bool third_party;                 /* its own party, or its category's */
	uint64_t material;                /* the counter as declared */
	uint8_t fingerprint
	        [16]; /* of the material fields: provider, category, basis, party, `material:` */
	uint32_t line, column; /* in the YAML, from 1 */
};

/* The columns of the table of services. */
enum policy_column {
	POLICY_COLUMN_PROVIDER,
	POLICY_COLUMN_FUNCTION,
	POLICY_COLUMN_COOKIES,
	POLICY_COLUMN_PURPOSES,
	POLICY_N_COLUMNS
};

/* The page's own texts; every one has at least one translation. */
struct policy_page {
	struct policy_text title, introduction;
	struct policy_text cookie_title, cookie; /* "What is a cookie?" */
	struct policy_text kinds_title, table_title;
	struct policy_text columns[POLICY_N_COLUMNS];
};

struct policy {
	struct span site;
	struct span language; /* of texts without one */
	enum policy_mode mode;
	uint32_t given_validity_s, refused_validity_s;
	struct policy_page page;
	struct policy_category *categories;
	uint32_t n_categories;
	struct policy_service *services;
	struct policy_cookie *cookies_declared;
	struct proto_rules rules;
	uint8_t digest[32]; /* BLAKE2b-256 of the YAML */
	struct span yaml;   /* a copy of the text */

	/* Set when it is applied; 0 before. */
	uint32_t site_id, policy_revision;
	uint64_t applied_at;
	struct span source; /* `api`, or the file; set with policy_set_source */

	struct arena *arena; /* owns all of the above, and the policy itself */
};

/*
 * Parses and lints. Returns 0 and a policy without bits; 1 where `faults` holds at least one
 * error; -ENOMEM. Warnings are in `faults` in either case, unless the text is no YAML at all. All
 * faults are found at once, and are sorted by their position.
 */
MUST_USE int policy_parse(struct span yaml, struct faults *faults, struct policy **ret);
struct policy *policy_free(struct policy *policy);

/* A copy of the text becomes the policy's source. */
MUST_USE int policy_set_source(struct policy *policy, struct span source);

enum { POLICY_E_FULL = 1 };

/*
 * The bit of a service, or a new one: the callback returns 0 and a bit, POLICY_E_FULL, or -errno,
 * any of which but 0 ends the assignment and is returned. Called for every service but those that
 * are `necessary`, in the order of the policy. A bit past 127 is POLICY_E_FULL too. Afterwards the
 * rules are ready to match and decide.
 */
typedef int policy_bit_fn(
        void *ctx, struct span service_id, const uint8_t fingerprint[16], uint8_t *ret_bit);
MUST_USE int policy_assign_bits(struct policy *policy, policy_bit_fn *bit_fn, void *ctx);

/*
 * The bits that a choice names: a service id, a category name or `*`. `ret` is empty for one that
 * is all `necessary`, and `ret_necessary` then true. False where the name is neither.
 */
MUST_USE bool policy_expand(
        const struct policy *policy, struct span name, struct proto_bits *ret, bool *ret_necessary);
/* How specific a name is: 2 a service, 1 a category, 0 `*`; -1 for a name that is neither. */
int policy_name_rank(const struct policy *policy, struct span name);

/* The service that has the bit in this policy, or NULL. */
const struct proto_service *policy_service_of_bit(const struct policy *policy, unsigned int bit);

/* The text in that language (RFC 4647 lookup: `fr-CA` finds `fr`), else the first. */
struct span policy_text_in(const struct policy_text *text, struct span language);

/*
 * The same, as the translation; NULL where the text has none. A translation without a language
 * is found under none and stands first.
 */
const struct policy_translation *policy_text_find(
        const struct policy_text *text, struct span language);

#endif
