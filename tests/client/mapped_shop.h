/*
 * The shop with a decision map, written by the daemon's own writer of lines. Over the socket `pref` is
 * always consent_given; by the map it is what the test put, so that an answer says where it is
 * from. One test, one thread.
 */
#ifndef TESTS_CLIENT_MAPPED_SHOP_H
#define TESTS_CLIENT_MAPPED_SHOP_H

#include "daemon/commit/lines.h"
#include "tests/client/shop.h"

struct mapped_shop {
	struct fake_daemon *fake;
	struct fake_map map;
	struct lines *lines;
};

/* With an empty map, on a lease that outlasts the test. */
void mapped_shop_open(struct mapped_shop *shop);
void mapped_shop_close(struct mapped_shop *shop);

/* Replaces the map by a new one, of that instance; the old one is RETIRED and stays. */
struct lines *mapped_shop_replace(struct mapped_shop *shop, uint64_t instance);

/* What the subject decided about the service of the cookie. */
void mapped_shop_put(struct mapped_shop *shop, const char *subject, const char *cookie, bool given);

/* A handle that maps. */
struct consent_client *mapped_shop_handle(const struct mapped_shop *shop);

/* By the reason's name; "" where `subject` may not be asked about. */
const char *mapped_shop_reason(
        struct consent_client *client, const char *subject, const char *cookie);

/* How many maps this process can read, those that it writes not counted. */
unsigned int mapped_shop_count(void);
/* Descriptors of this process. */
unsigned int mapped_shop_count_fds(void);

#endif
