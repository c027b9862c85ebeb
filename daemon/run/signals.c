/*
 * libuv turns signals into turns of the loop, so nothing here runs inside a signal handler.
 */
#include "daemon/run/signals.h"

#include <signal.h>

static void on_signal(uv_signal_t *handle, int number)
{
	struct signals *signals = handle->data;

	if (number == SIGHUP)
		signals->reload_fn(signals->ctx);
	else
		signals->stop_fn(signals->ctx);
}

int signals_start(struct signals *signals, uv_loop_t *loop)
{
	static const int numbers[SIGNALS_N] = {SIGTERM, SIGINT, SIGHUP};

	for (size_t i = 0; i < SIGNALS_N; i++) {
		int error = uv_signal_init(loop, &signals->handles[i]);

		signals->handles[i].data = signals;
		if (error == 0)
			error = uv_signal_start(&signals->handles[i], on_signal, numbers[i]);
		if (error != 0)
			return error;
	}
	return 0;
}

void signals_stop(struct signals *signals)
{
	for (size_t i = 0; i < SIGNALS_N; i++)
		uv_close((uv_handle_t *)&signals->handles[i], NULL);
}
