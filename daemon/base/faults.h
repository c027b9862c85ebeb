/*
 * The faults of one document, all of them: errors make it unusable, warnings do not. One thread.
 */
#ifndef DAEMON_BASE_FAULTS_H
#define DAEMON_BASE_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

struct fault {
	bool warning;
	unsigned int line, column; /* from 1; 0: the document as a whole */
	char *message;
};

struct faults {
	const char *file; /* borrowed; how messages call the document */
	struct fault *items;
	size_t n_items, n_errors;
	bool out_of_memory; /* something could not be noted; counts as an error */
};

void faults_error(struct faults *faults, unsigned int line, unsigned int column, const char *format,
        ...) __attribute__((format(printf, 4, 5)));
void faults_warning(struct faults *faults, unsigned int line, unsigned int column,
        const char *format, ...) __attribute__((format(printf, 4, 5)));

static inline bool faults_any_error(const struct faults *faults)
{
	return faults->n_errors != 0 || faults->out_of_memory;
}

/* "file:line:column: message", NUL-terminated, cut to the capacity. */
void fault_format(const struct faults *faults, size_t i, char *ret, size_t capacity);

void faults_deinit(struct faults *faults);

#endif
