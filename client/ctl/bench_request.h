/*
 * A request that is encoded once and then patched in place: the subject's digits, the message id,
 * and in a write the yes or no. Any thread; the template is constant once it is made.
 */
#ifndef CLIENT_CTL_BENCH_REQUEST_H
#define CLIENT_CTL_BENCH_REQUEST_H

#include "client/ctl/command.h"
#include "proto/message.h"

enum {
	BENCH_DIGITS = 10,            /* of a subject's number */
	BENCH_FIRST_MSGID = 0x10000,  /* the least that is encoded in five bytes at both ends */
	BENCH_LAST_MSGID = 0x7ffffff, /* then they begin again */
};

struct bench_request {
	uint8_t *bytes; /* owned */
	uint32_t n_bytes;
	uint32_t msgid_at, digits_at;
	uint32_t choice_at; /* of a write: the byte that is true or false */
};

/* `check` of so many cookies, the names taken in turn; `domain` may be absent. */
struct bench_check {
	struct span site, domain;
	struct command_words cookies;
	uint32_t n_cookies;
};
void bench_request_check(const struct bench_check *check, struct bench_request *ret);

/* `record` of a choice for everything. */
void bench_request_record(struct span site, struct bench_request *ret);

void bench_request_deinit(struct bench_request *request);

/* Patches one copy of the template. */
void bench_request_patch_msgid(const struct bench_request *request, uint8_t *copy, uint32_t msgid);
void bench_request_patch_subject(
        const struct bench_request *request, uint8_t *copy, uint64_t subject);
void bench_request_patch_choice(const struct bench_request *request, uint8_t *copy, bool given);

/* The subject that the digits of `number` make: "bench-" and the digits. */
#define BENCH_SUBJECT_PREFIX "bench-"

#endif
