/*
 * Roles from credentials: the rule on made-up ones, then the kernel's own, of peers that connect as
 * other users. The second half needs root, and says so where it is skipped.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/access/access.h"

#define APP_ROLES (unsigned int)(PROTO_ROLE_READER | PROTO_ROLE_RECORDER)

static struct access access_of(uid_t own_uid, gid_t socket_group)
{
	struct access access;

	access_init(&access);
	access.own_uid = own_uid;
	access.socket_group = socket_group;
	return access;
}

static void add(struct access *access, bool is_group, uint32_t id, unsigned int roles)
{
	cr_assert_eq(access_add(access, (struct access_grant){is_group, id, roles}), 0);
}

Test(access_roles, own_uid_and_root_hold_all)
{
	struct access access = access_of(1000, (gid_t)-1);

	cr_assert_eq(access_roles(&access, 0, NULL, 0), PROTO_ROLES_ALL);
	cr_assert_eq(access_roles(&access, 1000, NULL, 0), PROTO_ROLES_ALL);
	cr_assert_eq(access_roles(&access, 1001, NULL, 0), 0);
}

Test(access_roles, socket_group_holds_reader_and_recorder)
{
	struct access access = access_of(1000, 50);
	gid_t groups[] = {7, 50};

	cr_assert_eq(access_roles(&access, 1001, groups, 2), APP_ROLES);
	cr_assert_eq(access_roles(&access, 1001, groups, 1), 0);
}

Test(access_roles, no_socket_group_matches_nobody)
{
	struct access access = access_of(1000, (gid_t)-1);
	gid_t groups[] = {(gid_t)-1};

	cr_assert_eq(access_roles(&access, 1001, groups, 1), 0);
}

Test(access_roles, grants_add_up)
{
	struct access access = access_of(1000, (gid_t)-1);
	gid_t groups[] = {60};

	add(&access, false, 1001, PROTO_ROLE_READER);
	add(&access, true, 60, PROTO_ROLE_AUDITOR);
	add(&access, true, 61, PROTO_ROLE_ADMIN);
	cr_assert_eq(
	        access_roles(&access, 1001, groups, 1), PROTO_ROLE_READER | PROTO_ROLE_AUDITOR);
}

Test(access_roles, a_uid_is_no_gid)
{
	struct access access = access_of(1000, (gid_t)-1);
	gid_t groups[] = {1001};

	add(&access, false, 1001, PROTO_ROLE_ADMIN);
	add(&access, true, 1002, PROTO_ROLE_READER);
	cr_assert_eq(access_roles(&access, 1002, groups, 1), 0);
}

Test(access_add, full_at_the_limit)
{
	struct access access = access_of(1000, (gid_t)-1);

	for (uint32_t i = 0; i < ACCESS_MAX_GRANTS; i++)
		add(&access, false, 2000 + i, PROTO_ROLE_READER);
	cr_assert_eq(access_add(&access, (struct access_grant){false, 1, 1}), 1);
	cr_assert_eq(
	        access_roles(&access, 2000 + ACCESS_MAX_GRANTS - 1, NULL, 0), PROTO_ROLE_READER);
}

Test(access_holds, needs_every_bit)
{
	struct access_peer peer = {.uid = 1, .roles = PROTO_ROLE_READER};

	cr_assert(access_holds(&peer, PROTO_ROLE_READER));
	cr_assert(access_holds(&peer, PROTO_ROLE_ANY));
	cr_assert_not(access_holds(&peer, PROTO_ROLE_ADMIN));
}

/*
 * Connects as another user to a listening socket in the abstract namespace (no file, no mode), and
 * returns what the daemon's side reads of it.
 */
struct identity {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
};

static void connect_as(const struct identity *who, const struct sockaddr_un *address, socklen_t n)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char byte;

	if (setgroups(who->n_groups, who->groups) != 0 || setgid(who->gid) != 0 ||
	        setuid(who->uid) != 0)
		_exit(1);
	if (fd < 0 || connect(fd, (const struct sockaddr *)address, n) != 0)
		_exit(2);
	/* Held open until the other side has read the credentials. */
	_exit(read(fd, &byte, 1) == 0 ? 0 : 3);
}

static struct access_peer peer_as(const struct access *access, const struct identity *who)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t n = sizeof(address.sun_family);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct access_peer peer;
	int fd, status;
	pid_t pid;

	/* Autobind: the kernel picks a free abstract name. */
	cr_assert_eq(bind(listener, (struct sockaddr *)&address, n), 0);
	n = sizeof(address);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &n), 0);
	cr_assert_eq(listen(listener, 1), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		close(listener);
		connect_as(who, &address, n);
	}
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_assert_eq(access_peer_of(access, fd, &peer), 0);
	close(fd);
	close(listener);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	return peer;
}

static void needs_root(void)
{
	if (geteuid() != 0)
		cr_skip_test("only root can connect as somebody else");
}

Test(access_peer_of, itself)
{
	struct access access;
	struct access_peer peer;
	int fds[2];

	access_init(&access);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	cr_assert_eq(access_peer_of(&access, fds[0], &peer), 0);
	cr_assert_eq(peer.uid, geteuid());
	cr_assert_eq(peer.roles, PROTO_ROLES_ALL);
	close(fds[0]);
	close(fds[1]);
}

Test(access_peer_of, no_socket)
{
	struct access access;
	struct access_peer peer;
	int fds[2];

	access_init(&access);
	cr_assert_eq(pipe(fds), 0);
	cr_assert_eq(access_peer_of(&access, fds[0], &peer), -ENOTSOCK);
	close(fds[0]);
	close(fds[1]);
}

Test(access_peer_of, two_uids_stay_distinct)
{
	struct access access = access_of(0, (gid_t)-1);
	struct access_peer one, two;

	needs_root();
	add(&access, false, 64001, PROTO_ROLE_READER);
	add(&access, false, 64002, PROTO_ROLE_ADMIN);
	one = peer_as(&access, &(struct identity){.uid = 64001, .gid = 64001});
	two = peer_as(&access, &(struct identity){.uid = 64002, .gid = 64001});
	cr_assert_eq(one.uid, 64001);
	cr_assert_eq(one.roles, PROTO_ROLE_READER);
	cr_assert_eq(two.uid, 64002);
	cr_assert_eq(two.roles, PROTO_ROLE_ADMIN);
}

Test(access_peer_of, primary_group_counts)
{
	struct access access = access_of(0, 64010);
	struct access_peer peer;

	needs_root();
	peer = peer_as(&access, &(struct identity){.uid = 64001, .gid = 64010});
	cr_assert_eq(peer.roles, APP_ROLES);
	peer = peer_as(&access, &(struct identity){.uid = 64001, .gid = 64011});
	cr_assert_eq(peer.roles, 0);
}

Test(access_peer_of, supplementary_group_counts)
{
	struct access access = access_of(0, (gid_t)-1);
	gid_t groups[] = {64020, 64021};
	struct access_peer peer;

	needs_root();
	add(&access, true, 64021, PROTO_ROLE_AUDITOR);
	peer = peer_as(&access, &(struct identity){64001, 64001, groups, 2});
	cr_assert_eq(peer.roles, PROTO_ROLE_AUDITOR);
	peer = peer_as(&access, &(struct identity){64001, 64001, groups, 1});
	cr_assert_eq(peer.roles, 0);
}

Test(access_peer_of, more_groups_than_fit_on_the_stack)
{
	struct access access = access_of(0, (gid_t)-1);
	gid_t groups[300];
	struct access_peer peer;

	needs_root();
	for (size_t i = 0; i < 300; i++)
		groups[i] = (gid_t)(30000 + i);
	add(&access, true, 30299, PROTO_ROLE_ADMIN);
	for (size_t n = 62; n <= 65; n++) {
		peer = peer_as(&access, &(struct identity){64001, 30299, groups, n});
		cr_assert_eq(peer.roles, PROTO_ROLE_ADMIN, "with %zu groups", n);
	}
	peer = peer_as(&access, &(struct identity){64001, 64001, groups, 300});
	cr_assert_eq(peer.roles, PROTO_ROLE_ADMIN);
}
