/*
 * The ledger's life: its identity, its transactions, its readers. What is in it is elsewhere:
 * events in ledger_event.c, policies, services and sites in ledger_name.c.
 *
 * The end of the chain is kept twice, as committed and as the open transaction has it, so that an
 * abort forgets what was appended.
 */
#include "daemon/store/ledger_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <sodium.h>

#include "daemon/store/codec.h"

static const char META_SCHEMA[] = ".schema", META_STORE_ID[] = ".store_id";

static const char *const db_names[LEDGER_N_DBS] = {
        [LEDGER_EVENTS] = "events",
        [LEDGER_POLICIES] = "policies",
        [LEDGER_SERVICES] = "services",
        [LEDGER_SITES] = "sites",
        [LEDGER_META] = "meta",
};

_Static_assert((int)LEDGER_N_DBS <= (int)ENV_MAX_DBS, "the environment takes them");
_Static_assert((int)LEDGER_E_NOT_FOUND == (int)ENV_E_NOT_FOUND, "the outcomes go through");
_Static_assert((int)LEDGER_E_FULL == (int)ENV_E_FULL, "the outcomes go through");

int ledger_meta_get(struct env_txn *txn, const char *name, struct span *ret)
{
	return env_get(txn, LEDGER_META, span_of(name), ret);
}

int ledger_meta_put(struct env_txn *txn, const char *name, struct span value)
{
	return env_put(txn, LEDGER_META, span_of(name), value);
}

/* A new ledger has nothing at all; one without identity and with anything else is corrupt. */
static int is_empty(struct env_txn *txn, bool *ret)
{
	*ret = true;
	for (size_t db = 0; db < LEDGER_N_DBS; db++) {
		uint64_t n;
		int r = env_count(txn, db, &n);
		if (r != 0)
			return r;
		if (n != 0)
			*ret = false;
	}
	return 0;
}

static int make_identity(struct ledger *ledger, struct env_txn *txn)
{
	uint8_t schema[4];
	ledger->is_new = true;
	randombytes_buf(ledger->store_id, sizeof(ledger->store_id));
	codec_big_u32(LEDGER_SCHEMA, schema);
	int r = ledger_meta_put(txn, META_SCHEMA, span_bytes(schema, sizeof(schema)));
	if (r != 0)
		return r;
	struct span id = span_bytes(ledger->store_id, sizeof(ledger->store_id));
	return ledger_meta_put(txn, META_STORE_ID, id);
}

/* Two values that both name another key are no bit flip. */
static int key_or_corrupt(struct env_txn *txn)
{
	const char *const names[] = {META_SCHEMA, META_STORE_ID};
	for (size_t i = 0; i < 2; i++)
		if (!env_is_foreign(txn, LEDGER_META, span_of(names[i])))
			return -EBADMSG;
	return LEDGER_E_KEY;
}

static int read_identity(struct ledger *ledger, struct env_txn *txn)
{
	struct span schema, id;
	int r = ledger_meta_get(txn, META_SCHEMA, &schema);
	if (r == -EBADMSG)
		return key_or_corrupt(txn);
	if (r != 0 || schema.n_bytes != 4)
		return r < 0 ? r : -EBADMSG;
	if (codec_of_big_u32(schema.data) > LEDGER_SCHEMA)
		return LEDGER_E_VERSION;
	r = ledger_meta_get(txn, META_STORE_ID, &id);
	if (r != 0 || id.n_bytes != sizeof(ledger->store_id))
		return r < 0 ? r : -EBADMSG;
	memcpy(ledger->store_id, id.data, id.n_bytes);
	return 0;
}

static int identify(struct ledger *ledger, struct env_txn *txn)
{
	bool empty;
	int r = is_empty(txn, &empty);
	if (r == 0)
		r = empty ? make_identity(ledger, txn) : read_identity(ledger, txn);
	return r != 0 ? r : ledger_find_tip(txn, &ledger->committed);
}

static void publish_tip(struct ledger *ledger)
{
	atomic_store_explicit(&ledger->head_at, ledger->committed.at, memory_order_release);
	atomic_store_explicit(&ledger->head, ledger->committed.revision, memory_order_release);
}

static int begin_life(struct ledger *ledger)
{
	struct env_txn txn;
	int r = env_begin(ledger->env, &txn);
	if (r != 0)
		return r;
	r = identify(ledger, &txn);
	if (r != 0) {
		env_abort(&txn);
		return r;
	}
	r = env_commit(&txn);
	publish_tip(ledger);
	return r;
}

int ledger_open(int dir_fd, const char *name, const struct keys *keys, uint64_t map_bytes,
        struct ledger **ret)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	if (ledger == NULL)
		return -ENOMEM;
	int r = env_open(&(struct env_options){.dir_fd = dir_fd,
	                         .name = name,
	                         .keys = keys,
	                         .map_bytes = map_bytes,
	                         .dbs = db_names,
	                         .n_dbs = LEDGER_N_DBS},
	        &ledger->env);
	if (r == 0)
		r = begin_life(ledger);
	if (r != 0)
		ledger_close(ledger);
	else
		*ret = ledger;
	return r;
}

void ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	ledger_abort(ledger);
	env_close(ledger->env);
	sodium_memzero(ledger->salts, sizeof(ledger->salts));
	free(ledger);
}

const uint8_t *ledger_store_id(const struct ledger *ledger)
{
	return ledger->store_id;
}

bool ledger_is_new(const struct ledger *ledger)
{
	return ledger->is_new;
}

uint64_t ledger_map_bytes(const struct ledger *ledger)
{
	return env_map_bytes(ledger->env);
}

int ledger_check_readers(struct ledger *ledger)
{
	return env_check_readers(ledger->env);
}

uint64_t ledger_reader_age_ms(const struct ledger *ledger)
{
	return env_reader_age_ms(ledger->env);
}

uint64_t ledger_head(const struct ledger *ledger)
{
	return atomic_load_explicit(&ledger->head, memory_order_acquire);
}

uint64_t ledger_head_at(const struct ledger *ledger)
{
	return atomic_load_explicit(&ledger->head_at, memory_order_acquire);
}

uint64_t ledger_used_bytes(const struct ledger *ledger)
{
	return env_used_bytes(ledger->env);
}

int ledger_begin(struct ledger *ledger)
{
	assert(ledger->txn.mdb == NULL);
	ledger->tip = ledger->committed;
	return env_begin(ledger->env, &ledger->txn);
}

int ledger_commit(struct ledger *ledger)
{
	assert(ledger->txn.mdb != NULL);
	int r = env_commit(&ledger->txn);
	if (r != 0)
		return r;
	ledger->committed = ledger->tip;
	publish_tip(ledger);
	return 0;
}

void ledger_abort(struct ledger *ledger)
{
	env_abort(&ledger->txn);
}

int ledger_reader_new(struct ledger *ledger, struct ledger_reader **ret)
{
	struct ledger_reader *reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		return -ENOMEM;
	reader->ledger = ledger;
	int r = env_reader_init(ledger->env, &reader->txn);
	if (r != 0)
		free(reader);
	else
		*ret = reader;
	return r;
}

struct ledger_reader *ledger_reader_free(struct ledger_reader *reader)
{
	if (reader != NULL)
		env_reader_deinit(&reader->txn);
	free(reader);
	return NULL;
}

int ledger_reader_renew(struct ledger_reader *reader)
{
	return env_reader_renew(&reader->txn);
}

void ledger_reader_reset(struct ledger_reader *reader)
{
	env_reader_reset(&reader->txn);
}
