/*
 * libuv turns signals into turns of the loop, so nothing here runs inside a signal handler.
 *
 * With its last handle a signal gets its default action back, which is to kill. The store is closed
 * after the handles, so the signals are blocked first; no other thread takes them, for each was
 * started while they were blocked.
 */
#include "daemon/run/signals.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>

static const int numbers[SIGNALS_N] = {SIGTERM, SIGINT, SIGHUP};

static void on_signal(uv_signal_t *handle, int number)
{
	struct signals *signals = handle->data;

	if (number == SIGHUP)
		signals->reload_fn(signals->ctx);
	else
		signals->stop_fn(signals->ctx);
}

static void change_mask(int how)
{
	sigset_t set;
	int error;

	sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS_N; i++)
		sigaddset(&set, numbers[i]);
	error = pthread_sigmask(how, &set, NULL);
	assert(error == 0);
}

void signals_block(void)
{
	change_mask(SIG_BLOCK);
}

void signals_unblock(void)
{
	change_mask(SIG_UNBLOCK);
}

int signals_start(struct signals *signals, uv_loop_t *loop)
{
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
	signals_block();
	for (size_t i = 0; i < SIGNALS_N; i++)
		uv_close((uv_handle_t *)&signals->handles[i], NULL);
}
