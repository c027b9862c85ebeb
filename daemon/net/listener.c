/*
 * Three things end a turn of accepting: nobody waits, the turn's share is used up (the socket stays
 * readable, so the loop comes back), or there is no room. No room means a pause, which the next
 * connection that closes ends; when the machine is out of descriptors, none of ours may ever close,
 * so a timer ends that pause as well.
 */
#include "daemon/net/listener.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/net/server.h"

static void on_readable(uv_poll_t *poll, int status, int events);
static void on_retry(uv_timer_t *timer);

static void start(struct listener *listener)
{
	int error = uv_poll_start(&listener->poll, UV_READABLE, on_readable);

	if (error != 0)
		log_error("cannot wait for connections: %s", uv_strerror(error));
	listener->paused = false;
}

static void pause_accepting(struct listener *listener)
{
	uv_poll_stop(&listener->poll);
	listener->paused = true;
}

static void pause_starved(struct listener *listener, int error)
{
	uint64_t retry_ms = listener->server->options.limits.accept_retry_ms;

	if (!listener->starved)
		log_warning("cannot accept a connection: %s; trying again every %llu ms",
		        uv_strerror(error), (unsigned long long)retry_ms);
	pause_accepting(listener);
	listener->starved = true;
	uv_timer_start(&listener->retry, on_retry, retry_ms, 0);
}

/* Whether the next one may be accepted at once. */
static bool accept_one(struct listener *listener)
{
	int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		listener->starved = false;
		server_accept(listener->server, fd);
		return true;
	}
	switch (errno) {
	case EAGAIN:
		return false;
	case EINTR:
	case ECONNABORTED: /* that one peer is gone */
		return true;
	default: /* EMFILE, ENFILE, ENOBUFS, ENOMEM: what the loop must not spin on */
		pause_starved(listener, error_errno());
		return false;
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct listener *listener = poll->data;
	const struct server_limits *limits = &listener->server->options.limits;

	(void)events;
	if (status < 0) {
		log_error("the listening socket failed: %s", uv_strerror(status));
		pause_accepting(listener);
		return;
	}
	for (uint32_t i = 0; i < limits->accepts_per_turn; i++) {
		if (listener->server->n_connections >= limits->connections) {
			pause_accepting(listener);
			return;
		}
		if (!accept_one(listener))
			return;
	}
}

/* `starved` stays set, so that a machine that stays short is logged once and not at every try. */
static void on_retry(uv_timer_t *timer)
{
	listener_resume(timer->data);
}

int listener_start(struct listener *listener, struct server *server, int fd)
{
	int error;

	*listener = (struct listener){.server = server, .fd = fd};
	listener->poll.data = listener;
	listener->retry.data = listener;
	error = uv_poll_init(server->options.loop, &listener->poll, fd);
	if (error != 0) {
		listener->fd = -1;
		return error;
	}
	error = uv_timer_init(server->options.loop, &listener->retry);
	start(listener);
	return error;
}

void listener_resume(struct listener *listener)
{
	if (listener->fd >= 0 && listener->paused)
		start(listener);
}

void listener_stop(struct listener *listener, uv_close_cb closed_fn)
{
	uv_close((uv_handle_t *)&listener->poll, closed_fn);
	uv_close((uv_handle_t *)&listener->retry, closed_fn);
	close(listener->fd);
	listener->fd = -1;
}
