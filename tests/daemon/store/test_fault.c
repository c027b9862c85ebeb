/*
 * A disk that fails: LMDB's writes and syncs go through here first. What a commit answers decides
 * whether the daemon goes on, so each fault has its own answer, and nothing that was committed may
 * change.
 */
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum place { NOWHERE, DATA, META, SYNC };

/* Meta pages are the first two of the file. */
enum { META_BYTES = 2 * 4096 };

static struct {
	enum place place;
	int error;
	bool short_write, disk_full;
	int n_failed;
} fault;

static bool fails(enum place place)
{
	if (fault.place != place)
		return false;
	fault.n_failed++;
	errno = fault.error;
	return true;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	if (fails(at < META_BYTES ? META : DATA)) {
		if (!fault.short_write)
			return -1;
		n /= 2;
	}
	return syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return fails(DATA) ? -1 : syscall(SYS_writev, fd, iov, n);
}

int fdatasync(int fd)
{
	return fails(SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fstatvfs(int fd, struct statvfs *ret)
{
	(void)fd;
	*ret = (struct statvfs){.f_bsize = 4096, .f_frsize = 4096};
	ret->f_bavail = fault.disk_full ? 0 : 1000;
	return 0;
}

static struct keys keys;
static int dir_fd;
static struct ledger *ledger;
static struct ledger_reader *reader;

static void open_ledger(void)
{
	cr_assert_eq(ledger_open(dir_fd, "ledger", &keys, 64 << 20, &ledger), 0);
	cr_assert_eq(ledger_reader_new(ledger, &reader), 0);
}

static void close_ledger(void)
{
	reader = ledger_reader_free(reader);
	ledger_close(ledger);
}

static int append(uint64_t n)
{
	int r = ledger_begin(ledger);
	for (uint64_t i = 0; r == 0 && i < n; i++) {
		struct event event = stored_event(1, ledger_head(ledger) + i + 1);
		r = ledger_append(ledger, &event);
	}
	return r == 0 ? ledger_commit(ledger) : r;
}

static void begin(void)
{
	scratch_begin();
	keys = stored_keys();
	dir_fd = open(scratch_path(""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(dir_fd, 0);
	open_ledger();
	cr_assert_eq(append(100), 0);
}

static void end(void)
{
	fault.place = NOWHERE;
	close_ledger();
	close(dir_fd);
	scratch_end();
}

TestSuite(store_fault, .init = begin, .fini = end);

static void check_chain(uint64_t n_events)
{
	uint8_t chain[EVENT_HASH_BYTES] = {0};
	cr_assert_eq(ledger_head(ledger), n_events);
	cr_assert_eq(ledger_reader_renew(reader), 0);
	for (uint64_t revision = 1; revision <= n_events; revision++) {
		struct event_leaf leaf;
		cr_assert_eq(ledger_read_leaf(reader, revision, &leaf), 0);
		event_chain_hash(chain, revision, leaf.body_digest, chain);
		cr_assert_arr_eq(chain, leaf.chain_hash, sizeof(chain));
	}
	ledger_reader_reset(reader);
}

/* What a commit answers under the fault. */
static int commit_under(enum place place, int error)
{
	fault.place = place;
	fault.error = error;
	int r = append(50);
	fault.place = NOWHERE;
	cr_assert_gt(fault.n_failed, 0);
	return r;
}

static void check_goes_on(uint64_t n_events)
{
	check_chain(n_events);
	cr_assert_eq(append(10), 0);
	check_chain(n_events + 10);
	close_ledger();
	open_ledger();
	check_chain(n_events + 10);
}

Test(store_fault, the_control_without_a_fault)
{
	cr_assert_eq(append(50), 0);
	check_goes_on(150);
	cr_assert_eq(fault.n_failed, 0);
}

Test(store_fault, a_full_disk_is_an_outcome)
{
	cr_assert_eq(commit_under(DATA, ENOSPC), LEDGER_E_FULL);
	check_goes_on(100);
}

Test(store_fault, a_quota_of_the_file_system_is_a_full_disk)
{
	cr_assert_eq(commit_under(DATA, EDQUOT), LEDGER_E_FULL);
	check_goes_on(100);
}

Test(store_fault, a_failed_write_on_a_full_disk_is_a_full_disk)
{
	fault.disk_full = true;
	cr_assert_eq(commit_under(DATA, EIO), LEDGER_E_FULL);
	check_goes_on(100);
}

Test(store_fault, a_failed_write_is_a_fault)
{
	cr_assert_eq(commit_under(DATA, EIO), -EIO);
	check_chain(100);
}

Test(store_fault, a_failed_sync_is_a_fault)
{
	cr_assert_eq(commit_under(SYNC, EIO), -EIO);
	check_chain(100);
}

/* Whether it is durable is not known: nothing may be read or written until it is opened anew. */
static void check_panic(int error)
{
	cr_assert_eq(commit_under(META, error), -EIO);
	cr_assert_eq(append(1), -EIO);
	cr_assert_eq(ledger_reader_renew(reader), -EIO);
	close_ledger();
	open_ledger();
	cr_assert(ledger_head(ledger) == 100 || ledger_head(ledger) == 150);
	check_goes_on(ledger_head(ledger));
}

Test(store_fault, a_failed_write_of_the_meta_page_ends_everything)
{
	check_panic(EIO);
}

Test(store_fault, a_full_disk_at_the_meta_page_is_no_outcome)
{
	check_panic(ENOSPC);
}

Test(store_fault, a_full_disk_that_reports_a_failed_meta_page_is_no_outcome)
{
	fault.disk_full = true;
	check_panic(EIO);
}

Test(store_fault, a_meta_page_that_was_written_in_part_is_no_outcome)
{
	fault.short_write = true;
	check_panic(EIO);
}

Test(store_fault, a_view_forgets_what_did_not_fit)
{
	struct view *view;
	struct record record = stored_event(1, 1).result;
	cr_assert_eq(view_open(dir_fd, "view", &keys, 64 << 20, &view), 0);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(view_begin(view), 0);
		for (uint64_t n = 0; n < 100; n++)
			cr_assert_eq(view_put(view, stored_key(1, n), &record), 0);
		fault.place = i == 0 ? DATA : NOWHERE;
		fault.error = ENOSPC;
		cr_assert_eq(view_commit(view, 5), i == 0 ? VIEW_E_FULL : 0);
		cr_assert_eq(view_checkpoint(view), i == 0 ? 0 : 5);
		cr_assert_eq(view_count(view), i == 0 ? 0 : 100);
	}
	view_close(view);
}
