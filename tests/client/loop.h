/* What an application's event loop does with a handle. One test, one thread. */
#ifndef TESTS_CLIENT_LOOP_H
#define TESTS_CLIENT_LOOP_H

#include "tests/client/shop.h"

enum {
	PATIENT_MS = 20000, /* a deadline that no answer of a healthy daemon misses */
	SHORT_MS = 60,      /* one that is meant to be missed */
};

/* Waits until the descriptor is readable and an answer is there; fails the test after a while. */
struct consent_answer loop_answer(struct consent_client *client);

/* Whether the descriptor becomes readable within that time. */
bool loop_readable(struct consent_client *client, int ms);

/* Sends a check of one cookie, with that tag, and expects that this works. */
void loop_send(struct consent_client *client, const char *cookie, uint64_t tag);

/* Sends it and waits for its answer, whose one decision is copied. */
struct consent_decision loop_ask(struct consent_client *client, const char *cookie);

#endif
