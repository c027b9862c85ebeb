/*
 * A directory of the test's own, below TMPDIR. One at a time; one thread.
 */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

/* Makes the directory; its path is that of scratch_path(""). */
void scratch_begin(void);
/* Removes it with all that is in it. */
void scratch_end(void);

/* The path of an entry; valid until the third call after this one. */
const char *scratch_path(const char *name);

#endif
