/*
 * What changed between two texts, line by line. Any thread; ends the program without memory.
 */
#ifndef CLIENT_CTL_LINE_DIFF_H
#define CLIENT_CTL_LINE_DIFF_H

#include <stdio.h>

#include "proto/span.h"

struct line_diff {
	struct span before, after;
	const char *before_name, *after_name;
	bool color;    /* removed lines red, added ones green */
	bool terminal; /* escape what a terminal could obey */
};

/* Prints a unified diff with three lines of context; nothing where the texts are the same. */
void line_diff_print(FILE *stream, const struct line_diff *diff);

#endif
