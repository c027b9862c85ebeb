/*
 * Cells are escaped before libsmartcols sees them, and its own idea of what is printable, which
 * depends on the locale, is switched off. It pads and aligns, no more.
 */
#include "client/ctl/output_table.h"

#include <ctype.h>
#include <libsmartcols.h>
#include <stdlib.h>

#include "client/ctl/exit.h"
#include "client/ctl/shape.h"
#include "client/ctl/text.h"

static void must(int result)
{
	if (result != 0)
		exit_without_memory();
}

static struct libscols_table *table_new(FILE *stream, bool color)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		exit_without_memory();
	must(scols_table_set_stream(table, stream));
	must(scols_table_enable_colors(table, color));
	must(scols_table_enable_noencoding(table, 1));
	return table;
}

static void add_column(struct libscols_table *table, const char *key)
{
	char name[64];
	size_t n = strnlen(key, sizeof(name) - 1);

	for (size_t i = 0; i < n; i++)
		name[i] = (char)toupper((unsigned char)key[i]);
	name[n] = '\0';
	if (!scols_table_new_column(table, name, 0, shape_is_count(key) ? SCOLS_FL_RIGHT : 0))
		exit_without_memory();
}

static char *cell_of(const char *key, const json_t *value)
{
	struct shape_text text = shape_of(key, value, SHAPE_FOR_EYES);
	char *cell = text_cell(shape_span(&text));

	free(text.data);
	if (!cell)
		exit_without_memory();
	return cell;
}

static struct libscols_line *add_line(struct libscols_table *table)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		exit_without_memory();
	return line;
}

/* A yes is green and a no is red; nothing depends on the colour alone. */
static void paint(struct libscols_line *line, size_t column, const json_t *value)
{
	if (json_is_boolean(value))
		must(scols_cell_set_color(
		        scols_line_get_cell(line, column), json_is_true(value) ? "green" : "red"));
}

static void add_pair(
        struct libscols_table *table, const char *name, const char *key, const json_t *value)
{
	struct libscols_line *line = add_line(table);
	char *cell = text_cell(span_of(name));

	if (!cell)
		exit_without_memory();
	must(scols_line_refer_data(line, 0, cell));
	must(scols_line_refer_data(line, 1, cell_of(key, value)));
}

/* "choices.analytics  given", a line each; a key within a map of names is a name. */
static void add_object(struct libscols_table *table, const char *key, const json_t *object)
{
	const char *inner;
	json_t *value;

	json_object_foreach((json_t *)object, inner, value)
	{
		char *name = NULL;

		if (asprintf(&name, "%s.%s", key, inner) < 0)
			exit_without_memory();
		add_pair(table, name, shape_is_known(inner) ? inner : key, value);
		free(name);
	}
}

static void add_array(struct libscols_table *table, const char *key, const json_t *array)
{
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value) add_pair(table, i == 0 ? key : "", key, value);
}

void output_table_object(const struct output *out, const json_t *object)
{
	struct libscols_table *table = table_new(out->stream, out->color);
	const char *key;
	json_t *value;

	must(scols_table_enable_noheadings(table, 1));
	add_column(table, "key");
	add_column(table, "value");
	json_object_foreach((json_t *)object, key, value)
	{
		if (json_is_object(value) && json_object_size(value) > 0)
			add_object(table, key, value);
		else if (json_is_array(value) && json_array_size(value) > 0)
			add_array(table, key, value);
		else
			add_pair(table, key, key, value);
	}
	must(scols_print_table(table));
	scols_unref_table(table);
}

void output_table_row(struct output *out, const json_t *row)
{
	struct libscols_line *line;

	if (!out->table) {
		out->table = table_new(out->stream, out->color);
		for (uint32_t i = 0; i < out->n_columns; i++)
			add_column(out->table, out->columns[i]);
	}
	line = add_line(out->table);
	for (uint32_t i = 0; i < out->n_columns; i++) {
		const json_t *value = json_object_get(row, out->columns[i]);

		must(scols_line_refer_data(line, i, cell_of(out->columns[i], value)));
		if (out->color)
			paint(line, i, value);
	}
}

void output_table_flush(struct output *out)
{
	if (!out->table || scols_table_is_empty(out->table))
		return;
	must(scols_print_table(out->table));
	scols_table_remove_lines(out->table);
	must(scols_table_enable_noheadings(out->table, 1));
}

void output_table_free(struct output *out)
{
	scols_unref_table(out->table);
	out->table = NULL;
}
