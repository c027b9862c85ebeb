/*
 * Policies for tests: from text or file to a policy with bits, or to its faults as text.
 */
#ifndef TESTS_DAEMON_POLICY_SAMPLE_H
#define TESTS_DAEMON_POLICY_SAMPLE_H

#include "daemon/base/buffer.h"
#include "daemon/policy/policy.h"

/* The file's bytes; the test fails where it cannot be read. buffer_deinit it. */
struct buffer sample_file(const char *path);

/* The policy, which must parse without a fault of any kind, with bits 0, 1, 2 … in its order. */
struct policy *sample_policy(struct span yaml);

/* The outcome of parsing; the faults as lines that begin with `file`, NUL-terminated. */
int sample_faults(struct span yaml, const char *file, struct buffer *ret_lines);

/* Fails unless the text has exactly these faults, given as lines behind "p:", and no policy. */
void sample_refuses(const char *yaml, const char *expected);
/* Fails unless the text is accepted with exactly these warnings. */
void sample_warns(const char *yaml, const char *expected);

/* Whether the text occurs in the page. */
bool sample_has(const struct buffer *page, const char *text);

#endif
