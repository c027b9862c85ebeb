/* The site that the client's tests ask about, and a handle on it. One test, one thread. */
#ifndef TESTS_CLIENT_SHOP_H
#define TESTS_CLIENT_SHOP_H

#include <consent.h>

#include "tests/support/fake_daemon.h"

#define SHOP_SITE "shop.example.org"

extern const struct fake_site shop_site;

/* A visitor of the shop, with an id. */
struct consent_visitor shop_visitor(void);

/* A handle with that deadline; writes have 30 s. */
struct consent_client *shop_open(const struct fake_daemon *daemon, uint32_t deadline_ms);

/* Waits until the counter has the value; fails the test after some seconds. */
void shop_wait(const _Atomic uint32_t *counter, uint32_t value);

#endif
