/*
 * Temporary directories, removed with whatever the test left in them.
 */
#include "tests/support/scratch.h"

#include <assert.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static char directory[PATH_MAX / 2];

void scratch_begin(void)
{
	const char *base = getenv("TMPDIR");
	snprintf(directory, sizeof(directory), "%s/consent-test.XXXXXX", base ? base : "/tmp");
	char *made = mkdtemp(directory);
	assert(made != NULL);
	(void)made;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void scratch_end(void)
{
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(const char *name)
{
	static char paths[3][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 3];
	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}
