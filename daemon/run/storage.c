/*
 * What can go wrong with the data, and what the operator can do about it, in one place.
 */
#include "daemon/run/storage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/log.h"

enum {
	CLOCK_ALARM_S = 300,   /* a clock this far behind the newest event was set wrong once */
	READER_AGE_MS = 60000, /* a snapshot held longer is a fault of ours */
};

/* What the operator can do about an outcome of the store. */
static const char *remedy(int outcome)
{
	switch (outcome) {
	case STORE_E_LOCKED:
		return "stop that one, or choose another --data";
	case STORE_E_KEY:
	case STORE_E_KEY_INVALID:
	case STORE_E_KEY_WRONG:
		return "put the key back from its copy";
	case STORE_E_REMOTE:
		return "choose a --data on a local disk";
	case STORE_E_CORRUPT:
		return "and keep the damaged one for a look at it";
	case STORE_E_VERSION:
		return "run that version";
	default:
		return "see the log";
	}
}

static void log_store_error(const struct settings *settings, int error)
{
	const char *text = error > 0 ? store_outcome_text(error) : strerror(-error);

	if (error > 0)
		log_error("%s: %s; %s", settings->data, text ? text : "it cannot be opened",
		        remedy(error));
	else
		log_error("%s: the data cannot be opened: %s", settings->data, text);
}

static uint64_t map_max_bytes(const struct settings *settings)
{
	long n_pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);

	if (settings->config.map.max_bytes != 0)
		return settings->config.map.max_bytes;
	return n_pages > 0 && page_bytes > 0 ? (uint64_t)n_pages / 2 * (uint64_t)page_bytes : 0;
}

static int start_commit(struct storage *storage, const struct storage_options *options)
{
	struct commit_options commit_options = {
	        .store = &storage->store,
	        .clock = &storage->clock,
	        .accept_clock = options->accept_clock,
	        .map_max_bytes = map_max_bytes(options->settings),
	        .leased_until_ns = storage->leased_until_ns,
	        .wake_fn = options->wake_fn,
	        .fatal_fn = options->fatal_fn,
	        .ctx = options->ctx,
	};
	int error = commit_start(&commit_options, &storage->commit);

	if (error == COMMIT_E_VIEW) {
		log_warning("the view in %s is not what the ledger says; making it anew",
		        options->settings->data);
		error = store_renew_view(&storage->store);
		if (error == 0)
			error = commit_start(&commit_options, &storage->commit);
	}
	if (error == 0)
		return 0;
	if (error == -EBADMSG)
		log_store_error(options->settings, STORE_E_CORRUPT);
	else
		log_error("the data in %s cannot be read: %s", options->settings->data,
		        error < 0 ? strerror(-error) : "the view cannot be made anew");
	return STORAGE_E_FAILED;
}

/* A floor ahead of the clock decides instead of the clock, and that may last. */
static void check_clock(const struct storage *storage)
{
	uint64_t floor = clock_floor(&storage->clock), wall = clock_wall();

	if (floor > wall + CLOCK_ALARM_S)
		log_error("the newest event is %" PRIu64 " s ahead of this machine's clock, and "
		          "until the clock is past it all choices are judged at that time: set "
		          "the clock, or, if it is right, start once with --accept-clock",
		        floor - wall);
}

static bool stands(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

/*
 * Whether workers may still go by the map of a daemon that was killed. It need not have had this data:
 * they know it by its socket. An orderly end takes the socket away; one that the service manager
 * holds always stands, and tells nothing.
 */
static bool may_be_leased(const struct store *store, const struct settings *settings)
{
	if (!store->was_clean && !store->is_new)
		return true;
	return getenv("LISTEN_FDS") ? store->is_new : stands(settings->socket_path);
}

int storage_open(struct storage *storage, const struct storage_options *options)
{
	const struct settings *settings = options->settings;
	struct store_options store_options = {
	        .directory = settings->data,
	        .key_file = settings->key_file,
	        .quota_bytes = settings->config.quota_bytes,
	        .rebuild_view = options->rebuild_view,
	};
	int error;

	*storage = (struct storage){.opened = false};
	error = store_open(&store_options, &storage->store);
	if (error != 0) {
		log_store_error(settings, error);
		return STORAGE_E_FAILED;
	}
	storage->opened = true;
	/* Whoever was killed before it was gone by now, and no lease is longer than this. */
	if (may_be_leased(&storage->store, settings))
		storage->leased_until_ns =
		        clock_monotonic_ns() + PROTO_MAP_LEASE_MS * UINT64_C(1000000);
	return 0;
}

int storage_start(struct storage *storage, const struct storage_options *options)
{
	if (start_commit(storage, options) != 0)
		return STORAGE_E_FAILED;
	check_clock(storage);
	return 0;
}

void storage_stop(struct storage *storage)
{
	if (storage->commit)
		commit_stop(storage->commit);
}

void storage_close(struct storage *storage)
{
	bool started = storage->commit != NULL;
	int error;

	if (!storage->opened)
		return;
	storage->commit = commit_free(storage->commit);
	error = started ? store_mark_clean(&storage->store) : 0;
	if (error != 0)
		log_warning(
		        "the end could not be noted (%d); the next start checks the data", error);
	store_close(&storage->store);
	storage->opened = false;
}

void storage_look_after(struct storage *storage)
{
	if (store_check_readers(&storage->store) != 0)
		log_warning("store: readers of a process that died could not be cleared");
	if (store_reader_age_ms(&storage->store) > READER_AGE_MS)
		log_error("store: a snapshot is held for too long; the files grow");
}
