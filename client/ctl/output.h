/*
 * What consentctl prints: one message, or rows, in the format that the user asked for.
 *
 * Any thread, one output per thread. Rows are streamed: whatever was added is printed by
 * output_flush at the latest, so a long listing never lies in memory as a whole.
 *
 *	            one message                 rows
 *	table       member and value, a line    columns
 *	json        one document                one document: {"<list>": [rows], further members}
 *	jsonl       one line                    a line a row
 *	csv         header and one line         header and a line a row
 */
#ifndef CLIENT_CTL_OUTPUT_H
#define CLIENT_CTL_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "proto/message.h"

enum output_format {
	OUTPUT_TABLE,
	OUTPUT_JSON,
	OUTPUT_JSONL,
	OUTPUT_CSV,
};

/* Names of the formats, in the order of the enum, ended by NULL. */
extern const char *const output_format_names[];

enum { OUTPUT_MAX_COLUMNS = 32 };

struct libscols_table;

struct output {
	FILE *stream;
	enum output_format format;
	bool color;

	/* The listing in progress. */
	const char *list;
	const char *columns[OUTPUT_MAX_COLUMNS];
	uint32_t n_columns;
	uint64_t n_rows, n_printed;
	struct libscols_table *table;
};

void output_init(struct output *out, FILE *stream, enum output_format format, bool color);
/* Frees what a listing that was not ended holds. */
void output_deinit(struct output *out);

/*
 * Prints an object, which is handed over; `description` gives CSV its columns (NULL: the members
 * that there are).
 */
void output_object(struct output *out, const struct proto_message *description, json_t *object);
/* The same for a struct. */
void output_message(
        struct output *out, const struct proto_message *description, const void *message);

/*
 * Begins a listing whose rows are the `list` of the document. Columns are added next: by key, and
 * those of a description (members that are lists of messages are no columns). Keys must outlive
 * the listing.
 */
void output_begin(struct output *out, const char *list);
void output_column(struct output *out, const char *key);
void output_columns_of(struct output *out, const struct proto_message *description);

/* Adds a row, an object that is handed over. */
void output_row(struct output *out, json_t *row);

/* Adds a row for every item of a list. */
void output_rows_of(
        struct output *out, const struct proto_message *description, struct proto_list list);

/* Prints the rows that were added and not yet printed. */
void output_flush(struct output *out);

/*
 * Ends the listing. `rest` (handed over; NULL: none) holds what the answer says beside its rows:
 * further members of a JSON document, a last line of a table; the other formats have no place
 * for it.
 */
void output_end(struct output *out, json_t *rest);

/* Flushes the stream; false where something could not be written. */
PROTO_MUST_USE bool output_finish(struct output *out);

#endif
