/*
 * A loop that turns proves nothing while the committer hangs in a sync: a sign of life is a write
 * that came back. Where the last one has not, none is sent, and systemd's patience runs.
 */
#include "daemon/run/watchdog.h"

#include "daemon/run/notify.h"

static int apply_nothing(struct commit_request *request, struct group *group)
{
	(void)request;
	(void)group;
	return 0;
}

static void on_round_trip(struct commit_request *request)
{
	((struct watchdog *)request)->under_way = false;
	notify_alive();
}

static void on_timer(uv_timer_t *timer)
{
	struct watchdog *watchdog = timer->data;

	if (!watchdog->under_way)
		watchdog->under_way = commit_submit(watchdog->commit, &watchdog->request);
}

int watchdog_start(struct watchdog *watchdog, uv_loop_t *loop, struct commit *commit)
{
	uint64_t period_ms = notify_watchdog_ms() / 3;

	if (period_ms == 0)
		return 0;
	*watchdog = (struct watchdog){.request = {.apply_fn = apply_nothing,
	                                      .done_fn = on_round_trip,
	                                      .removal = true,
	                                      .own = true},
	        .commit = commit};
	int error = uv_timer_init(loop, &watchdog->timer);
	if (error != 0)
		return error;
	watchdog->started = true;
	watchdog->timer.data = watchdog;
	return uv_timer_start(&watchdog->timer, on_timer, 0, period_ms);
}

void watchdog_stop(struct watchdog *watchdog)
{
	if (watchdog->started)
		uv_close((uv_handle_t *)&watchdog->timer, NULL);
	watchdog->started = false;
}
