/*
 * The environment that systemd set is taken out of it, so that nothing the daemon might ever start
 * takes itself for the service.
 */
#include "daemon/run/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "daemon/base/clock.h"

/* A message that does not arrive is nobody's fault here; systemd's own time-outs notice. */
static void tell(const char *state)
{
	int result = sd_notify(0, state);

	(void)result;
}

int notify_listen_fd(int *ret)
{
	int n = sd_listen_fds(1), flags;

	if (n < 0)
		return n;
	if (n == 0)
		return NOTIFY_E_NONE;
	if (n > 1)
		return NOTIFY_E_MANY;
	if (sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
		return NOTIFY_E_KIND;
	flags = fcntl(SD_LISTEN_FDS_START, F_GETFL);
	if (flags < 0 || fcntl(SD_LISTEN_FDS_START, F_SETFL, flags | O_NONBLOCK) != 0)
		return error_errno();
	*ret = SD_LISTEN_FDS_START;
	return 0;
}

void notify_ready(const char *status)
{
	int result = sd_notifyf(0, "READY=1\nSTATUS=%s", status);

	(void)result;
}

void notify_reloading(void)
{
	int result =
	        sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_monotonic_ns() / 1000);

	(void)result;
}

void notify_stopping(void)
{
	tell("STOPPING=1\nSTATUS=committing what is queued");
}

void notify_alive(void)
{
	tell("WATCHDOG=1");
}

uint64_t notify_watchdog_ms(void)
{
	uint64_t usec;

	return sd_watchdog_enabled(1, &usec) > 0 ? usec / 1000 : 0;
}
