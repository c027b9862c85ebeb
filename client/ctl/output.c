/*
 * The four formats. JSON is the stable one: the names of the wire, in the order of the
 * descriptions. The table is for eyes and may change.
 */
#include "client/ctl/output.h"

#include <assert.h>
#include <stdlib.h>

#include "client/ctl/json.h"
#include "client/ctl/output_table.h"
#include "client/ctl/shape.h"
#include "client/ctl/text.h"

const char *const output_format_names[] = {"table", "json", "jsonl", "csv", NULL};

void output_init(struct output *out, FILE *stream, enum output_format format, bool color)
{
	*out = (struct output){.stream = stream, .format = format, .color = color};
}

void output_deinit(struct output *out)
{
	output_table_free(out);
}

static void csv_line_end(const struct output *out)
{
	fputs("\r\n", out->stream);
}

static void csv_header(const struct output *out)
{
	for (uint32_t i = 0; i < out->n_columns; i++) {
		if (i > 0)
			putc(',', out->stream);
		text_print_csv(out->stream, span_of(out->columns[i]));
	}
	csv_line_end(out);
}

static void csv_row(const struct output *out, const json_t *row)
{
	for (uint32_t i = 0; i < out->n_columns; i++) {
		const char *key = out->columns[i];
		struct shape_text text = shape_of(key, json_object_get(row, key), SHAPE_FOR_SHEETS);

		if (i > 0)
			putc(',', out->stream);
		text_print_csv(out->stream, shape_span(&text));
		free(text.data);
	}
	csv_line_end(out);
}

static void columns_of_object(struct output *out, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) output_column(out, key);
}

void output_object(struct output *out, const struct proto_message *description, json_t *object)
{
	switch (out->format) {
	case OUTPUT_TABLE:
		output_table_object(out, object);
		break;
	case OUTPUT_JSON:
		json_print(out->stream, object, JSON_STYLE_INDENTED);
		break;
	case OUTPUT_JSONL:
		json_print(out->stream, object, JSON_STYLE_LINE);
		break;
	case OUTPUT_CSV:
		out->n_columns = 0;
		if (description)
			output_columns_of(out, description);
		else
			columns_of_object(out, object);
		csv_header(out);
		csv_row(out, object);
		break;
	}
	json_decref(object);
}

void output_message(
        struct output *out, const struct proto_message *description, const void *message)
{
	output_object(out, description, json_of_message(description, message));
}

void output_begin(struct output *out, const char *list)
{
	out->list = list;
	out->n_columns = 0;
	out->n_rows = out->n_printed = 0;
}

void output_column(struct output *out, const char *key)
{
	assert(out->n_columns < OUTPUT_MAX_COLUMNS);
	out->columns[out->n_columns++] = key;
}

void output_columns_of(struct output *out, const struct proto_message *description)
{
	for (uint32_t i = 0; i < description->n_members; i++) {
		const struct proto_field_row *field = &proto_fields[description->members[i].field];

		if (field->type != PROTO_TYPE_LIST)
			output_column(out, field->key);
	}
}

/* What stands before the first row; printed for an empty listing too. */
static void open_listing(struct output *out)
{
	if (out->n_printed++ > 0)
		return;
	if (out->format == OUTPUT_JSON)
		fprintf(out->stream, "{\"%s\": [", out->list);
	else if (out->format == OUTPUT_CSV)
		csv_header(out);
}

void output_row(struct output *out, json_t *row)
{
	open_listing(out);
	switch (out->format) {
	case OUTPUT_TABLE:
		output_table_row(out, row);
		break;
	case OUTPUT_JSON:
		fputs(out->n_rows > 0 ? ",\n  " : "\n  ", out->stream);
		json_print_bare(out->stream, row);
		break;
	case OUTPUT_JSONL:
		json_print(out->stream, row, JSON_STYLE_LINE);
		break;
	case OUTPUT_CSV:
		csv_row(out, row);
		break;
	}
	out->n_rows++;
	json_decref(row);
}

void output_rows_of(
        struct output *out, const struct proto_message *description, struct proto_list list)
{
	json_t *rows = json_of_list(description, list), *row;
	size_t i;

	json_array_foreach(rows, i, row) output_row(out, json_incref(row));
	json_decref(rows);
}

void output_flush(struct output *out)
{
	output_table_flush(out);
	fflush(out->stream);
}

static void close_json(const struct output *out, const json_t *rest)
{
	const char *key;
	json_t *value;

	fputs(out->n_rows > 0 ? "\n]" : "]", out->stream);
	json_object_foreach((json_t *)rest, key, value)
	{
		fprintf(out->stream, ", \"%s\": ", key);
		json_print_bare(out->stream, value);
	}
	fputs("}\n", out->stream);
}

/* "revision 41, policy revision 3, ask yes" */
static void close_table(const struct output *out, const json_t *rest)
{
	const char *separator = "", *key;
	json_t *value;

	json_object_foreach((json_t *)rest, key, value)
	{
		struct shape_text text = shape_of(key, value, SHAPE_FOR_EYES);

		fprintf(out->stream, "%s%s: ", separator, key);
		text_print(out->stream, shape_span(&text), TEXT_ONE_LINE);
		separator = ", ";
		free(text.data);
	}
	if (*separator)
		putc('\n', out->stream);
}

void output_end(struct output *out, json_t *rest)
{
	open_listing(out);
	output_flush(out);
	if (out->format == OUTPUT_JSON)
		close_json(out, rest);
	else if (out->format == OUTPUT_TABLE)
		close_table(out, rest);
	output_table_free(out);
	json_decref(rest);
}

bool output_finish(struct output *out)
{
	return fflush(out->stream) == 0 && !ferror(out->stream);
}
