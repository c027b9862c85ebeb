/* Shares of uids: at the limit, one past it, and when many want all. */
#include <criterion/criterion.h>

#include "daemon/net/quota.h"

static void init(struct quota *quota, uint64_t connections, uint64_t bytes)
{
	uint64_t most[QUOTA_N_SLOTS] = {[QUOTA_CONNECTIONS] = connections, [QUOTA_BYTES] = bytes};

	quota_init(quota, 500, most, 4);
}

static struct quota_user *join(struct quota *quota, uid_t uid)
{
	struct quota_user *user;

	cr_assert_eq(quota_connect(quota, uid, &user), 0);
	return user;
}

Test(quota, connections_of_one_uid)
{
	struct quota quota;
	struct quota_user *user, *other;

	init(&quota, 100, 0);
	for (int i = 0; i < 4; i++)
		user = join(&quota, 1000);
	cr_assert_eq(quota_connect(&quota, 1000, &other), QUOTA_E_FULL);
	quota_disconnect(&quota, user);
	cr_assert_eq(join(&quota, 1000), user);
	quota_deinit(&quota);
}

Test(quota, own_uid_and_root_have_no_share_to_keep_to)
{
	struct quota quota;
	struct quota_user *user;

	init(&quota, 20, 0);
	for (int i = 0; i < 10; i++) {
		join(&quota, 500);
		join(&quota, 0);
	}
	cr_assert_eq(quota_connect(&quota, 500, &user), QUOTA_E_FULL);
	cr_assert_eq(quota_connect(&quota, 0, &user), QUOTA_E_FULL);
	quota_deinit(&quota);
}

Test(quota, a_refused_uid_leaves_nothing)
{
	struct quota quota;
	struct quota_user *user;

	init(&quota, 0, 0);
	cr_assert_eq(quota_connect(&quota, 1000, &user), QUOTA_E_FULL);
	cr_assert_eq(quota.n_users, 0);
	quota_deinit(&quota);
}

Test(quota, users_go_with_their_last_connection)
{
	struct quota quota;
	/* The same bucket. */
	struct quota_user *one, *two;

	init(&quota, 100, 100);
	one = join(&quota, 1000);
	two = join(&quota, 1000 + QUOTA_BUCKETS);
	cr_assert_neq(one, two);
	cr_assert_eq(quota.n_users, 2);
	quota_disconnect(&quota, one);
	cr_assert_eq(quota.n_users, 1);
	cr_assert_eq(join(&quota, 1000 + QUOTA_BUCKETS), two);
	quota_disconnect(&quota, two);
	quota_disconnect(&quota, two);
	cr_assert_eq(quota.n_users, 0);
	cr_assert_eq(quota.left[QUOTA_CONNECTIONS], 100);
	quota_deinit(&quota);
}

Test(quota, a_lone_uid_gets_half)
{
	struct quota quota;
	struct quota_user *user;

	init(&quota, 10, 1000);
	user = join(&quota, 1000);
	cr_assert_eq(quota_take(&quota, user, 501), QUOTA_E_FULL);
	cr_assert_eq(quota_take(&quota, user, 500), 0);
	cr_assert_eq(quota_take(&quota, user, 1), QUOTA_E_FULL);
	quota_give(&quota, user, 500);
	cr_assert_eq(quota_take(&quota, user, 500), 0);
	quota_deinit(&quota);
}

Test(quota, however_many_take_all_they_can_the_next_finds_some)
{
	struct quota quota;

	init(&quota, 1000, 1u << 30);
	for (uid_t uid = 1000; uid < 1040; uid++) {
		struct quota_user *user = join(&quota, uid);
		uint64_t taken = 0;

		while (quota_take(&quota, user, 4096) == 0)
			taken += 4096;
		cr_assert_gt(taken, 0, "uid %u", uid);
	}
	quota_deinit(&quota);
}

Test(quota, a_write_is_held_beyond_the_last_connection)
{
	struct quota quota;
	struct quota_user *user, *other;

	init(&quota, 10, 0);
	quota.left[QUOTA_WRITES] = 8;
	user = join(&quota, 1000);
	for (int i = 0; i < 4; i++) {
		cr_assert(quota_may_write(user));
		quota_begin_write(user);
	}
	cr_assert_not(quota_may_write(user));
	quota_disconnect(&quota, user);
	cr_assert_eq(join(&quota, 1000), user, "hanging up makes no room");
	cr_assert_not(quota_may_write(user));
	other = join(&quota, 1001);
	cr_assert(quota_may_write(other), "and the next one finds some");
	quota_begin_write(other);
	quota_disconnect(&quota, other);
	quota_end_write(other);
	quota_disconnect(&quota, user);
	for (int i = 0; i < 4; i++)
		quota_end_write(user);
	cr_assert_eq(quota.n_users, 0);
	cr_assert_eq(quota.left[QUOTA_WRITES], 8);
	quota_deinit(&quota);
}

Test(quota, sums_that_overflow_are_refused)
{
	struct quota quota;
	struct quota_user *user;

	init(&quota, 10, UINT64_MAX);
	user = join(&quota, 1000);
	cr_assert_eq(quota_take(&quota, user, 1000), 0);
	cr_assert_eq(quota_take(&quota, user, UINT64_MAX), QUOTA_E_FULL);
	cr_assert_eq(quota_take(&quota, user, UINT64_MAX / 2), QUOTA_E_FULL);
	quota_deinit(&quota);
}
