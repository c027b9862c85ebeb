/*
 * Faults are collected, never thrown: a reader of a document goes on after an error, so that the
 * operator sees all of them at once. When memory runs out the count still says that something was
 * wrong, so a document can never pass because its fault could not be noted.
 */
#include "daemon/base/faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A place for one more; NULL where memory ran out. */
static struct fault *place(struct faults *faults)
{
	/* Growth at powers of two from 8, so that no capacity has to be kept. */
	size_t n = faults->n_items;
	if (n == 0 || (n >= 8 && (n & (n - 1)) == 0)) {
		size_t capacity = n ? n * 2 : 8;
		struct fault *items = realloc(faults->items, capacity * sizeof(*items));
		if (items == NULL)
			return NULL;
		faults->items = items;
	}
	return &faults->items[n];
}

static void add(struct faults *faults, struct fault fault, const char *format, va_list args)
{
	if (!fault.warning)
		faults->n_errors++;
	struct fault *item = place(faults);
	if (item == NULL || vasprintf(&fault.message, format, args) < 0) {
		faults->out_of_memory = true;
		return;
	}
	*item = fault;
	faults->n_items++;
}

void faults_error(
        struct faults *faults, unsigned int line, unsigned int column, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(faults, (struct fault){.line = line, .column = column}, format, args);
	va_end(args);
}

void faults_warning(
        struct faults *faults, unsigned int line, unsigned int column, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(faults, (struct fault){.warning = true, .line = line, .column = column}, format, args);
	va_end(args);
}

void fault_format(const struct faults *faults, size_t i, char *ret, size_t capacity)
{
	const struct fault *fault = &faults->items[i];
	const char *file = faults->file ? faults->file : "policy";
	const char *kind = fault->warning ? "warning: " : "";
	if (fault->line == 0)
		snprintf(ret, capacity, "%s: %s%s", file, kind, fault->message);
	else
		snprintf(ret, capacity, "%s:%u:%u: %s%s", file, fault->line, fault->column, kind,
		        fault->message);
}

void faults_deinit(struct faults *faults)
{
	for (size_t i = 0; i < faults->n_items; i++)
		free(faults->items[i].message);
	free(faults->items);
	*faults = (struct faults){.file = faults->file};
}
