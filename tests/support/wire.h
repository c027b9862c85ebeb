/*
 * Bytes for tests of the protocol: spelled in hex, in blocks of exactly their size, and messages
 * made by description.
 *
 * One test process, one thread. What these functions return lives until the process ends.
 */
#ifndef TESTS_SUPPORT_WIRE_H
#define TESTS_SUPPORT_WIRE_H

#include "proto/messages.h"

/* A copy in a block of exactly its size, so that a read one past it is found. */
struct span wire_exact(struct span bytes);

/* Bytes from hex digits, two a byte; anything else than a digit is passed over. */
struct span wire_hex(const char *digits);

/* n times the same byte. */
struct span wire_repeat(char byte, size_t n);

/* What a member's value is made of. */
struct wire_value {
	uint64_t size;       /* UINT: the value; TEXT, BIN: bytes; otherwise the count */
	uint64_t item_bytes; /* TEXTS: bytes of each text; maps of texts: of each value */
	uint64_t name_bytes; /* maps: bytes of each key */
};

/* The smallest value that the table allows. */
struct wire_value wire_least(const struct proto_member *member);

void wire_write_value(
        struct proto_writer *w, const struct proto_member *member, struct wire_value value);

/*
 * A message of all members but optional ones, each least, and `member` (NULL: none) with
 * `value`. `n_more` more pairs may be written by the caller behind it.
 */
void wire_write_message(struct proto_writer *w, const struct proto_message *message,
        const struct proto_member *member, struct wire_value value, uint32_t n_more);

/* A writer over a large block that is the same at every call. */
struct proto_writer wire_writer(void);

/* A small generator that a seed makes repeatable. */
struct wire_random {
	uint64_t state;
};

uint64_t wire_random_next(struct wire_random *random);
/* 0 to n - 1. */
uint64_t wire_random_below(struct wire_random *random, uint64_t n);

/* A random message within the table's limits, small. */
void wire_write_random(
        struct proto_writer *w, struct wire_random *random, const struct proto_message *message);

/* All messages there are: requests, results, and what stands inside them. */
extern const struct proto_message *const wire_messages[];
extern const size_t wire_n_messages;

#endif
