/* Opening the store: one daemon a directory, the right key, a ledger that is whole, a view in
 * doubt. */
#include "daemon/base/clock.h"
#include "daemon/store/dir.h"
#include "daemon/store/store.h"
#include "daemon/store/tag.h"
#include "tests/support/scratch.h"
#include "tests/support/stored.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct store_options options;
static struct store store;
static char directory[256];

static void begin(void)
{
	scratch_begin();
	snprintf(directory, sizeof(directory), "%s", scratch_path("data"));
	options = (struct store_options){
	        .directory = directory, .ledger_map_bytes = 16 << 20, .view_map_bytes = 16 << 20};
	store = (struct store){.dir_fd = -1, .lock_fd = -1};
}

static void end(void)
{
	store_close(&store);
	scratch_end();
}

TestSuite(store_store, .init = begin, .fini = end);

static void open_store(void)
{
	cr_assert_eq(store_open(&options, &store), 0);
}

/* n events, and their records in the view. */
static void fill(uint64_t n)
{
	uint64_t head = ledger_head(store.ledger);
	cr_assert_eq(ledger_begin(store.ledger), 0);
	cr_assert_eq(view_begin(store.view), 0);
	for (uint64_t i = 0; i < n; i++) {
		struct event event = stored_event(1, head + i + 1);
		cr_assert_eq(ledger_append(store.ledger, &event), 0);
		cr_assert_eq(view_put(store.view, event.key, &event.result), 0);
	}
	cr_assert_eq(ledger_commit(store.ledger), 0);
	cr_assert_eq(view_commit(store.view, head + n), 0);
}

static void refuse(int outcome)
{
	struct store other;
	cr_assert_eq(store_open(&options, &other), outcome);
	if (outcome > 0)
		cr_assert_not_null(store_outcome_text(outcome));
}

static void overwrite(const char *name, off_t at, const void *bytes, size_t n)
{
	int fd = open(scratch_path(name), O_WRONLY | O_CREAT, 0600);
	cr_assert_geq(fd, 0);
	cr_assert_eq(pwrite(fd, bytes, n, at), (ssize_t)n);
	close(fd);
}

Test(store_store, is_made_privately_and_opens_again)
{
	struct stat st;
	static const char *const files[] = {"data/lock", "data/key", "data/ledger/data.mdb",
	        "data/ledger/lock.mdb", "data/view/data.mdb", "data/view/lock.mdb"};
	umask(0);
	open_store();
	cr_assert(store.view_is_new);
	cr_assert_eq(stat(scratch_path("data"), &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0700);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		cr_assert_eq(stat(scratch_path(files[i]), &st), 0, "%s", files[i]);
		cr_assert_eq(st.st_mode & 07777, 0600, "%s", files[i]);
	}
	fill(10);
	store_close(&store);
	open_store();
	cr_assert_not(store.view_is_new);
	cr_assert_eq(ledger_head(store.ledger), 10);
	cr_assert_eq(view_checkpoint(store.view), 10);
	cr_assert_eq(view_count(store.view), 10);
}

Test(store_store, no_child_inherits_its_files)
{
	open_store();
	DIR *fds = opendir("/proc/self/fd");
	struct dirent *entry;
	int n_checked = 0;
	while ((entry = readdir(fds)) != NULL) {
		char target[512];
		ssize_t n = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (strncmp(target, directory, strlen(directory)) != 0)
			continue;
		cr_assert(fcntl(atoi(entry->d_name), F_GETFD) & FD_CLOEXEC, "%s", target);
		n_checked++;
	}
	closedir(fds);
	cr_assert_geq(n_checked, 8);
}

Test(store_store, a_second_open_in_this_process_is_refused)
{
	open_store();
	refuse(STORE_E_LOCKED);
}

Test(store_store, a_second_process_is_refused)
{
	open_store();
	pid_t pid = fork();
	if (pid == 0) {
		struct store other;
		_exit(store_open(&options, &other) == STORE_E_LOCKED ? 0 : 1);
	}
	int status;
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	store_close(&store);
	open_store();
}

/* -- the key -------------------------------------------------------------------------------- */

Test(store_store, data_without_its_key_is_refused_and_no_key_is_made)
{
	open_store();
	fill(1);
	store_close(&store);
	cr_assert_eq(rename(scratch_path("data/key"), scratch_path("key")), 0);
	refuse(STORE_E_KEY);
	cr_assert_eq(access(scratch_path("data/key"), F_OK), -1);
	cr_assert_eq(rename(scratch_path("key"), scratch_path("data/key")), 0);
	open_store();
	cr_assert_eq(ledger_head(store.ledger), 1);
}

Test(store_store, a_view_alone_is_data_too)
{
	open_store();
	fill(1);
	store_close(&store);
	cr_assert_eq(unlink(scratch_path("data/key")), 0);
	cr_assert_eq(unlink(scratch_path("data/ledger/data.mdb")), 0);
	refuse(STORE_E_KEY);
}

Test(store_store, another_key_is_refused)
{
	open_store();
	fill(1);
	store_close(&store);
	overwrite("data/key", 0, "0123456789abcdef0123456789abcdef", 32);
	int r = store_open(&options, &store);
	/* One key of 256 cannot be told from rot. */
	cr_assert(r == STORE_E_KEY_WRONG || r == STORE_E_CORRUPT);
}

Test(store_store, a_key_file_of_another_length_is_refused)
{
	open_store();
	store_close(&store);
	overwrite("data/key", 32, "x", 1);
	refuse(STORE_E_KEY_INVALID);
	cr_assert_eq(truncate(scratch_path("data/key"), 31), 0);
	refuse(STORE_E_KEY_INVALID);
}

Test(store_store, a_key_that_others_can_read_is_refused)
{
	open_store();
	store_close(&store);
	cr_assert_eq(chmod(scratch_path("data/key"), 0640), 0);
	refuse(STORE_E_KEY_INVALID);
	cr_assert_eq(chmod(scratch_path("data/key"), 0400), 0);
	open_store();
}

Test(store_store, a_key_from_elsewhere_is_used_and_never_made)
{
	char key_file[256];
	snprintf(key_file, sizeof(key_file), "%s", scratch_path("credential"));
	options.key_file = key_file;
	refuse(STORE_E_KEY);
	overwrite("credential", 0, "0123456789abcdef0123456789abcdef", 32);
	open_store();
	cr_assert_eq(access(scratch_path("data/key"), F_OK), -1);
}

/* -- the view in doubt ---------------------------------------------------------------------- */

static void reopen_with_new_view(void)
{
	open_store();
	cr_assert(store.view_is_new);
	cr_assert_eq(view_count(store.view), 0);
	cr_assert_eq(view_checkpoint(store.view), 0);
	cr_assert_eq(ledger_head(store.ledger), 10);
}

Test(store_store, a_view_of_another_ledger_is_made_anew)
{
	open_store();
	fill(10);
	store_close(&store);
	snprintf(directory, sizeof(directory), "%s", scratch_path("other"));
	char key_file[256];
	snprintf(key_file, sizeof(key_file), "%s", scratch_path("data/key"));
	options.key_file = key_file;
	open_store();
	fill(5);
	store_close(&store);
	cr_assert_eq(rename(scratch_path("data/view"), scratch_path("aside")), 0);
	cr_assert_eq(rename(scratch_path("other/view"), scratch_path("data/view")), 0);
	snprintf(directory, sizeof(directory), "%s", scratch_path("data"));
	reopen_with_new_view();
}

Test(store_store, a_view_ahead_of_the_ledger_is_made_anew)
{
	open_store();
	fill(10);
	cr_assert_eq(view_begin(store.view), 0);
	cr_assert_eq(view_commit(store.view, 11), 0);
	store_close(&store);
	reopen_with_new_view();
}

Test(store_store, a_view_that_is_no_environment_is_made_anew)
{
	open_store();
	fill(10);
	store_close(&store);
	uint8_t rubbish[8192];
	memset(rubbish, 0xa5, sizeof(rubbish));
	overwrite("data/view/data.mdb", 0, rubbish, sizeof(rubbish));
	reopen_with_new_view();
}

Test(store_store, a_view_that_is_missing_is_made_anew)
{
	open_store();
	fill(10);
	store_close(&store);
	cr_assert_eq(unlink(scratch_path("data/view/data.mdb")), 0);
	reopen_with_new_view();
}

Test(store_store, a_view_is_made_anew_on_request)
{
	open_store();
	fill(10);
	store_close(&store);
	options.rebuild_view = true;
	reopen_with_new_view();
	store.view_is_new = false;
	fill(0);
	cr_assert_eq(store_renew_view(&store), 0);
	cr_assert(store.view_is_new);
	cr_assert_eq(view_checkpoint(store.view), 0);
}

/* -- the ledger in doubt -------------------------------------------------------------------- */

/* All pages but the two with the meta data. */
static void ruin(const char *name)
{
	struct stat st;
	uint8_t rubbish[4096];
	memset(rubbish, 0xa5, sizeof(rubbish));
	cr_assert_eq(stat(scratch_path(name), &st), 0);
	for (off_t at = 8192; at < st.st_size; at += 4096)
		overwrite(name, at, rubbish, sizeof(rubbish));
}

Test(store_store, a_ruined_ledger_is_refused_and_not_a_crash)
{
	open_store();
	fill(100);
	store_close(&store);
	ruin("data/ledger/data.mdb");
	refuse(STORE_E_CORRUPT);
}

Test(store_store, a_ruined_view_is_made_anew_and_not_a_crash)
{
	open_store();
	fill(10);
	store_close(&store);
	ruin("data/view/data.mdb");
	reopen_with_new_view();
}

Test(store_store, a_truncated_ledger_is_refused_and_not_a_crash)
{
	open_store();
	fill(1000);
	store_close(&store);
	cr_assert_eq(truncate(scratch_path("data/ledger/data.mdb"), 5 * 4096), 0);
	refuse(STORE_E_CORRUPT);
}

Test(store_store, a_bad_tag_in_the_meta_of_the_ledger_is_refused)
{
	open_store();
	fill(1);
	store_close(&store);
	struct stored_value id = {scratch_path("data/ledger"), "meta", span_of(".store_id")};
	stored_flip(&id, 15);
	refuse(STORE_E_CORRUPT);
}

Test(store_store, a_ledger_that_went_missing_is_not_begun_anew)
{
	open_store();
	fill(1);
	store_close(&store);
	cr_assert_eq(unlink(scratch_path("data/ledger/data.mdb")), 0);
	refuse(STORE_E_CORRUPT);
	/* Not even at the second try. */
	refuse(STORE_E_CORRUPT);
	cr_assert_eq(access(scratch_path("data/view/data.mdb"), F_OK), 0);
}

Test(store_store, a_newer_schema_is_refused)
{
	open_store();
	struct tag_key tag_key;
	uint8_t value[TAG_BYTES + 4] = {[TAG_BYTES + 3] = LEDGER_SCHEMA + 1};
	tag_key_derive(&store.keys, "ledger", "meta", &tag_key);
	tag_seal(&tag_key, span_of(".schema"), value, sizeof(value));
	store_close(&store);
	struct stored_value schema = {scratch_path("data/ledger"), "meta", span_of(".schema")};
	stored_write(&schema, span_bytes(value, sizeof(value)));
	refuse(STORE_E_VERSION);
}

/* -- the rest ------------------------------------------------------------------------------- */

Test(store_store, knows_whether_the_last_daemon_ended_in_order)
{
	open_store();
	cr_assert_not(store.was_clean);
	cr_assert(store.is_new);
	cr_assert_eq(store_mark_clean(&store), 0);
	store_close(&store);
	open_store();
	cr_assert(store.was_clean);
	cr_assert_not(store.is_new);
	store_close(&store);
	open_store();
	cr_assert_not(store.was_clean);
}

Test(store_store, room_ends_at_85_percent_of_the_quota)
{
	open_store();
	fill(1000);
	cr_assert(store_has_room(&store));
	uint64_t used = ledger_used_bytes(store.ledger) + view_used_bytes(store.view);
	store.quota_bytes = used * 100 / 85 + 200;
	cr_assert(store_has_room(&store));
	store.quota_bytes = used * 100 / 85 - 200;
	cr_assert_not(store_has_room(&store));
}

Test(store_store, room_ends_at_85_percent_of_a_map)
{
	options.ledger_map_bytes = 256 << 10;
	open_store();
	while (store_has_room(&store))
		fill(50);
	cr_assert_geq(ledger_used_bytes(store.ledger), (256 << 10) * 85 / 100 - 4096);
	cr_assert_leq(ledger_used_bytes(store.ledger), (256 << 10) * 90 / 100);
}

Test(store_store, remote_file_systems_are_known_by_their_types)
{
	cr_assert(dir_is_remote(0x6969));
	cr_assert(dir_is_remote(0xFF534D42));
	cr_assert(dir_is_remote((unsigned long)(long)(int)0xFF534D42)); /* sign-extended */
	cr_assert(dir_is_remote(0x65735546));
	cr_assert_not(dir_is_remote(0xEF53));     /* ext4 */
	cr_assert_not(dir_is_remote(0x58465342)); /* XFS */
	cr_assert_not(dir_is_remote(0x9123683E)); /* Btrfs */
	cr_assert_not(dir_is_remote(0x01021994)); /* tmpfs */
	cr_assert_not(dir_is_remote(0x2FC12FC1)); /* ZFS */
	cr_assert_not(dir_is_remote(0x794C7630)); /* overlayfs */
}

Test(store_store, a_directory_whose_parent_is_missing_is_an_error)
{
	snprintf(directory, sizeof(directory), "%s", scratch_path("no/such"));
	refuse(-ENOENT);
}

Test(store_store, readers_are_checked)
{
	open_store();
	cr_assert_eq(store_check_readers(&store), 0);
}

/* Waits for the clock, for as long as it takes. */
static void let_pass(uint64_t ms)
{
	for (uint64_t start = clock_monotonic_ms(); clock_monotonic_ms() - start < ms;)
		sched_yield();
}

Test(store_store, the_age_of_a_snapshot_that_is_held_shows)
{
	struct ledger_reader *first, *second;
	struct view_reader *view;
	open_store();
	cr_assert_eq(ledger_reader_new(store.ledger, &first), 0);
	cr_assert_eq(ledger_reader_new(store.ledger, &second), 0);
	cr_assert_eq(view_reader_new(store.view, &view), 0);
	cr_assert_eq(store_reader_age_ms(&store), 0);
	cr_assert_eq(ledger_reader_renew(first), 0);
	let_pass(10);
	cr_assert_eq(ledger_reader_renew(second), 0);
	cr_assert_geq(store_reader_age_ms(&store), 10);
	ledger_reader_reset(first);
	cr_assert_lt(ledger_reader_age_ms(store.ledger), 10000);
	ledger_reader_free(second);
	cr_assert_eq(store_reader_age_ms(&store), 0);
	cr_assert_eq(view_reader_renew(view), 0);
	let_pass(2);
	cr_assert_geq(store_reader_age_ms(&store), 2);
	view_reader_free(view);
	ledger_reader_free(first);
	cr_assert_eq(store_reader_age_ms(&store), 0);
}

Test(store_store, readers_are_counted_and_their_places_come_back)
{
	enum { MOST = 126 };
	struct ledger_reader *readers[MOST], *one_more;
	open_store();
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MOST; i++)
			cr_assert_eq(ledger_reader_new(store.ledger, &readers[i]), 0);
		cr_assert_eq(ledger_reader_new(store.ledger, &one_more), -EUSERS);
		for (int i = 0; i < MOST; i++)
			ledger_reader_free(readers[i]);
	}
}

Test(store_store, closing_twice_is_legal)
{
	open_store();
	store_close(&store);
	store_close(&store);
}

Test(store_store, outcomes_have_texts)
{
	for (int outcome = STORE_E_LOCKED; outcome <= STORE_E_KEY_WRONG; outcome++)
		cr_assert_not_null(store_outcome_text(outcome));
	cr_assert_null(store_outcome_text(0));
	cr_assert_null(store_outcome_text(STORE_E_KEY_WRONG + 1));
}
