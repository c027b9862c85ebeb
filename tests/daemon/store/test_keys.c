/* The master key: made once, private, the same for ever; and the known answers of its subkeys. */
#include "daemon/store/keys.h"
#include "tests/support/scratch.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[256];

static void begin(void)
{
	scratch_begin();
	snprintf(path, sizeof(path), "%s", scratch_path("key"));
}

TestSuite(store_keys, .init = begin, .fini = scratch_end);

static void write_key(const char *bytes, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
}

Test(store_keys, a_key_is_made_once_and_read_ever_after)
{
	struct keys made, read_again;
	struct stat st;
	umask(0);
	cr_assert_eq(keys_load(&made, path, true), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0600);
	cr_assert_eq(st.st_size, 32);
	cr_assert_eq(access(scratch_path("key.new"), F_OK), -1);
	cr_assert_eq(keys_load(&read_again, path, true), 0);
	cr_assert_arr_eq(made.digest, read_again.digest, sizeof(made.digest));
	cr_assert_arr_eq(made.tag, read_again.tag, sizeof(made.tag));
	cr_assert_eq(keys_load(&read_again, path, false), 0);
}

Test(store_keys, two_keys_differ)
{
	struct keys one, two;
	cr_assert_eq(keys_load(&one, path, true), 0);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(keys_load(&two, path, true), 0);
	cr_assert_neq(memcmp(one.digest, two.digest, sizeof(one.digest)), 0);
}

Test(store_keys, a_missing_key_is_made_only_where_that_is_allowed)
{
	struct keys keys;
	cr_assert_eq(keys_load(&keys, path, false), KEYS_E_MISSING);
	cr_assert_eq(access(path, F_OK), -1);
	cr_assert_eq(keys_load(&keys, scratch_path("no/key"), true), -ENOENT);
}

Test(store_keys, what_a_crash_left_behind_is_no_hindrance)
{
	struct keys keys;
	int fd = open(scratch_path("key.new"), O_WRONLY | O_CREAT, 0444);
	cr_assert_geq(fd, 0);
	close(fd);
	cr_assert_eq(keys_load(&keys, path, true), 0);
}

Test(store_keys, other_lengths_are_refused)
{
	struct keys keys;
	static const char bytes[64] = "0123456789abcdef0123456789abcdef0123456789";
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		write_key(bytes, n, 0600);
		cr_assert_eq(keys_load(&keys, path, true), n == 32 ? 0 : KEYS_E_INVALID);
	}
}

Test(store_keys, a_key_that_others_may_touch_is_refused)
{
	struct keys keys;
	static const mode_t good[] = {0400, 0600, 0700};
	static const mode_t bad[] = {0640, 0620, 0610, 0604, 0602, 0601, 0644};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		write_key("0123456789abcdef0123456789abcdef", 32, good[i]);
		cr_assert_eq(keys_load(&keys, path, false), 0, "%o", good[i]);
		unlink(path);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_key("0123456789abcdef0123456789abcdef", 32, bad[i]);
		cr_assert_eq(keys_load(&keys, path, false), KEYS_E_INVALID, "%o", bad[i]);
		unlink(path);
	}
}

Test(store_keys, what_is_no_file_is_refused_and_does_not_block)
{
	struct keys keys;
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(keys_load(&keys, path, false), KEYS_E_INVALID);
	cr_assert_eq(rmdir(path), 0);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(keys_load(&keys, path, false), KEYS_E_INVALID);
}

static const char *hex(const uint8_t *bytes, size_t n)
{
	static char text[65];
	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

/* If this fails, all records that anybody has are orphans. */
Test(store_keys, known_answers)
{
	struct keys keys;
	write_key("0123456789abcdef0123456789abcdef", 32, 0600);
	cr_assert_eq(keys_load(&keys, path, false), 0);
	cr_assert_str_eq(hex(keys.digest, sizeof(keys.digest)),
	        "7dfd965074dbcee40e6f1a6aebaab367d1c816702997ef991562d7601d64b55b");
	cr_assert_str_eq(hex(keys.tag, sizeof(keys.tag)), "41ba44682e239409e648f58d06de96f9");
	cr_assert_str_eq(
	        hex(keys.event_id, sizeof(keys.event_id)), "968390e64cfd3a1a9fa050755fac2bb4");
	cr_assert_str_eq(
	        hex(keys.multiset, sizeof(keys.multiset)), "0dfa0e1d293fc944312d1694cb899c7c");
	cr_assert_eq(keys.tag_id, 0xf2);
	cr_assert_eq(keys_event_hash(&keys, span_of("abc")), UINT64_C(0x402a82a752609031));
	cr_assert_neq(keys_event_hash(&keys, SPAN_NONE), 0);
}
