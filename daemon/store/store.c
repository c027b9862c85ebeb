/*
 * The order in which a store is opened, and what is done about each thing that may be wrong: the
 * ledger is the truth and is refused when in doubt, the view is derived and is deleted when in
 * doubt.
 *
 * One exception: where the ledger is empty or had to be made, but a view with records is there, it
 * is the ledger that went missing, and the view is the last witness.
 */
#include "daemon/store/store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <sodium.h>

#include "daemon/store/dir.h"
#include "daemon/store/env.h"

static const char LEDGER[] = "ledger", VIEW[] = "view";
static const char LEDGER_DATA[] = "ledger/data.mdb", VIEW_DATA[] = "view/data.mdb";

/* Of address space; pages appear in the file as they are written. */
#define DEFAULT_MAP_BYTES (UINT64_C(64) << 30)

/* The ledger's tail is what a start reads; further back a crash would be met later anyway. */
enum { CHECKED_EVENTS = PROTO_LIMIT_VIEW_LAG };

enum { ROOM_PERCENT = 85 };

/* Beside the outcomes of the view. */
enum { LEDGER_IS_MISSING = 100 };

const char *store_outcome_text(int outcome)
{
	switch (outcome) {
	case STORE_E_LOCKED:
		return "another daemon runs on this data directory";
	case STORE_E_KEY:
		return "the key file is missing; without it the records are orphans, so none is "
		       "made";
	case STORE_E_REMOTE:
		return "the data directory is on a network file system; it must be local";
	case STORE_E_CORRUPT:
		return "the ledger is damaged; restore it from a backup";
	case STORE_E_VERSION:
		return "the data was written by a newer version";
	case STORE_E_KEY_INVALID:
		return "the key file must be 32 bytes that its owner alone may read";
	case STORE_E_KEY_WRONG:
		return "the key file is not the one that the data was written with";
	}
	return NULL;
}

static int outcome_of_dir(int r)
{
	switch (r) {
	case DIR_E_LOCKED:
		return STORE_E_LOCKED;
	case DIR_E_REMOTE:
		return STORE_E_REMOTE;
	}
	return r;
}

static int outcome_of_keys(int r)
{
	switch (r) {
	case KEYS_E_MISSING:
		return STORE_E_KEY;
	case KEYS_E_INVALID:
		return STORE_E_KEY_INVALID;
	}
	return r;
}

static int outcome_of_ledger(int r)
{
	switch (r) {
	case LEDGER_E_KEY:
		return STORE_E_KEY_WRONG;
	case LEDGER_E_VERSION:
		return STORE_E_VERSION;
	case LEDGER_E_FULL:
		return -ENOSPC;
	case -EBADMSG:
	case -EPROTONOSUPPORT:
		return STORE_E_CORRUPT;
	}
	return r;
}

/* A key is made only where there is no data and only under its own name. */
static int open_keys(struct store *store, const struct store_options *options)
{
	bool ledger, view;
	char path[PATH_MAX];
	int r = dir_has(store->dir_fd, LEDGER_DATA, &ledger);
	if (r == 0)
		r = dir_has(store->dir_fd, VIEW_DATA, &view);
	if (r != 0)
		return r;
	store->is_new = !ledger && !view;
	if (options->key_file != NULL)
		return outcome_of_keys(keys_load(&store->keys, options->key_file, false));
	int n = snprintf(path, sizeof(path), "%s/key", options->directory);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	return outcome_of_keys(keys_load(&store->keys, path, store->is_new));
}

/* After an orderly stop, or where there is nothing yet, nothing is walked. */
static int check_env(struct store *store, const char *name, const char *data, uint64_t n_max)
{
	bool exists;
	int r = dir_has(store->dir_fd, data, &exists);
	if (r != 0 || !exists || store->was_clean)
		return r;
	return env_check(store->dir_fd, name, n_max);
}

static int open_ledger(struct store *store, const struct store_options *options)
{
	uint64_t map = options->ledger_map_bytes ? options->ledger_map_bytes : DEFAULT_MAP_BYTES;
	int r = check_env(store, LEDGER, LEDGER_DATA, CHECKED_EVENTS);
	if (r == 0)
		r = ledger_open(store->dir_fd, LEDGER, &store->keys, map, &store->ledger);
	return outcome_of_ledger(r);
}

/* Opens the view if it is one of this ledger; where that is empty but the view is not, neither. */
static int try_view(struct store *store)
{
	struct view *view;
	int r = view_open(store->dir_fd, VIEW, &store->keys, store->view_map_bytes, &view);
	if (r != 0)
		return r;
	r = view_bind(view, ledger_store_id(store->ledger));
	if (r == 0 && view_checkpoint(view) > ledger_head(store->ledger))
		r = VIEW_E_DIFFERS;
	if (r == VIEW_E_DIFFERS && ledger_head(store->ledger) == 0 && view_checkpoint(view) != 0)
		r = LEDGER_IS_MISSING;
	if (r != 0)
		view_close(view);
	else
		store->view = view;
	return r;
}

/* What makes a view useless, as against what keeps one from being opened at this moment. */
static bool is_in_doubt(int r)
{
	return r == VIEW_E_DIFFERS || r == -EBADMSG || r == -EPROTONOSUPPORT;
}

int store_renew_view(struct store *store)
{
	view_close(store->view);
	store->view = NULL;
	int r = dir_remove_env(store->dir_fd, VIEW);
	if (r == 0)
		r = try_view(store);
	if (r == 0)
		store->view_is_new = true;
	return r == VIEW_E_FULL ? -ENOSPC : r;
}

static int open_view(struct store *store, const struct store_options *options)
{
	bool exists;
	store->view_map_bytes =
	        options->view_map_bytes ? options->view_map_bytes : DEFAULT_MAP_BYTES;
	int r = dir_has(store->dir_fd, VIEW_DATA, &exists);
	if (r != 0)
		return r;
	if (exists && !options->rebuild_view && ledger_is_new(store->ledger))
		return STORE_E_CORRUPT;
	if (!exists || options->rebuild_view)
		return store_renew_view(store);
	r = check_env(store, VIEW, VIEW_DATA, UINT64_MAX - 1);
	if (r == 0)
		r = try_view(store);
	if (r == LEDGER_IS_MISSING)
		return STORE_E_CORRUPT;
	return is_in_doubt(r) ? store_renew_view(store) : r;
}

static int open_all(struct store *store, const struct store_options *options)
{
	int r = outcome_of_dir(dir_open(options->directory, &store->dir_fd, &store->lock_fd));
	if (r == 0)
		r = open_keys(store, options);
	if (r == 0)
		r = dir_take_mark(store->dir_fd, &store->was_clean);
	if (r == 0)
		r = open_ledger(store, options);
	if (r == 0)
		r = open_view(store, options);
	return r;
}

int store_open(const struct store_options *options, struct store *store)
{
	struct store opened = {.dir_fd = -1, .lock_fd = -1, .quota_bytes = options->quota_bytes};
	int r = open_all(&opened, options);
	if (r != 0)
		store_close(&opened);
	else
		*store = opened;
	return r;
}

void store_close(struct store *store)
{
	view_close(store->view);
	ledger_close(store->ledger);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	if (store->dir_fd >= 0)
		close(store->dir_fd);
	sodium_memzero(&store->keys, sizeof(store->keys));
	*store = (struct store){.dir_fd = -1, .lock_fd = -1};
}

int store_mark_clean(struct store *store)
{
	return dir_make_mark(store->dir_fd);
}

int store_check_readers(struct store *store)
{
	int r = ledger_check_readers(store->ledger);
	return r != 0 ? r : view_check_readers(store->view);
}

uint64_t store_reader_age_ms(const struct store *store)
{
	uint64_t ledger = ledger_reader_age_ms(store->ledger);
	uint64_t view = view_reader_age_ms(store->view);
	return ledger > view ? ledger : view;
}

static bool is_below(uint64_t used, uint64_t limit)
{
	return used / ROOM_PERCENT < limit / 100;
}

/* What the two files could grow to. Where it cannot be told there is no room. */
static uint64_t capacity_of(const struct store *store, uint64_t used)
{
	struct statvfs fs;
	if (fstatvfs(store->dir_fd, &fs) != 0)
		return 0;
	uint64_t capacity = used + (uint64_t)fs.f_bavail * fs.f_frsize;
	bool has_quota = store->quota_bytes != 0 && store->quota_bytes < capacity;
	return has_quota ? store->quota_bytes : capacity;
}

bool store_has_room(const struct store *store)
{
	uint64_t ledger = ledger_used_bytes(store->ledger), view = view_used_bytes(store->view);
	return is_below(ledger, ledger_map_bytes(store->ledger)) &&
	       is_below(view, view_map_bytes(store->view)) &&
	       is_below(ledger + view, capacity_of(store, ledger + view));
}
