/*
 * One daemon a directory, and a directory that is this machine's own: LMDB coordinates through
 * shared memory and page cache, neither of which a network file system keeps the same on two
 * hosts. The list has what Linux knows as remote or clustered, and what cannot be told apart from
 * it: FUSE and 9p may be anything.
 */
#include "daemon/store/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/store/file.h"

static const char LOCK[] = "lock", MARK[] = "clean";

/* From linux/magic.h and the file systems' own sources. */
static const unsigned long remote_types[] = {
        0x6969,     /* NFS */
        0x517B,     /* SMB */
        0xFF534D42, /* CIFS */
        0xFE534D42, /* SMB2 and later */
        0x00C36400, /* Ceph */
        0x5346414F, /* AFS */
        0x6B414653, /* kAFS */
        0x73757245, /* Coda */
        0x01021997, /* 9p */
        0x65735546, /* FUSE: sshfs, GlusterFS, virtiofs, … */
        0x0BD00BD0, /* Lustre */
        0x01161970, /* GFS2 */
        0x7461636F, /* OCFS2 */
        0x20030528, /* OrangeFS */
        0x19830326, /* BeeGFS */
        0x47504653, /* GPFS */
        0x564C,     /* NCP */
        0x786F4256, /* VirtualBox shared folders */
        0xBACBACBC, /* VMware shared folders */
        0xAAD7AAEA, /* Panasas */
};

bool dir_is_remote(unsigned long f_type)
{
	for (size_t i = 0; i < sizeof(remote_types) / sizeof(remote_types[0]); i++)
		if (remote_types[i] == (f_type & 0xFFFFFFFF))
			return true;
	return false;
}

/* The new directory's own name lies in its parent. */
static int sync_parent(int dir_fd)
{
	int fd = openat(dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno();
	int r = file_sync_directory(fd);
	close(fd);
	return r;
}

static int open_local(const char *path, int *ret_dir_fd)
{
	struct statfs fs;
	bool made = mkdir(path, 0700) == 0;
	if (!made && errno != EEXIST)
		return error_errno();
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno();
	int r = fstatfs(fd, &fs) == 0 ? 0 : error_errno();
	if (r == 0 && dir_is_remote((unsigned long)fs.f_type))
		r = DIR_E_REMOTE;
	if (r == 0 && made)
		r = sync_parent(fd);
	if (r != 0)
		close(fd);
	else
		*ret_dir_fd = fd;
	return r;
}

static int lock(int dir_fd, int *ret_lock_fd)
{
	int fd = openat(dir_fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno();
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret_lock_fd = fd;
		return 0;
	}
	int r = errno == EWOULDBLOCK ? DIR_E_LOCKED : error_errno();
	close(fd);
	return r;
}

int dir_open(const char *path, int *ret_dir_fd, int *ret_lock_fd)
{
	int dir_fd;
	int r = open_local(path, &dir_fd);
	if (r != 0)
		return r;
	r = lock(dir_fd, ret_lock_fd);
	if (r != 0)
		close(dir_fd);
	else
		*ret_dir_fd = dir_fd;
	return r;
}

int dir_has(int dir_fd, const char *name, bool *ret)
{
	struct stat st;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*ret = true;
	else if (errno == ENOENT || errno == ENOTDIR)
		*ret = false;
	else
		return error_errno();
	return 0;
}

int dir_make_mark(int dir_fd)
{
	int fd = openat(dir_fd, MARK, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno();
	int r = fsync(fd) == 0 ? 0 : error_errno();
	close(fd);
	return r != 0 ? r : file_sync_directory(dir_fd);
}

static int remove_entry(int dir_fd, const char *name, int flags, bool *ret)
{
	*ret = unlinkat(dir_fd, name, flags) == 0;
	return *ret || errno == ENOENT ? 0 : error_errno();
}

int dir_take_mark(int dir_fd, bool *ret)
{
	bool was_there;
	int r = remove_entry(dir_fd, MARK, 0, &was_there);
	if (r == 0 && was_there)
		r = file_sync_directory(dir_fd);
	if (r == 0)
		*ret = was_there;
	return r;
}

int dir_remove_env(int dir_fd, const char *name)
{
	bool removed;
	int env_fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (env_fd < 0)
		return errno == ENOENT ? 0 : error_errno();
	int r = remove_entry(env_fd, "data.mdb", 0, &removed);
	if (r == 0)
		r = remove_entry(env_fd, "lock.mdb", 0, &removed);
	close(env_fd);
	if (r == 0)
		r = remove_entry(dir_fd, name, AT_REMOVEDIR, &removed);
	return r == 0 ? file_sync_directory(dir_fd) : r;
}
