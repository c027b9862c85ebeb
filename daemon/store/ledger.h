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
};

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

/* Opened by store_open. */
MUST_USE int ledger_open(
	int dir_fd, const char *name, const struct keys *keys, uint64_t map_bytes, struct ledger **ret);
void ledger_close(struct ledger *ledger);

/* The newest committed revision; 0 when there is none. Its time, in seconds UTC. Any thread. */
uint64_t ledger_head(const struct ledger *ledger);
uint64_t ledger_head_at(const struct ledger *ledger);
/* Bytes of the data file that are in use. Any thread. */
uint64_t ledger_used_bytes(const struct ledger *ledger);

/* -- writer: the committer ------------------------------------------------------------------ */
MUST_USE int ledger_begin(struct ledger *ledger);
/*
 * Appends an event: sets event->revision to the next one, draws the salt, chains the leaf.
 * event->result.revision is set to the new revision as well.
 */
MUST_USE int ledger_append(struct ledger *ledger, struct event *event);
/* An event as the open transaction sees it. Spans are valid until the next write or its end. */
MUST_USE int ledger_get(struct ledger *ledger, uint64_t revision, struct event *ret);
/* Replaces body and salt by nothing; the leaf stays. LEDGER_E_NO_BODY where it is gone already. */
MUST_USE int ledger_drop_body(struct ledger *ledger, uint64_t revision);
MUST_USE int ledger_put_policy(struct ledger *ledger, const struct ledger_policy *policy);
MUST_USE int ledger_put_service(struct ledger *ledger, const struct ledger_service *service);
/* The id of a site, assigned at its first use. */
MUST_USE int ledger_put_site(struct ledger *ledger, struct span name, uint32_t *ret_site_id);
/* Small values by name, e.g. the clean mark. */
MUST_USE int ledger_put_meta(struct ledger *ledger, const char *name, struct span value);
MUST_USE int ledger_commit(struct ledger *ledger);
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
