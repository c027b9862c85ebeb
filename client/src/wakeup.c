/*
 * An epoll instance is a descriptor that may be polled in turn, and stays the same while sockets come
 * and go. In it are the connection's socket and a timer.
 *
 * Of an epoll instance or a timer the kernel does not tell whether it is the one that was opened:
 * all have one inode. Where the application closes descriptors that it does not know, it closes all
 * of them; so a socket, which has an inode of its own, is opened along with them and asked first.
 * Where it closed one of them alone, the timer is no longer in the epoll instance. Nothing else is
 * done to a number that may be somebody else's by now.
 *
 * A child of fork shares the parent's instances. It may close its copies, but must neither watch nor
 * arm anything through them: that would be done to the parent.
 */
#include "client/src/wakeup.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

void client_wakeup_init(struct client_wakeup *wakeup)
{
	*wakeup = (struct client_wakeup){.epoll = -1, .timer = -1, .witness = -1};
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

static bool add(const struct client_wakeup *wakeup, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	return epoll_ctl(wakeup->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool open_all(struct client_wakeup *wakeup)
{
	struct stat status;
	wakeup->witness = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	wakeup->epoll = epoll_create1(EPOLL_CLOEXEC);
	wakeup->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (wakeup->witness < 0 || wakeup->epoll < 0 || wakeup->timer < 0)
		return false;
	if (fstat(wakeup->witness, &status) != 0 || !add(wakeup, wakeup->timer, EPOLLIN))
		return false;
	wakeup->device = status.st_dev;
	wakeup->inode = status.st_ino;
	return true;
}

bool client_wakeup_open(struct client_wakeup *wakeup)
{
	if (wakeup->epoll >= 0)
		return true;
	if (open_all(wakeup))
		return true;
	close_one(wakeup->witness);
	close_one(wakeup->epoll);
	close_one(wakeup->timer);
	client_wakeup_init(wakeup);
	return false;
}

static bool witnessed(const struct client_wakeup *wakeup)
{
	struct stat status;
	return fstat(wakeup->witness, &status) == 0 && status.st_dev == wakeup->device &&
	       status.st_ino == wakeup->inode;
}

/* Changes nothing, but fails where either is not what it was. */
static bool belong_together(const struct client_wakeup *wakeup)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = wakeup->timer};
	return epoll_ctl(wakeup->epoll, EPOLL_CTL_MOD, wakeup->timer, &event) == 0;
}

bool client_wakeup_usable(struct client_wakeup *wakeup)
{
	if (wakeup->epoll < 0)
		return false;
	bool ours = witnessed(wakeup);
	if (ours && belong_together(wakeup))
		return true;
	if (ours)
		close_one(wakeup->witness);
	client_wakeup_init(wakeup);
	return false;
}

void client_wakeup_close(struct client_wakeup *wakeup)
{
	if (!client_wakeup_usable(wakeup))
		return;
	close_one(wakeup->witness);
	close_one(wakeup->epoll);
	close_one(wakeup->timer);
	client_wakeup_init(wakeup);
}

bool client_wakeup_watch(struct client_wakeup *wakeup, int fd, bool sends)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	if (sends)
		event.events |= EPOLLOUT;
	return epoll_ctl(wakeup->epoll, EPOLL_CTL_MOD, fd, &event) == 0 ||
	       add(wakeup, fd, event.events);
}

void client_wakeup_unwatch(struct client_wakeup *wakeup, int fd)
{
	if (wakeup->epoll >= 0 && fd >= 0)
		(void)epoll_ctl(wakeup->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void client_wakeup_at(struct client_wakeup *wakeup, uint64_t at_ms)
{
	struct itimerspec at = {.it_value = {.tv_sec = (time_t)(at_ms / 1000),
	                                .tv_nsec = (long)(at_ms % 1000) * 1000000}};
	if (wakeup->epoll < 0 || at_ms == wakeup->armed_ms)
		return;
	(void)timerfd_settime(wakeup->timer, TFD_TIMER_ABSTIME, &at, NULL);
	wakeup->armed_ms = at_ms;
}
