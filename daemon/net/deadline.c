/*
 * The timer runs to the earliest deadline there was when it was started. When it fires and that one
 * has moved on meanwhile, it is set to the earliest there is now; so an active connection moves its
 * deadline thousands of times for one firing of the timer.
 */
#include "daemon/net/deadline.h"

#include <assert.h>

static void on_timer(uv_timer_t *timer);

/* The earliest deadline of all kinds, or NULL. */
static struct deadline *earliest(struct deadlines *deadlines)
{
	struct deadline *first = NULL;

	for (size_t kind = 0; kind < DEADLINE_N_KINDS; kind++) {
		struct deadline *d = TAILQ_FIRST(&deadlines->lists[kind]);

		if (d && (!first || d->at_ms < first->at_ms))
			first = d;
	}
	return first;
}

static void start_timer(struct deadlines *deadlines, uint64_t at_ms)
{
	uint64_t now_ms = uv_now(deadlines->timer.loop);
	int error =
	        uv_timer_start(&deadlines->timer, on_timer, at_ms > now_ms ? at_ms - now_ms : 0, 0);

	assert(error == 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct deadlines *deadlines = timer->data;
	struct deadline *d;

	while ((d = earliest(deadlines)) && d->at_ms <= uv_now(timer->loop)) {
		deadline_clear(deadlines, d);
		deadlines->passed_fn(d);
	}
	if (d)
		start_timer(deadlines, d->at_ms);
}

int deadlines_init(struct deadlines *deadlines, uv_loop_t *loop,
        const uint64_t duration_ms[DEADLINE_N_KINDS], void (*passed_fn)(struct deadline *deadline))
{
	for (size_t kind = 0; kind < DEADLINE_N_KINDS; kind++) {
		TAILQ_INIT(&deadlines->lists[kind]);
		deadlines->duration_ms[kind] = duration_ms[kind];
	}
	deadlines->passed_fn = passed_fn;
	deadlines->timer.data = deadlines;
	return uv_timer_init(loop, &deadlines->timer);
}

void deadlines_close(struct deadlines *deadlines, uv_close_cb closed_fn)
{
	uv_close((uv_handle_t *)&deadlines->timer, closed_fn);
}

void deadline_set(struct deadlines *deadlines, struct deadline *deadline, enum deadline_kind kind)
{
	uv_timer_t *timer = &deadlines->timer;

	deadline_clear(deadlines, deadline);
	deadline->set = true;
	deadline->kind = kind;
	deadline->at_ms = uv_now(timer->loop) + deadlines->duration_ms[kind];
	TAILQ_INSERT_TAIL(&deadlines->lists[kind], deadline, entry);
	if (!uv_is_active((uv_handle_t *)timer) ||
	        uv_timer_get_due_in(timer) > deadlines->duration_ms[kind])
		start_timer(deadlines, deadline->at_ms);
}

void deadline_clear(struct deadlines *deadlines, struct deadline *deadline)
{
	if (!deadline->set)
		return;
	TAILQ_REMOVE(&deadlines->lists[deadline->kind], deadline, entry);
	deadline->set = false;
}
