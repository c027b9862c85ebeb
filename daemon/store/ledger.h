/*
 * The ledger: all events in order, and what gives them meaning (policies, service bits, sites).
 *
 * One writer thread (the committer), at most one write transaction at a time. Readers: one
 * ledger_reader per thread, renewed and reset around each use, so that no reader holds pages for
 * long. Every value carries a keyed tag that is verified at every read: a bad tag is -EBADMSG.
 * Writing functions return LEDGER_E_FULL when the map or the disk is full; the transaction must
 * then be aborted. A failed sync (-EIO) leaves the outcome unknown: the process must exit.
 */
#ifndef DAEMON_STORE_LEDGER_H
#define DAEMON_STORE_LEDGER_H

#include "daemon/store/event.h"
#include "daemon/store/keys.h"

struct ledger;
struct ledger_reader;

enum {
	LEDGER_E_NOT_FOUND = 1,
	LEDGER_E_FULL,
	LEDGER_E_NO_BODY, /* the event's body was erased; its leaf is there */
	LEDGER_E_KEY,     /* at open: sealed with another master key */
	LEDGER_E_VERSION, /* at open: written by a newer schema */
};

enum { LEDGER_SCHEMA = 1, LEDGER_STORE_ID_BYTES = 16 };

/* One accepted policy. Spans are borrowed as the function says. */
struct ledger_policy {
	uint32_t site_id;
	uint32_t policy_revision; /* from 1 */
	uint64_t applied_at;
	struct span actor, source;
	uint8_t digest[32]; /* BLAKE2b-256 of the text */
	struct span yaml;
};

/* One service that ever had a bit. `fingerprint` covers its material fields. */
struct ledger_service {
	uint32_t site_id;
	struct span id;
	uint8_t fingerprint[16];
	uint8_t bit;
};

/* Opened by store_open. LEDGER_E_KEY, LEDGER_E_VERSION; -EBADMSG: no ledger, or a bad tag. */
MUST_USE int ledger_open(int dir_fd, const char *name, const struct keys *keys, uint64_t map_bytes,
        struct ledger **ret);
/* All readers must have been freed. NULL is legal. */
void ledger_close(struct ledger *ledger);

/* Random, made with the ledger: a view that has another one is not of this ledger. */
const uint8_t *ledger_store_id(const struct ledger *ledger);
/* Whether ledger_open made it. */
bool ledger_is_new(const struct ledger *ledger);
/* The bytes that the data file can grow to. */
uint64_t ledger_map_bytes(const struct ledger *ledger);
/* Frees the slots of readers whose process died; once a minute. Any thread. */
MUST_USE int ledger_check_readers(struct ledger *ledger);
/* For how long the oldest snapshot has been held: pages that it sees are not reused. Any thread. */
uint64_t ledger_reader_age_ms(const struct ledger *ledger);

/* The newest committed revision; 0 when there is none. Its time, in seconds UTC. Any thread. */
uint64_t ledger_head(const struct ledger *ledger);
uint64_t ledger_head_at(const struct ledger *ledger);
/* Bytes of the data file that are in use. Any thread. */
uint64_t ledger_used_bytes(const struct ledger *ledger);

/* -- writer: the committer ------------------------------------------------------------------ */
MUST_USE int ledger_begin(struct ledger *ledger);
/*
 * Appends an event: sets event->revision to the next one, draws the salt, chains the leaf.
 * event->result.revision is set to the new revision as well. -E2BIG above EVENT_MAX_BYTES.
 */
MUST_USE int ledger_append(struct ledger *ledger, struct event *event);
/* An event as the open transaction sees it. Spans are valid until the next write or its end. */
MUST_USE int ledger_get(struct ledger *ledger, uint64_t revision, struct event *ret);
/* Replaces body and salt by nothing; the leaf stays. LEDGER_E_NO_BODY where it is gone already. */
MUST_USE int ledger_drop_body(struct ledger *ledger, uint64_t revision);
MUST_USE int ledger_put_policy(struct ledger *ledger, const struct ledger_policy *policy);
MUST_USE int ledger_put_service(struct ledger *ledger, const struct ledger_service *service);
/* Frees the service's bit. One that is not there is no error. */
MUST_USE int ledger_erase_service(struct ledger *ledger, const struct ledger_service *service);
/* The id of a site, assigned at its first use. */
MUST_USE int ledger_put_site(struct ledger *ledger, struct span name, uint32_t *ret_site_id);
/* Small values by name, e.g. a position of a sweep. Names that begin with '.' are the ledger's. */
MUST_USE int ledger_put_meta(struct ledger *ledger, const char *name, struct span value);
/* Ends the transaction whatever it answers. LEDGER_E_FULL: nothing of it is written. */
MUST_USE int ledger_commit(struct ledger *ledger);
/* Legal where no transaction is open. */
void ledger_abort(struct ledger *ledger);

/* -- readers -------------------------------------------------------------------------------- */
MUST_USE int ledger_reader_new(struct ledger *ledger, struct ledger_reader **ret);
struct ledger_reader *ledger_reader_free(struct ledger_reader *reader);
/* A snapshot of what is committed; spans read from it are valid until the reset. */
MUST_USE int ledger_reader_renew(struct ledger_reader *reader);
void ledger_reader_reset(struct ledger_reader *reader);

MUST_USE int ledger_read_event(struct ledger_reader *reader, uint64_t revision, struct event *ret);
MUST_USE int ledger_read_leaf(
        struct ledger_reader *reader, uint64_t revision, struct event_leaf *ret);
/*
 * Calls back for each event from revision `from` on that still has its body, in order; a non-zero
 * return ends the walk and is returned. The spans are valid until the callback returns.
 */
MUST_USE int ledger_each_event(struct ledger_reader *reader, uint64_t from,
        int (*each_fn)(void *ctx, const struct event *event), void *ctx);
/* The newest revision of the site, readable or not. LEDGER_E_NOT_FOUND. */
MUST_USE int ledger_newest_policy(struct ledger_reader *reader, uint32_t site_id, uint32_t *ret);
/* policy_revision 0: the newest of the site. */
MUST_USE int ledger_read_policy(struct ledger_reader *reader, uint32_t site_id,
        uint32_t policy_revision, struct ledger_policy *ret);
MUST_USE int ledger_read_meta(struct ledger_reader *reader, const char *name, struct span *ret);
/* Calls back for each; a non-zero return ends the walk and is returned. */
MUST_USE int ledger_each_site(struct ledger_reader *reader,
        int (*each_fn)(void *ctx, uint32_t site_id, struct span name), void *ctx);
MUST_USE int ledger_each_service(struct ledger_reader *reader, uint32_t site_id,
        int (*each_fn)(void *ctx, const struct ledger_service *service), void *ctx);

#endif
