/*
 * A socket that systemd holds outlives the daemon: clients wait in its queue during a restart. Its
 * file is systemd's, and never removed here.
 */
#include "daemon/run/listening.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "daemon/base/log.h"
#include "daemon/run/notify.h"

/* Connections that wait while accepting pauses; the kernel cuts it to net.core.somaxconn. */
enum { BACKLOG = 4096 };

/* That of the socket's file, whose members hold roles by it; (gid_t)-1: nobody does. */
static gid_t group_of(int fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNSPEC};
	socklen_t n_bytes = sizeof(address);
	struct stat status;

	if (getsockname(fd, (struct sockaddr *)&address, &n_bytes) != 0 ||
	        n_bytes <= offsetof(struct sockaddr_un, sun_path) || address.sun_path[0] == '\0' ||
	        stat(address.sun_path, &status) != 0)
		return (gid_t)-1;
	if (status.st_gid == ACCESS_UNKNOWN_ID) {
		log_warning("%s: its group is the one that unknown groups read as (%d), so it "
		            "gives no roles; set another",
		        address.sun_path, ACCESS_UNKNOWN_ID);
		return (gid_t)-1;
	}
	return status.st_gid;
}

static int open_own(struct listening *listening, const struct settings *settings)
{
	struct bind_options options = {
	        .path = settings->socket_path,
	        .mode = (mode_t)settings->config.socket.mode,
	        .group = settings->config.socket_group,
	        .backlog = BACKLOG,
	};
	int error = bind_open(&options, &listening->bound);
	char message[512];

	if (error != 0) {
		bind_format_error(&options, error, message, sizeof(message));
		log_error("%s", message);
		return LISTENING_E_FAILED;
	}
	listening->fd = listening->bound.fd;
	return 0;
}

void listening_init(struct listening *listening)
{
	*listening = (struct listening){
	        .fd = -1,
	        .group = (gid_t)-1,
	        .bound = {.fd = -1, .lock_fd = -1},
	};
}

int listening_open(struct listening *listening, const struct settings *settings)
{
	int error = notify_listen_fd(&listening->fd);

	switch (error) {
	case 0:
		break;
	case NOTIFY_E_NONE:
		if (open_own(listening, settings) != 0)
			return LISTENING_E_FAILED;
		break;
	case NOTIFY_E_MANY:
		log_error("systemd passed several sockets; the unit must have one");
		return LISTENING_E_FAILED;
	case NOTIFY_E_KIND:
		log_error("systemd passed something else than a listening Unix stream socket; "
		          "the unit must say ListenStream=/a/path");
		return LISTENING_E_FAILED;
	default:
		log_error("the socket that systemd passed cannot be used: %s", strerror(-error));
		return LISTENING_E_FAILED;
	}
	listening->group = group_of(listening->fd);
	return 0;
}

void listening_remove(struct listening *listening)
{
	bind_remove(&listening->bound);
}

void listening_deinit(struct listening *listening)
{
	bind_deinit(&listening->bound);
}
