/*
 * Markdown (CommonMark, with the tables of GitHub's dialect). Every character that could begin or
 * end markup anywhere in a line is escaped with a backslash, and so is what could do so at the
 * beginning of a line; texts are flat, so a paragraph has one beginning.
 */
#include "daemon/policy/render_page.h"

/* What is markup anywhere: emphasis, code, links, HTML, entities, table cells, math. */
static const char markup[] = "\\`*_{}[]<>|~&#$!";

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* The character at the beginning of a line that would make it a list, a rule or a heading. */
static size_t opening(struct span text)
{
	size_t i = 0;
	while (i < text.n_bytes && is_digit(text.data[i]))
		i++;
	if (i == text.n_bytes || (i != 0 && text.data[i] != '.' && text.data[i] != ')'))
		return SIZE_MAX;
	return i != 0 || strchr("+-=:", text.data[0]) != NULL ? i : SIZE_MAX;
}

static int put_escaped(struct render_out *out, struct span text)
{
	int r = 0;
	size_t start = opening(text);
	for (size_t i = 0; i < text.n_bytes && r == 0; i++) {
		if (text.data[i] != 0 && (i == start || strchr(markup, text.data[i]) != NULL))
			r = render_put(out, "\\");
		r = r ? r : buffer_append(out->page, (struct span){text.data + i, 1});
	}
	return r;
}

static int put_line(struct render_out *out, const char *before, const struct render_text *text,
        const char *after)
{
	int r = render_put(out, before);
	r = r ? r : put_escaped(out, text->text);
	return r ? r : render_put(out, after);
}

static int markdown_begin(
        struct render_out *out, const struct render_text *title, struct span language)
{
	(void)language;
	return put_line(out, "# ", title, "\n");
}

static int markdown_section(struct render_out *out, const char *id, const struct render_text *title)
{
	(void)id;
	return put_line(out, "\n## ", title, "\n");
}

static int markdown_subtitle(struct render_out *out, const struct render_text *title)
{
	return put_line(out, "\n### ", title, "\n");
}

static int markdown_paragraph(struct render_out *out, const struct render_text *text)
{
	return put_line(out, "\n", text, "\n");
}

static int nothing(struct render_out *out)
{
	(void)out;
	return 0;
}

static int put_row(struct render_out *out, const struct render_row *row)
{
	int r = put_line(out, "| ", &row->provider, " | ");
	r = r ? r : put_line(out, "", &row->function, " | ");
	for (uint32_t i = 0; i < row->n_names && r == 0; i++) {
		r = render_put(out, i ? ", " : "");
		r = r ? r : put_escaped(out, row->names[i]);
	}
	return r ? r : put_line(out, " | ", &row->purpose, " |\n");
}

static int markdown_table(struct render_out *out, const struct render_table *table)
{
	int r = put_line(out, "\n### ", &table->caption, "\n\n|");
	for (int i = 0; i < POLICY_N_COLUMNS && r == 0; i++)
		r = put_line(out, " ", &table->columns[i], " |");
	r = r ? r : render_put(out, "\n|---|---|---|---|\n");
	for (uint32_t i = 0; i < table->n_rows && r == 0; i++)
		r = put_row(out, &table->rows[i]);
	return r;
}

const struct render_writer render_markdown = {
        .begin = markdown_begin,
        .section = markdown_section,
        .section_end = nothing,
        .subtitle = markdown_subtitle,
        .paragraph = markdown_paragraph,
        .table = markdown_table,
        .end = nothing,
};
