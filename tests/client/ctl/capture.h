/*
 * What something printed, as a string. Tests only; one capture at a time in a thread.
 */
#ifndef TESTS_CLIENT_CTL_CAPTURE_H
#define TESTS_CLIENT_CTL_CAPTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

struct capture {
	char *text;
	size_t n_bytes;
	FILE *stream;
};

static inline void capture_begin(struct capture *capture)
{
	*capture = (struct capture){.text = NULL};
	capture->stream = open_memstream(&capture->text, &capture->n_bytes);
	cr_assert_not_null(capture->stream);
}

/* Ends it, compares all that was printed, and frees it. */
static inline void capture_expect(struct capture *capture, const char *wanted)
{
	cr_assert_eq(fclose(capture->stream), 0);
	cr_expect_str_eq(
	        capture->text, wanted, "printed:\n%s\ninstead of:\n%s", capture->text, wanted);
	free(capture->text);
}

#endif
