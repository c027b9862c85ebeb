/*
 * The kernel says who is at the other end: SO_PEERCRED names the uid and the primary group as they
 * were at connect, SO_PEERGROUPS the supplementary groups. Nothing that the peer sends has a part
 * in it, and nothing is looked up by name, so no directory service can stall the accept.
 *
 * Roles only ever add up. Whoever is named nowhere holds none.
 */
#include "daemon/access/access.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Most peers have a handful of groups; those with more cost one allocation at accept. */
enum { GROUPS_ON_STACK = 64 };

static const gid_t no_group = (gid_t)-1;

static bool in_group(const gid_t *groups, size_t n_groups, gid_t group)
{
	for (size_t i = 0; i < n_groups; i++) {
		if (groups[i] == group)
			return true;
	}
	return false;
}

/*
 * The supplementary groups and, behind them, room for one more. `*n` is the capacity before and
 * the count after. The memory is `inner`, or allocated where that is too small.
 */
static int read_groups(int fd, gid_t *inner, size_t *n, gid_t **ret)
{
	gid_t *groups = inner;
	socklen_t n_bytes = (socklen_t)((*n - 1) * sizeof(gid_t));

	while (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n_bytes) != 0) {
		int error = error_errno();

		if (groups != inner)
			free(groups);
		if (error != -ERANGE)
			return error;
		/* The length that it takes was written to n_bytes. */
		groups = malloc(n_bytes + sizeof(gid_t));
		if (!groups)
			return -ENOMEM;
	}
	*n = n_bytes / sizeof(gid_t);
	*ret = groups;
	return 0;
}

void access_init(struct access *access)
{
	*access = (struct access){.own_uid = geteuid(), .socket_group = no_group};
}

int access_add(struct access *access, struct access_grant grant)
{
	if (access->n_grants == ACCESS_MAX_GRANTS)
		return 1;
	access->grants[access->n_grants++] = grant;
	return 0;
}

unsigned int access_roles(
        const struct access *access, uid_t uid, const gid_t *groups, size_t n_groups)
{
	unsigned int roles = 0;

	if (uid == 0 || uid == access->own_uid)
		return PROTO_ROLES_ALL;
	if (access->socket_group != no_group && in_group(groups, n_groups, access->socket_group))
		roles |= PROTO_ROLE_READER | PROTO_ROLE_RECORDER;
	for (size_t i = 0; i < access->n_grants; i++) {
		const struct access_grant *grant = &access->grants[i];

		if (grant->is_group ? in_group(groups, n_groups, grant->id) : grant->id == uid)
			roles |= grant->roles;
	}
	return roles;
}

int access_peer_of(const struct access *access, int fd, struct access_peer *ret)
{
	struct ucred credentials;
	socklen_t n_bytes = sizeof(credentials);
	gid_t inner[GROUPS_ON_STACK];
	size_t n_groups = GROUPS_ON_STACK;
	gid_t *groups;
	int error;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &n_bytes) != 0)
		return error_errno();
	error = read_groups(fd, inner, &n_groups, &groups);
	if (error != 0)
		return error;
	groups[n_groups++] = credentials.gid;
	ret->uid = credentials.uid;
	ret->roles = access_roles(access, credentials.uid, groups, n_groups);
	if (groups != inner)
		free(groups);
	return 0;
}
