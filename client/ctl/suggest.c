/*
 * Optimal string alignment over words of bounded length. A word is near when at most a third of it
 * is wrong, so `eras` finds `erase` and `x` finds nothing.
 */
#include "client/ctl/suggest.h"

enum { MAX_BYTES = 40 };

static unsigned int least_of(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int suggest_distance(struct span a, struct span b)
{
	unsigned int d[MAX_BYTES + 1][MAX_BYTES + 1];

	if (a.n_bytes > MAX_BYTES || b.n_bytes > MAX_BYTES)
		return MAX_BYTES + 1;
	for (unsigned int i = 0; i <= a.n_bytes; i++)
		d[i][0] = i;
	for (unsigned int j = 0; j <= b.n_bytes; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a.n_bytes; i++) {
		for (size_t j = 1; j <= b.n_bytes; j++) {
			unsigned int cost = a.data[i - 1] != b.data[j - 1];

			d[i][j] = least_of(
			        least_of(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
			        a.data[i - 2] == b.data[j - 1])
				d[i][j] = least_of(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a.n_bytes][b.n_bytes];
}

void suggest_init(struct suggest *suggest, struct span typed)
{
	*suggest = (struct suggest){typed, SPAN_NONE, (unsigned int)(typed.n_bytes + 2) / 3 + 1};
}

void suggest_word(struct suggest *suggest, struct span word)
{
	unsigned int distance = suggest_distance(suggest->typed, word);

	if (distance < suggest->distance && distance < word.n_bytes) {
		suggest->distance = distance;
		suggest->best = word;
	}
}
