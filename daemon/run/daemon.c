/*
 * Start: settings, store, committer, policies, socket, and only then the first question: a daemon
 * that answers has its records, its lines and its policies. Stop: no more connections, what was
 * received is answered, the committer commits what waits, and the store is told that all went well.
 */
#include "daemon/run/daemon.h"

#include <errno.h>
#include <inttypes.h>
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
#include "daemon/run/signals.h"
#include "daemon/run/watchdog.h"

enum {
	STOP_MS = 10000,          /* for the last replies to be taken */
	HOUSEKEEPING_MS = 60000,  /* between two looks at the store's readers */
	READER_AGE_MS = 60000,    /* a snapshot held longer is a fault of ours */
	CLOCK_ALARM_S = 24 * 3600 /* a time floor further ahead than this is worth a word */
};

struct daemon {
	const struct options *options;
	struct settings settings;
	uv_loop_t loop;
	struct store store;
	struct clock clock;
	struct commit *commit;
	struct op_env env;
	struct op_policies old_policies;
	struct policies policies;
	struct access access;
	struct listening listening;
	struct server *server;
	struct signals signals;
	struct watchdog watchdog;
	uv_async_t woken;
	uv_timer_t housekeeping, stop_timer;
	bool has_settings, has_loop, has_store, has_signals, has_handles, stopping;
};

/* ---- what the committer wants of the loop ---- */

static void wake(void *ctx)
{
	struct daemon *daemon = ctx;

	uv_async_send(&daemon->woken);
}

/* The outcome of a commit is unknown: nothing may be answered any more, not even an error. */
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

	if (!daemon->commit)
		return;
	commit_finish(daemon->commit);
	if (daemon->server)
		server_flush(daemon->server);
}

/* ---- start ---- */

static int fail(const char *what, int error)
{
	log_error("%s: %s", what, strerror(error < 0 ? -error : EIO));
	return EXIT_STATUS_FAILED;
}

static int open_store(struct daemon *daemon)
{
	struct store_options options = {
	        .directory = daemon->settings.data,
	        .key_file = daemon->settings.key_file,
	        .quota_bytes = daemon->settings.config.quota_bytes,
	        .rebuild_view = daemon->options->rebuild_view,
	};
	int error = store_open(&options, &daemon->store);

	if (error == 0) {
		daemon->has_store = true;
		return EXIT_STATUS_OK;
	}
	if (error < 0)
		return fail(daemon->settings.data, error);
	log_error("%s: %s", daemon->settings.data, store_outcome_text(error));
	return EXIT_STATUS_FAILED;
}

static int start_commit(struct daemon *daemon)
{
	struct commit_options options = {
	        .store = &daemon->store,
	        .clock = &daemon->clock,
	        .accept_clock = daemon->options->accept_clock,
	        .wake_fn = wake,
	        .fatal_fn = die,
	        .ctx = daemon,
	};
	int error = commit_start(&options, &daemon->commit);

	if (error == COMMIT_E_VIEW) {
		log_warning("store: the view is not what the ledger says; it is made anew");
		error = store_renew_view(&daemon->store);
		if (error == 0)
			error = commit_start(&options, &daemon->commit);
	}
	if (error == -EBADMSG) {
		log_error("%s: %s", daemon->settings.data, store_outcome_text(STORE_E_CORRUPT));
		return EXIT_STATUS_FAILED;
	}
	if (error != 0)
		return fail("store", error);
	if (clock_floor(&daemon->clock) > clock_wall() + CLOCK_ALARM_S)
		log_error("clock: the newest event is more than a day ahead of the clock; if the "
		          "clock is right, start once with --accept-clock");
	return EXIT_STATUS_OK;
}

/* Policies are in force before anybody can ask. */
static int load_policies(struct daemon *daemon)
{
	daemon->policies.env = &daemon->env;
	policies_load(&daemon->policies, daemon->options, daemon->settings.policies);
	while (daemon->policies.n_pending != 0)
		uv_run(&daemon->loop, UV_RUN_ONCE);
	return daemon->policies.n_faulty ? EXIT_STATUS_INVALID : EXIT_STATUS_OK;
}

static int grant_roles(struct daemon *daemon, const struct config *config)
{
	access_init(&daemon->access);
	daemon->access.socket_group = daemon->listening.group;
	for (size_t i = 0; i < config->n_grants; i++) {
		if (access_add(&daemon->access, config->grants[i]) != 0)
			return fail("roles", -E2BIG);
	}
	return EXIT_STATUS_OK;
}

static void on_stopped(void *ctx);

static int start_server(struct daemon *daemon)
{
	const struct config *config = &daemon->settings.config;
	struct server_options options = {
	        .loop = &daemon->loop,
	        .access = &daemon->access,
	        .env = &daemon->env,
	        .ops = op_table,
	        .limits = server_limits_default(),
	        .stopped_fn = on_stopped,
	        .ctx = daemon,
	};

	if (listening_open(&daemon->listening, &daemon->settings) != 0)
		return EXIT_STATUS_FAILED;
	int status = grant_roles(daemon, config);
	if (status != EXIT_STATUS_OK)
		return status;
	options.limits.connections = config->connections;
	options.limits.connections_per_uid = config->connections_per_uid;
	int error = server_new(&options, &daemon->server);
	if (error == 0)
		error = server_listen(daemon->server, daemon->listening.fd);
	return error == 0 ? EXIT_STATUS_OK : fail("socket", error);
}

/* ---- stop and reload ---- */

static void on_stop_timer(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	log_warning("stop: some peers did not take their replies; their connections are cut");
	server_cut(daemon->server);
}

static void on_stop(void *ctx)
{
	struct daemon *daemon = ctx;

	if (daemon->stopping)
		return;
	daemon->stopping = true;
	log_info("stopping");
	notify_stopping();
	uv_timer_start(&daemon->stop_timer, on_stop_timer, STOP_MS, 0);
	server_stop(daemon->server);
}

/* The last connection is gone. What it left in the queue is committed by commit_stop. */
static void on_stopped(void *ctx)
{
	struct daemon *daemon = ctx;

	uv_stop(&daemon->loop);
}

static void on_loaded(void *ctx)
{
	struct daemon *daemon = ctx;

	if (daemon->policies.n_faulty)
		log_error("reload: %zu files have faults; the policies of their sites stay as they "
		          "were",
		        daemon->policies.n_faulty);
	else
		log_info("reload: done");
	notify_ready("ready");
}

/* Roles and limits of new connections change at once; what does not is named. */
static int reload_settings(struct daemon *daemon)
{
	struct settings settings;
	char restart[512];
	int error = settings_load(daemon->options, &settings);

	if (error != 0)
		return error;
	settings_compare(&daemon->settings, &settings, restart, sizeof(restart));
	if (restart[0])
		log_warning("reload: these take effect at the next start: %s", restart);
	settings_deinit(&daemon->settings);
	daemon->settings = settings;
	log_set_level((enum log_level)settings.config.log_level);
	if (grant_roles(daemon, &daemon->settings.config) != EXIT_STATUS_OK)
		return -E2BIG;
	server_refresh_peers(daemon->server);
	return 0;
}

static void on_reload(void *ctx)
{
	struct daemon *daemon = ctx;

	if (daemon->stopping)
		return;
	notify_reloading();
	if (reload_settings(daemon) != 0)
		log_error("reload: the configuration has faults; the old one stays");
	daemon->policies.loaded_fn = on_loaded;
	daemon->policies.ctx = daemon;
	policies_load(&daemon->policies, daemon->options, daemon->settings.policies);
}

static void on_housekeeping(uv_timer_t *timer)
{
	struct daemon *daemon = timer->data;

	if (store_check_readers(&daemon->store) != 0)
		log_warning("store: readers of a process that died could not be cleared");
	if (store_reader_age_ms(&daemon->store) > READER_AGE_MS)
		log_error("store: a snapshot is held for too long; the files grow");
}

/* ---- together ---- */

static int start_handles(struct daemon *daemon)
{
	int error = uv_async_init(&daemon->loop, &daemon->woken, on_woken);

	if (error != 0)
		return fail("event loop", error);
	uv_timer_init(&daemon->loop, &daemon->housekeeping);
	uv_timer_init(&daemon->loop, &daemon->stop_timer);
	daemon->woken.data = daemon->housekeeping.data = daemon->stop_timer.data = daemon;
	daemon->has_handles = true;
	uv_timer_start(&daemon->housekeeping, on_housekeeping, HOUSEKEEPING_MS, HOUSEKEEPING_MS);
	return EXIT_STATUS_OK;
}

/* As many connections as there are descriptors for; returns the highest descriptor to expect. */
static uint64_t fit_connections(struct config *config, uint64_t n_descriptors)
{
	uint64_t wanted = config->connections + PROCESS_OWN_DESCRIPTORS;

	if (wanted > n_descriptors) {
		wanted = n_descriptors;
		config->connections = n_descriptors > 2 * PROCESS_OWN_DESCRIPTORS
		                              ? n_descriptors - PROCESS_OWN_DESCRIPTORS
		                              : n_descriptors / 2;
		log_warning("limits: %" PRIu64 " descriptors are enough for %" PRIu64
		            " connections; raise LimitNOFILE for more",
		        n_descriptors, config->connections);
	}
	return wanted - 1;
}

static int start_loop(struct daemon *daemon)
{
	uint64_t n_descriptors = process_prepare();
	int error = uv_loop_init(&daemon->loop);

	if (error != 0)
		return fail("event loop", error);
	daemon->has_loop = true;
	error = process_reserve_watchers(
	        &daemon->loop, fit_connections(&daemon->settings.config, n_descriptors));
	if (error != 0)
		return fail("event loop", error);
	return start_handles(daemon);
}

static int start_signals(struct daemon *daemon)
{
	daemon->signals.stop_fn = on_stop;
	daemon->signals.reload_fn = on_reload;
	daemon->signals.ctx = daemon;
	int error = signals_start(&daemon->signals, &daemon->loop);
	daemon->has_signals = error == 0;
	if (error == 0)
		error = watchdog_start(&daemon->watchdog, &daemon->loop, daemon->commit);
	return error == 0 ? EXIT_STATUS_OK : fail("signals", error);
}

static int prepare(struct daemon *daemon)
{
	int error = settings_load(daemon->options, &daemon->settings);

	if (error != 0)
		return error > 0 ? EXIT_STATUS_INVALID : fail("settings", error);
	daemon->has_settings = true;
	log_set_level((enum log_level)daemon->settings.config.log_level);
	if (sodium_init() < 0)
		return fail("libsodium", -EIO);
	daemon->env = (struct op_env){
	        .version = CONSENT_VERSION,
	        .counters = op_counters_new(),
	        .policies = &daemon->old_policies,
	        .scratch = malloc(sizeof(struct op_scratch)),
	};
	return daemon->env.counters && daemon->env.scratch ? EXIT_STATUS_OK
	                                                   : fail("start", -ENOMEM);
}

static int start(struct daemon *daemon)
{
	int status = prepare(daemon);

	if (status == EXIT_STATUS_OK)
		status = open_store(daemon);
	if (status == EXIT_STATUS_OK)
		status = start_loop(daemon);
	if (status == EXIT_STATUS_OK)
		status = start_commit(daemon);
	daemon->env.commit = daemon->commit;
	if (status == EXIT_STATUS_OK)
		status = load_policies(daemon);
	if (status == EXIT_STATUS_OK)
		status = start_server(daemon);
	return status == EXIT_STATUS_OK ? start_signals(daemon) : status;
}

/* Closes what is left on the loop, and lets it run out. */
static void end_loop(struct daemon *daemon)
{
	if (daemon->server && !daemon->stopping) {
		server_stop(daemon->server);
		server_cut(daemon->server);
	}
	watchdog_stop(&daemon->watchdog);
	if (daemon->has_signals)
		signals_stop(&daemon->signals);
	if (daemon->has_handles) {
		uv_close((uv_handle_t *)&daemon->woken, NULL);
		uv_close((uv_handle_t *)&daemon->housekeeping, NULL);
		uv_close((uv_handle_t *)&daemon->stop_timer, NULL);
	}
	while (uv_run(&daemon->loop, UV_RUN_DEFAULT) != 0)
		;
	server_free(daemon->server);
	uv_loop_close(&daemon->loop);
}

static void end(struct daemon *daemon)
{
	if (daemon->commit)
		commit_stop(daemon->commit);
	if (daemon->has_loop)
		end_loop(daemon);
	listening_remove(&daemon->listening);
	listening_deinit(&daemon->listening);
	op_policies_deinit(&daemon->old_policies);
	op_counters_free(daemon->env.counters);
	free(daemon->env.scratch);
	daemon->commit = commit_free(daemon->commit);
	if (daemon->stopping && store_mark_clean(&daemon->store) != 0)
		log_warning("store: the clean stop could not be noted; the next start checks it");
	if (daemon->has_store)
		store_close(&daemon->store);
	if (daemon->has_settings)
		settings_deinit(&daemon->settings);
}

int daemon_run(const struct options *options)
{
	static struct daemon daemon;

	daemon.options = options;
	listening_init(&daemon.listening);
	int status = start(&daemon);
	if (status == EXIT_STATUS_OK) {
		log_info("ready");
		notify_ready("ready");
		uv_run(&daemon.loop, UV_RUN_DEFAULT);
	}
	end(&daemon);
	return status;
}
