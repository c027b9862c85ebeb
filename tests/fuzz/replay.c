/*
 * Replays corpora through a fuzz target, so that every finding is a test in every build: the fuzzer
 * itself needs clang and time.
 *
 * usage: replay_TARGET DIRECTORY…
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

/* Into a block of exactly the file's size; the caller frees it. */
static uint8_t *file_read(const char *path, size_t *ret_n_bytes)
{
	FILE *file = fopen(path, "rb");
	long n = 0;
	uint8_t *bytes;

	if (!file || fseek(file, 0, SEEK_END) != 0 || (n = ftell(file)) < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	rewind(file);
	bytes = malloc(n ? (size_t)n : 1);
	if (!bytes || fread(bytes, 1, (size_t)n, file) != (size_t)n) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	fclose(file);
	*ret_n_bytes = (size_t)n;
	return bytes;
}

static unsigned int replay(const char *directory)
{
	DIR *folder = opendir(directory);
	const struct dirent *entry;
	unsigned int n_files = 0;

	if (!folder) {
		perror(directory);
		exit(EXIT_FAILURE);
	}
	while ((entry = readdir(folder))) {
		char path[4096];
		size_t n_bytes;
		uint8_t *bytes;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		bytes = file_read(path, &n_bytes);
		(void)LLVMFuzzerTestOneInput(bytes, n_bytes);
		free(bytes);
		n_files++;
	}
	closedir(folder);
	return n_files;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const unsigned int n_files = replay(argv[i]);

		printf("%s: %u inputs\n", argv[i], n_files);
		if (n_files == 0)
			return EXIT_FAILURE;
	}
	return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
