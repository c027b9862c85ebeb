/*
 * One event of the ledger: its body, its leaf, and their bytes.
 *
 * The leaf is what stays for ever: the salted digest of the body, and the hash that chains it to
 * the event before. The body says what happened, and holds the subject's resulting record, from
 * which the view can be rebuilt. Erasing a subject drops bodies and salts: what is left links to
 * nobody, and the chain still verifies.
 *
 *   body digest = BLAKE2b-256(body), whose first 16 bytes are a random salt
 *   chain hash  = BLAKE2b-256(chain hash of the event before ‖ revision, 8 bytes BE ‖ body digest)
 */
#ifndef DAEMON_STORE_EVENT_H
#define DAEMON_STORE_EVENT_H

#include "daemon/store/record.h"

/* The numbers are stored. */
enum event_kind {
	EVENT_GIVEN = 1,
	EVENT_RENEWED = 2,
	EVENT_REFUSED = 3,
	EVENT_WITHDRAWN = 4,
	EVENT_OBJECTED = 5,
	EVENT_BOUND = 6,
	EVENT_ERASED = 7,
	EVENT_IMPORTED = 8,
};

enum { EVENT_HASH_BYTES = 32, EVENT_SALT_BYTES = 16, EVENT_MAX_BYTES = 16384 };

struct event {
	uint64_t revision;
	uint64_t prev; /* the subject's event before this one; 0: this is the first */
	struct record_key key;
	uint64_t at; /* seconds UTC */
	enum event_kind kind;
	struct proto_bits decided; /* the bits that this event decided */
	struct proto_bits given;   /* those of them that it gave */
	uint32_t policy_shown;     /* the policy revision the visitor was shown */
	uint32_t policy_current;   /* the one in force; bits are of this one */
	struct span method, surface, language, actor;
	struct span attributes; /* encoded map pairs */
	uint32_t n_attributes;
	uint64_t event_id_hash; /* keyed hash of the event_id; 0: none was given */
	uint64_t content_hash;  /* keyed hash of what was asked for, to tell a retry from a conflict
	                         */
	struct proto_digest other; /* `bound`: a session's account, or an account's session */
	bool has_other;
	bool removed;         /* the subject has no record after this event (erased) */
	struct record result; /* the record after this event; meaningless where `removed` */
};

struct event_leaf {
	uint8_t body_digest[EVENT_HASH_BYTES];
	uint8_t chain_hash[EVENT_HASH_BYTES];
	bool has_body; /* false: erased or swept */
};

/* The wire's word; "?" for a number that is no kind. */
const char *event_kind_name(enum event_kind kind);

/*
 * Encodes salt and body; returns the length, or 0 where it would be longer than the capacity.
 * The revision is the event's key and no part of the body, that of the result included.
 */
size_t event_encode(const struct event *event, const uint8_t salt[EVENT_SALT_BYTES], uint8_t *ret,
        size_t capacity);
/* Spans point into `body`; both revisions are 0. -EBADMSG where the bytes are no event of a known
 * format. */
MUST_USE int event_decode(struct span body, struct event *ret);

void event_body_digest(struct span body, uint8_t ret[EVENT_HASH_BYTES]);
void event_chain_hash(const uint8_t before[EVENT_HASH_BYTES], uint64_t revision,
        const uint8_t body_digest[EVENT_HASH_BYTES], uint8_t ret[EVENT_HASH_BYTES]);

#endif
