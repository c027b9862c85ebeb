/* Tables for people, by libsmartcols. Any thread, one table per thread. */
#ifndef CLIENT_CTL_OUTPUT_TABLE_H
#define CLIENT_CTL_OUTPUT_TABLE_H

#include "client/ctl/output.h"

/* Prints an object as one line a member; members that are maps or lists take a line an item. */
void output_table_object(const struct output *out, const json_t *object);

/* Adds a row to out->table, which the first row makes. `row` stays the caller's. */
void output_table_row(struct output *out, const json_t *row);

/* Prints the rows since the last call; the headings only once a listing. */
void output_table_flush(struct output *out);

/* Frees the table, if there is one. */
void output_table_free(struct output *out);

#endif
