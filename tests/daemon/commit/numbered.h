/*
 * Lines of subjects that are numbered, for the tests of lines: what each says follows from its number.
 */
#ifndef TESTS_DAEMON_COMMIT_NUMBERED_H
#define TESTS_DAEMON_COMMIT_NUMBERED_H

#include "daemon/commit/lines.h"

struct proto_digest digest_of(uint64_t i);
struct lines *lines_open(uint64_t n_subjects);
enum proto_map_answer find(
        struct lines *lines, struct proto_digest digest, struct proto_state *ret);
struct proto_state state_of(
        uint64_t decided, uint64_t given, uint32_t given_until, uint32_t refused_until);
void expect(struct lines *lines, struct proto_digest digest, struct proto_state want);
void expect_answer(struct lines *lines, struct proto_digest digest, enum proto_map_answer want);
void put_numbered(struct lines *lines, uint64_t from, uint64_t to, uint32_t salt);
void expect_numbered(struct lines *lines, uint64_t from, uint64_t to, uint32_t salt);
unsigned int free_retired(struct lines *lines);

#endif
