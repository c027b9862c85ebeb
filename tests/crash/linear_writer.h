/* A process that writes: one after the other, each until its outcome is known. */
#ifndef TESTS_CRASH_LINEAR_WRITER_H
#define TESTS_CRASH_LINEAR_WRITER_H

/* Until model->writers_stop. Returns the process's exit status. */
int linear_write(int writer, int n_writers, const char *socket);

#endif
