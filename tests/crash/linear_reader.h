/* A process that checks, and judges each answer. */
#ifndef TESTS_CRASH_LINEAR_READER_H
#define TESTS_CRASH_LINEAR_READER_H

#include <stdbool.h>
#include <stdint.h>

#define LINEAR_SITE "linear.example"

/* Until model->readers_stop. Returns the process's exit status. */
int linear_read(int reader, int n_writers, const char *socket);

/* When nothing is under way any more: each subject by the map and by the socket. */
int linear_read_all(int n_writers, const char *socket);

/* The names of subjects; `ret` has room for 64 bytes. */
enum { LINEAR_NAME_BYTES = 64 };
void linear_name(int family, int kind, char *ret);
void linear_fresh_name(int writer, uint64_t i, char *ret);

#endif
