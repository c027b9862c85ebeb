/*
 * Assembly. In this order: settings, store, committer, policies, socket, "ready": whoever is
 * answered is answered by a daemon that has its records, its lines and its policies. A start that
 * fails half-way is stopped like a daemon that ran, so there is one way down:
 *
 *   no new connections → what was not begun is refused → what is queued is committed and answered →
 *   replies are taken, for a bounded time → the committer ends → handles are closed → the loop runs
 *   out → memory is freed, and the store is told that all went well
 */
#include "daemon/run/daemon.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <sodium.h>

#include "daemon/base/log.h"
#include "daemon/net/server.h"
#include "daemon/op/counters.h"
#include "daemon/op/policies.h"
#include "daemon/run/listening.h"
#include "daemon/run/notify.h"
#include "daemon/run/policies.h"
#include "daemon/run/process.h"
#include "daemon/run/reload.h"
#include "daemon/run/signals.h"
#include "daemon/run/storage.h"
#include "daemon/run/watchdog.h"

enum {
	STOP_MS = 5000,          /* for peers to take their last replies */
	HOUSEKEEPING_MS = 60000, /* between two looks at the store */
	LEASE_RENEWAL_MS = 250,  /* a loop that is late by three of them lets the lease end */
};

struct daemon {
	const struct options *options;
	struct settings settings;
	struct access access;
	struct storage storage;
	struct op_env env;
	struct op_policies old_policies;
	uv_loop_t loop;
	uv_async_t woken;
	uv_timer_t housekeeping, lease, stop_timer;
	struct signals signals;
	struct watchdog watchdog;
	struct reload reload;
	struct listening listening;
	struct server *server;
	uint64_t connections; /* as many as descriptors allow */
	bool stopping;
	int status;
};

/* ---- what the committer wants of the loop ---- */

static void wake(void *ctx)
{
	struct daemon *daemon = ctx;

	uv_async_send(&daemon->woken);
}

/*
 * Nobody knows now whether the last group is on disk. The next start reads the truth from the
 * ledger; this process must not answer any more, not even with an error.
 */
static void die(void *ctx, int error)
{
	(void)ctx;
	log_error("store: a commit failed (%s); ending at once, the next start reads the truth",
	        error < 0 ? strerror(-error) : "unexpected");
	_exit(EXIT_STATUS_FAILED);
}

static void on_woken(uv_async_t *async)
{
	struct daemon *daemon = async->data;

	if (!daemon->storage.commit)
		return;
	commit_finish(daemon->storage.commit);
	server_flush(daemon->server);
}

static void on_housekeeping(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	storage_look_after(&daemon->storage);
}

/* While the loop turns, workers may go by the map; whatever stops it stops them within a lease. */
static void on_lease(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	if (daemon->storage.commit)
		commit_renew_lease(daemon->storage.commit);
}

/* ---- down ---- */

/* The last connection is gone. The committer ends before what wakes the loop is closed. */
static void on_server_stopped(void *ctx)
{
	struct daemon *daemon = ctx;

	storage_stop(&daemon->storage);
	watchdog_stop(&daemon->watchdog);
	signals_stop(&daemon->signals);
	uv_close((uv_handle_t *)&daemon->woken, NULL);
	uv_close((uv_handle_t *)&daemon->housekeeping, NULL);
	uv_close((uv_handle_t *)&daemon->lease, NULL);
	uv_close((uv_handle_t *)&daemon->stop_timer, NULL);
}

/* Peers have time once everything is committed; how long the disk takes is not theirs to pay. */
static void on_stop_timer(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	if (daemon->storage.commit && commit_n_pending(daemon->storage.commit) > 0) {
		uv_timer_start(timer, on_stop_timer, STOP_MS, 0);
		return;
	}
	log_warning("stop: some peers did not take their replies; their connections are cut");
	server_cut(daemon->server);
}

static void stop(struct daemon *daemon, int status)
{
	daemon->stopping = true;
	daemon->status = status;
	notify_stopping();
	reload_end(&daemon->reload);
	listening_remove(&daemon->listening);
	uv_timer_start(&daemon->stop_timer, on_stop_timer, STOP_MS, 0);
	if (daemon->storage.commit)
		commit_let_view_lag(daemon->storage.commit);
	server_stop(daemon->server);
}

static void on_stop_signal(void *ctx)
{
	struct daemon *daemon = ctx;

	if (daemon->stopping) {
		server_cut(daemon->server); /* somebody is in a hurry */
		return;
	}
	log_info("stopping");
	stop(daemon, EXIT_STATUS_OK);
}

/* ---- up ---- */

static int start_listening(struct daemon *daemon)
{
	char status[256];
	int error = listening_open(&daemon->listening, &daemon->settings);

	if (error != 0)
		return EXIT_STATUS_FAILED;
	daemon->access.socket_group = daemon->listening.group;
	error = server_listen(daemon->server, daemon->listening.fd);
	if (error != 0) {
		log_error("cannot wait for connections: %s", strerror(-error));
		close(daemon->listening.fd);
		return EXIT_STATUS_FAILED;
	}
	snprintf(status, sizeof(status), "ready, %zu sites",
	        sites_count(commit_sites(daemon->storage.commit)));
	log_info("%s", status);
	notify_ready(status);
	return EXIT_STATUS_OK;
}

/* The policies that the start depends on are through. */
static void on_policies_loaded(void *ctx, size_t n_failed)
{
	struct daemon *daemon = ctx;
	int status = EXIT_STATUS_INVALID;

	if (daemon->stopping)
		return;
	if (n_failed == 0)
		status = start_listening(daemon);
	else
		log_error("policies have faults; not starting");
	if (status != EXIT_STATUS_OK)
		stop(daemon, status);
}

static void on_reload_signal(void *ctx)
{
	struct daemon *daemon = ctx;

	reload_begin(&daemon->reload);
}

static int make_server(struct daemon *daemon)
{
	struct server_options options = {
	        .loop = &daemon->loop,
	        .access = &daemon->access,
	        .clock = &daemon->storage.clock,
	        .env = &daemon->env,
	        .ops = op_table,
	        .limits = server_limits_default(),
	        .stopped_fn = on_server_stopped,
	        .ctx = daemon,
	};

	options.limits.connections = daemon->connections;
	options.limits.connections_per_uid = daemon->settings.config.connections_per_uid;
	return server_new(&options, &daemon->server);
}

static int start_handles(struct daemon *daemon)
{
	uv_loop_t *loop = &daemon->loop;
	int error = uv_async_init(loop, &daemon->woken, on_woken);

	if (error == 0)
		error = uv_timer_init(loop, &daemon->stop_timer);
	if (error == 0)
		error = uv_timer_init(loop, &daemon->housekeeping);
	if (error == 0)
		error = uv_timer_init(loop, &daemon->lease);
	daemon->woken.data = daemon->housekeeping.data = daemon->lease.data =
	        daemon->stop_timer.data = daemon;
	if (error == 0)
		error = uv_timer_start(
		        &daemon->housekeeping, on_housekeeping, HOUSEKEEPING_MS, HOUSEKEEPING_MS);
	if (error == 0)
		error = uv_timer_start(&daemon->lease, on_lease, 0, LEASE_RENEWAL_MS);
	daemon->signals.stop_fn = on_stop_signal;
	daemon->signals.reload_fn = on_reload_signal;
	daemon->signals.ctx = daemon;
	return error == 0 ? signals_start(&daemon->signals, loop) : error;
}

/* Everything that the loop turns. Where that fails the process ends, so nothing is taken apart. */
static int start_loop(struct daemon *daemon)
{
	int error = uv_loop_init(&daemon->loop);

	if (error == 0)
		error = process_reserve_watchers(
		        &daemon->loop, daemon->connections + PROCESS_OWN_DESCRIPTORS - 1);
	if (error == 0)
		error = start_handles(daemon);
	if (error == 0)
		error = make_server(daemon);
	if (error != 0)
		log_error("the event loop cannot be made: %s", strerror(-error));
	return error;
}

/* From the committer on, whatever fails is taken down by stop(). */
static void start(struct daemon *daemon, const struct storage_options *storage)
{
	struct reload_options reload = {
	        .options = daemon->options,
	        .settings = &daemon->settings,
	        .access = &daemon->access,
	        .server = daemon->server,
	        .env = &daemon->env,
	        .started_fn = on_policies_loaded,
	        .ctx = daemon,
	};
	int error;

	reload_init(&daemon->reload, &reload);
	signals_block();
	error = storage_start(&daemon->storage, storage);
	signals_unblock();
	if (error != 0) {
		stop(daemon, EXIT_STATUS_FAILED);
		return;
	}
	daemon->env.commit = daemon->storage.commit;
	if (watchdog_start(&daemon->watchdog, &daemon->loop, daemon->storage.commit) != 0) {
		log_error("the watchdog's timer cannot be made");
		stop(daemon, EXIT_STATUS_FAILED);
		return;
	}
	reload_begin(&daemon->reload);
}

static void free_all(struct daemon *daemon)
{
	int error;

	daemon->server = server_free(daemon->server);
	reload_deinit(&daemon->reload);
	storage_close(&daemon->storage);
	listening_deinit(&daemon->listening);
	op_policies_deinit(&daemon->old_policies);
	error = uv_loop_close(&daemon->loop);
	assert(error == 0);
}

/* As many as there are descriptors for; 0: not for a single one. */
static uint64_t connections_of(const struct settings *settings)
{
	uint64_t n_descriptors = process_prepare(), wanted = settings->config.connections;
	uint64_t own = PROCESS_OWN_DESCRIPTORS;
	uint64_t possible = n_descriptors > own ? n_descriptors - own : 0;

	if (possible >= wanted)
		return wanted;
	if (possible == 0) {
		log_error("limits: %llu descriptors are too few; at least %llu are needed, by "
		          "LimitNOFILE or ulimit -n",
		        (unsigned long long)n_descriptors, (unsigned long long)own + 1);
		return 0;
	}
	log_warning("limits: %llu descriptors are enough for %llu connections; raise LimitNOFILE "
	            "for more",
	        (unsigned long long)n_descriptors, (unsigned long long)possible);
	return possible;
}

static int run(struct daemon *daemon)
{
	struct storage_options storage = {
	        .settings = &daemon->settings,
	        .rebuild_view = daemon->options->rebuild_view,
	        .accept_clock = daemon->options->accept_clock,
	        .wake_fn = wake,
	        .fatal_fn = die,
	        .ctx = daemon,
	};

	access_init(&daemon->access);
	listening_init(&daemon->listening);
	daemon->connections = connections_of(&daemon->settings);
	if (daemon->connections == 0)
		return EXIT_STATUS_FAILED;
	if (storage_open(&daemon->storage, &storage) != 0)
		return EXIT_STATUS_FAILED;
	if (start_loop(daemon) != 0) {
		storage_close(&daemon->storage);
		return EXIT_STATUS_FAILED;
	}
	start(daemon, &storage);
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
	free_all(daemon);
	if (daemon->status == EXIT_STATUS_OK)
		log_info("stopped");
	return daemon->status;
}

/* What operations need beside the committer. */
static int make_env(struct daemon *daemon)
{
	daemon->env = (struct op_env){
	        .version = CONSENT_VERSION,
	        .counters = op_counters_new(),
	        .policies = &daemon->old_policies,
	        .scratch = malloc(sizeof(struct op_scratch)),
	};
	return daemon->env.counters && daemon->env.scratch ? 0 : -ENOMEM;
}

static void free_env(struct daemon *daemon)
{
	op_counters_free(daemon->env.counters);
	free(daemon->env.scratch);
}

int daemon_run(const struct options *options)
{
	static struct daemon daemon;
	int error = settings_load(options, &daemon.settings), status = EXIT_STATUS_INVALID;

	if (error == 0) {
		log_set_level((enum log_level)daemon.settings.config.log_level);
		error = sodium_init() >= 0 ? make_env(&daemon) : -EIO;
	}
	daemon.options = options;
	if (error == 0)
		status = run(&daemon);
	if (error < 0) {
		log_error("cannot start: %s", strerror(-error));
		status = EXIT_STATUS_FAILED;
	}
	free_env(&daemon);
	settings_deinit(&daemon.settings);
	return status;
}
