/*
 * Who may do what: roles of a peer, from its credentials at accept. Any thread once configured.
 *
 * Default: the daemon's own uid and root hold all roles; members of the socket's group hold reader
 * and recorder; everybody else who gets through the socket's mode holds none.
 */
#ifndef DAEMON_ACCESS_ACCESS_H
#define DAEMON_ACCESS_ACCESS_H

#include <sys/types.h>

#include "daemon/base/error.h"
#include "proto/tables.h"

enum {
	ACCESS_MAX_GRANTS = 256,
	/*
	 * What the kernel reports for an id that it cannot map, whoever it is (user namespaces,
	 * /proc/sys/kernel/overflowuid): a role of it would be everybody's.
	 */
	ACCESS_UNKNOWN_ID = 65534,
};

/* Roles of one uid or gid, as the configuration says. */
struct access_grant {
	bool is_group;
	uint32_t id; /* uid_t or gid_t */
	unsigned int roles;
};

struct access {
	uid_t own_uid;
	gid_t socket_group; /* (gid_t)-1: none */
	struct access_grant grants[ACCESS_MAX_GRANTS];
	size_t n_grants;
};

/* The peer of a connection, for as long as it lasts. */
struct access_peer {
	uid_t uid;
	unsigned int roles; /* enum proto_role, or-ed */
};

/* Defaults: own uid and root. */
void access_init(struct access *access);
/* 1 where ACCESS_MAX_GRANTS are reached. */
MUST_USE int access_add(struct access *access, struct access_grant grant);

/* Roles of credentials: uid, and all groups (primary and supplementary). */
unsigned int access_roles(
        const struct access *access, uid_t uid, const gid_t *groups, size_t n_groups);
/* Reads SO_PEERCRED and SO_PEERGROUPS of a connected socket. -errno. */
MUST_USE int access_peer_of(const struct access *access, int fd, struct access_peer *ret);

static inline bool access_holds(const struct access_peer *peer, enum proto_role role)
{
	return ((unsigned int)role & ~peer->roles) == 0;
}

#endif
