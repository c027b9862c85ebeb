/*
 * The rule is dbus-broker's: with n users, one that holds `held` may take `amount` more when
 *
 *     (held + amount) × (n + 1) − held ≤ left
 *
 * so a lone user gets half of all, two get a quarter to a third each, and so on: the first comer
 * cannot take everything, and there is no configuration of users to keep. Sums are checked for
 * overflow by the compiler's builtins: an amount that overflows is refused.
 */
#include "daemon/net/quota.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static struct quota_user **bucket_of(struct quota *quota, uid_t uid)
{
	return &quota->buckets[uid % QUOTA_BUCKETS];
}

static bool may_take(const struct quota *quota, const struct quota_user *user, enum quota_slot slot,
        uint64_t amount)
{
	uint64_t held = user->held[slot], need;

	if (user->uid == quota->own_uid || user->uid == 0)
		return amount <= quota->left[slot];
	return !__builtin_add_overflow(held, amount, &need) &&
	       !__builtin_mul_overflow(need, quota->n_users + 1, &need) &&
	       !__builtin_sub_overflow(need, held, &need) && need <= quota->left[slot];
}

static int take(struct quota *quota, struct quota_user *user, enum quota_slot slot, uint64_t amount)
{
	if (!may_take(quota, user, slot, amount))
		return QUOTA_E_FULL;
	quota->left[slot] -= amount;
	user->held[slot] += amount;
	return 0;
}

static void give(
        struct quota *quota, struct quota_user *user, enum quota_slot slot, uint64_t amount)
{
	assert(user->held[slot] >= amount);
	quota->left[slot] += amount;
	user->held[slot] -= amount;
}

static struct quota_user *find_user(struct quota *quota, uid_t uid)
{
	struct quota_user *user = *bucket_of(quota, uid);

	while (user && user->uid != uid)
		user = user->next;
	return user;
}

static struct quota_user *add_user(struct quota *quota, uid_t uid)
{
	struct quota_user *user = calloc(1, sizeof(*user));

	if (!user)
		return NULL;
	user->quota = quota;
	user->uid = uid;
	TAILQ_INIT(&user->ready);
	user->next = *bucket_of(quota, uid);
	*bucket_of(quota, uid) = user;
	quota->n_users++;
	return user;
}

static void drop_user(struct quota *quota, struct quota_user *user)
{
	struct quota_user **link = bucket_of(quota, user->uid);

	while (*link != user)
		link = &(*link)->next;
	*link = user->next;
	quota->n_users--;
	free(user);
}

static void drop_user_if_idle(struct quota *quota, struct quota_user *user)
{
	for (size_t slot = 0; slot < QUOTA_N_SLOTS; slot++) {
		if (user->held[slot] != 0)
			return;
	}
	drop_user(quota, user);
}

void quota_init(struct quota *quota, uid_t own_uid, const uint64_t most[QUOTA_N_SLOTS],
        uint64_t connections_per_uid)
{
	*quota = (struct quota){.own_uid = own_uid, .connections_per_uid = connections_per_uid};
	memcpy(quota->left, most, sizeof(quota->left));
}

void quota_deinit(struct quota *quota)
{
	for (size_t i = 0; i < QUOTA_BUCKETS; i++) {
		while (quota->buckets[i])
			drop_user(quota, quota->buckets[i]);
	}
}

int quota_connect(struct quota *quota, uid_t uid, struct quota_user **ret)
{
	struct quota_user *user = find_user(quota, uid);
	bool privileged = uid == quota->own_uid || uid == 0;

	if (!user)
		user = add_user(quota, uid);
	if (!user)
		return -ENOMEM;
	if ((!privileged && user->held[QUOTA_CONNECTIONS] >= quota->connections_per_uid) ||
	        take(quota, user, QUOTA_CONNECTIONS, 1) != 0) {
		drop_user_if_idle(quota, user);
		return QUOTA_E_FULL;
	}
	*ret = user;
	return 0;
}

void quota_disconnect(struct quota *quota, struct quota_user *user)
{
	give(quota, user, QUOTA_CONNECTIONS, 1);
	assert(user->held[QUOTA_CONNECTIONS] > 0 || user->held[QUOTA_BYTES] == 0);
	drop_user_if_idle(quota, user);
}

int quota_take(struct quota *quota, struct quota_user *user, uint64_t n_bytes)
{
	return take(quota, user, QUOTA_BYTES, n_bytes);
}

void quota_give(struct quota *quota, struct quota_user *user, uint64_t n_bytes)
{
	give(quota, user, QUOTA_BYTES, n_bytes);
}

bool quota_may_write(const struct quota_user *user)
{
	return may_take(user->quota, user, QUOTA_WRITES, 1);
}

void quota_begin_write(struct quota_user *user)
{
	int full = take(user->quota, user, QUOTA_WRITES, 1);

	assert(full == 0);
	(void)full;
}

void quota_end_write(struct quota_user *user)
{
	give(user->quota, user, QUOTA_WRITES, 1);
	drop_user_if_idle(user->quota, user);
}
