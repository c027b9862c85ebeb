/*
 * "Did you mean …?": the nearest of some words. Any thread; nothing is allocated.
 */
#ifndef CLIENT_CTL_SUGGEST_H
#define CLIENT_CTL_SUGGEST_H

#include "proto/span.h"

struct suggest {
	struct span typed;
	struct span best; /* the nearest so far; absent: nothing is near enough */
	unsigned int distance;
};

void suggest_init(struct suggest *suggest, struct span typed);

/* Considers a word, whose bytes must outlive the struct. */
void suggest_word(struct suggest *suggest, struct span word);

/* Insertions, deletions, replacements and swaps of neighbours that lead from one to the other. */
unsigned int suggest_distance(struct span a, struct span b);

#endif
