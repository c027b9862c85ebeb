/*
 * Plain text for a terminal: paragraphs and table cells are wrapped, columns are aligned. Widths
 * are counted in characters; one that a terminal shows two columns wide shifts its line.
 *
 * A word longer than its place is cut, because a cookie's name may be longer than any column.
 */
#include "daemon/policy/render_page.h"

#include <errno.h>

enum { PAGE_WIDTH = 78 };

/* A column is as wide as its longest cell, and no wider than this. */
static const size_t column_most[POLICY_N_COLUMNS] = {24, 28, 24, 36};

static bool is_start(uint8_t c)
{
	return (c & 0xc0) != 0x80;
}

static size_t width_of(struct span text)
{
	size_t width = 0;
	for (size_t i = 0; i < text.n_bytes; i++)
		width += is_start(text.data[i]);
	return width;
}

/* Takes the words off `rest` that fit into the width; a word that never fits is cut. */
static struct span line_cut(struct span *rest, size_t width)
{
	size_t n = 0, space = 0, n_characters = 0;
	if (rest->n_bytes == 0)
		return *rest;
	for (; n < rest->n_bytes; n++) {
		if (!is_start(rest->data[n]))
			continue;
		if (rest->data[n] == ' ')
			space = n;
		if (n_characters == width)
			break;
		n_characters++;
	}
	struct span line = {rest->data, n};
	size_t next = n;
	if (n < rest->n_bytes && space != 0) {
		line.n_bytes = space;
		next = space + 1;
	}
	*rest = (struct span){rest->data + next, rest->n_bytes - next};
	return line;
}

static int put_repeated(struct render_out *out, const char *text, size_t n)
{
	int r = 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = render_put(out, text);
	return r;
}

static int put_wrapped(struct render_out *out, struct span text)
{
	int r = 0;
	while (text.n_bytes != 0 && r == 0) {
		r = buffer_append(out->page, line_cut(&text, PAGE_WIDTH));
		r = r ? r : render_put(out, "\n");
	}
	return r;
}

static int put_title(struct render_out *out, const struct render_text *title, const char *rule)
{
	size_t width = width_of(title->text);
	int r = put_wrapped(out, title->text);
	r = r ? r : put_repeated(out, rule, width < PAGE_WIDTH ? width : PAGE_WIDTH);
	return r ? r : render_put(out, "\n");
}

static int plain_begin(
        struct render_out *out, const struct render_text *title, struct span language)
{
	(void)language;
	return put_title(out, title, "=");
}

static int plain_section(struct render_out *out, const char *id, const struct render_text *title)
{
	(void)id;
	int r = render_put(out, "\n");
	return r ? r : put_title(out, title, "-");
}

static int plain_paragraph(struct render_out *out, const struct render_text *text)
{
	int r = render_put(out, "\n");
	return r ? r : put_wrapped(out, text->text);
}

static int nothing(struct render_out *out)
{
	(void)out;
	return 0;
}

/* The names of a row in one cell. */
static int join_names(struct render_out *out, const struct render_row *row, struct span *ret)
{
	size_t n = 1;
	for (uint32_t i = 0; i < row->n_names; i++)
		n += row->names[i].n_bytes + 2;
	uint8_t *all = arena_alloc(out->arena, n);
	if (all == NULL)
		return -ENOMEM;
	uint8_t *at = all;
	for (uint32_t i = 0; i < row->n_names; i++) {
		at = render_copy(at, span_of(i ? ", " : ""));
		at = render_copy(at, row->names[i]);
	}
	*ret = (struct span){all, (size_t)(at - all)};
	return 0;
}

/* One line of one cell, padded up to the next one; no line ends in spaces. */
static int put_cell(struct render_out *out, struct span line, size_t width, bool last)
{
	int r = buffer_append(out->page, line);
	if (last)
		return r ? r : render_put(out, "\n");
	r = r ? r : put_repeated(out, " ", width - width_of(line));
	return r ? r : render_put(out, " |");
}

/* One row of cells, as many lines as its highest cell needs. */
static int put_cells(struct render_out *out, const struct span *cells, const size_t *widths)
{
	struct span rest[POLICY_N_COLUMNS];
	size_t n_left = 1;
	int r = 0;
	memcpy(rest, cells, sizeof(rest));
	while (n_left != 0 && r == 0) {
		n_left = 0;
		for (int i = 0; i < POLICY_N_COLUMNS && r == 0; i++) {
			struct span line = line_cut(&rest[i], widths[i]);
			if (i != 0 && line.n_bytes != 0)
				r = render_put(out, " ");
			bool last = i + 1 == POLICY_N_COLUMNS;
			size_t pad = i != 0 && line.n_bytes == 0 ? widths[i] + 1 : widths[i];
			r = r ? r : put_cell(out, line, pad, last);
			n_left += rest[i].n_bytes;
		}
	}
	return r;
}

static int put_rule(struct render_out *out, const size_t *widths)
{
	int r = 0;
	for (int i = 0; i < POLICY_N_COLUMNS && r == 0; i++) {
		r = put_repeated(out, "-", widths[i]);
		r = r ? r : render_put(out, i + 1 == POLICY_N_COLUMNS ? "\n" : "-+-");
	}
	return r;
}

static void widen(size_t *widths, const struct span *cells)
{
	for (int i = 0; i < POLICY_N_COLUMNS; i++) {
		size_t width = width_of(cells[i]);
		if (width > column_most[i])
			width = column_most[i];
		if (width > widths[i])
			widths[i] = width;
	}
}

static int cells_of(struct render_out *out, const struct render_row *row, struct span *cells)
{
	cells[POLICY_COLUMN_PROVIDER] = row->provider.text;
	cells[POLICY_COLUMN_FUNCTION] = row->function.text;
	cells[POLICY_COLUMN_PURPOSES] = row->purpose.text;
	return join_names(out, row, &cells[POLICY_COLUMN_COOKIES]);
}

static int plain_table(struct render_out *out, const struct render_table *table)
{
	size_t widths[POLICY_N_COLUMNS] = {1, 1, 1, 1};
	size_t n_cells = ((size_t)table->n_rows + 1) * POLICY_N_COLUMNS;
	struct span *cells = arena_array(out->arena, n_cells, sizeof(*cells));
	if (cells == NULL)
		return -ENOMEM;
	int r = 0;
	for (int i = 0; i < POLICY_N_COLUMNS; i++)
		cells[i] = table->columns[i].text;
	for (uint32_t i = 0; i < table->n_rows && r == 0; i++)
		r = cells_of(out, &table->rows[i], cells + POLICY_N_COLUMNS * ((size_t)i + 1));
	for (size_t i = 0; i < n_cells && r == 0; i += POLICY_N_COLUMNS)
		widen(widths, cells + i);
	r = r ? r : plain_paragraph(out, &table->caption);
	r = r ? r : render_put(out, "\n");
	r = r ? r : put_cells(out, cells, widths);
	for (size_t i = POLICY_N_COLUMNS; i < n_cells && r == 0; i += POLICY_N_COLUMNS) {
		r = put_rule(out, widths);
		r = r ? r : put_cells(out, cells + i, widths);
	}
	return r;
}

const struct render_writer render_plain = {
        .begin = plain_begin,
        .section = plain_section,
        .section_end = nothing,
        .subtitle = plain_paragraph,
        .paragraph = plain_paragraph,
        .table = plain_table,
        .end = nothing,
};
