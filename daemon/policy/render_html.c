/*
 * HTML: one small document that needs nothing from elsewhere and can be read aloud. Texts in another
 * language than the page's say so (WCAG 2.1, 3.1.2); every table has a caption and headings with a
 * scope. What comes from the policy appears as text and in `lang` attributes, escaped for both.
 */
#include "daemon/policy/render_page.h"

#include <stdio.h>

static const char style[] =
        "body{max-width:60rem;margin:2rem auto;padding:0 1rem;font-family:sans-serif;"
        "line-height:1.5}"
        "table{border-collapse:collapse;width:100%;margin:1rem 0}"
        "caption{text-align:left;font-weight:bold;padding:.5rem 0}"
        "th,td{border:1px solid;padding:.4rem;text-align:left;vertical-align:top;"
        "overflow-wrap:anywhere}";

static const char *entity(uint8_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static int put_escaped(struct render_out *out, struct span text)
{
	int r = 0;
	size_t start = 0;
	for (size_t i = 0; i < text.n_bytes && r == 0; i++) {
		const char *escaped = entity(text.data[i]);
		if (escaped == NULL)
			continue;
		r = buffer_append(out->page, (struct span){text.data + start, i - start});
		if (r == 0)
			r = render_put(out, escaped);
		start = i + 1;
	}
	if (r != 0 || start == text.n_bytes)
		return r;
	return buffer_append(out->page, (struct span){text.data + start, text.n_bytes - start});
}

/* "<tag lang=…>text</name>"; `tag` is the name with the attributes that it always has. */
static int put_element(struct render_out *out, const char *tag, const struct render_text *text)
{
	size_t n_name = strcspn(tag, " ");
	int r = buffer_printf(out->page, "<%s", tag);
	if (r == 0 && span_present(text->language)) {
		r = render_put(out, " lang=\"");
		r = r ? r : put_escaped(out, text->language);
		r = r ? r : render_put(out, "\"");
	}
	r = r ? r : render_put(out, ">");
	r = r ? r : put_escaped(out, text->text);
	return r ? r : buffer_printf(out->page, "</%.*s>\n", (int)n_name, tag);
}

static int html_begin(struct render_out *out, const struct render_text *title, struct span language)
{
	int r = render_put(out, "<!DOCTYPE html>\n<html lang=\"");
	r = r ? r : put_escaped(out, language);
	r = r ? r : render_put(out, "\">\n<head>\n<meta charset=\"utf-8\">\n");
	r = r ? r
	      : render_put(out, "<meta name=\"viewport\" content=\"width=device-width, "
	                        "initial-scale=1\">\n");
	r = r ? r : put_element(out, "title", title);
	r = r ? r : buffer_printf(out->page, "<style>%s</style>\n", style);
	r = r ? r : render_put(out, "</head>\n<body>\n<main>\n");
	return r ? r : put_element(out, "h1", title);
}

static int html_section(struct render_out *out, const char *id, const struct render_text *title)
{
	char tag[48];
	int r = buffer_printf(out->page, "<section aria-labelledby=\"%s\">\n", id);
	snprintf(tag, sizeof(tag), "h2 id=\"%s\"", id);
	return r ? r : put_element(out, tag, title);
}

static int html_section_end(struct render_out *out)
{
	return render_put(out, "</section>\n");
}

static int html_subtitle(struct render_out *out, const struct render_text *title)
{
	return put_element(out, "h3", title);
}

static int html_paragraph(struct render_out *out, const struct render_text *text)
{
	return put_element(out, "p", text);
}

/* Names are no language's words: they are code, and not to be translated. */
static int put_names(struct render_out *out, const struct render_row *row)
{
	int r = render_put(out, "<td translate=\"no\">");
	for (uint32_t i = 0; i < row->n_names && r == 0; i++) {
		r = render_put(out, i ? ", <code>" : "<code>");
		r = r ? r : put_escaped(out, row->names[i]);
		r = r ? r : render_put(out, "</code>");
	}
	return r ? r : render_put(out, "</td>\n");
}

static int put_row(struct render_out *out, const struct render_row *row)
{
	int r = render_put(out, "<tr>\n");
	r = r ? r : put_element(out, "th scope=\"row\"", &row->provider);
	r = r ? r : put_element(out, "td", &row->function);
	r = r ? r : put_names(out, row);
	r = r ? r : put_element(out, "td", &row->purpose);
	return r ? r : render_put(out, "</tr>\n");
}

static int html_table(struct render_out *out, const struct render_table *table)
{
	int r = render_put(out, "<table>\n");
	r = r ? r : put_element(out, "caption", &table->caption);
	r = r ? r : render_put(out, "<thead>\n<tr>\n");
	for (int i = 0; i < POLICY_N_COLUMNS && r == 0; i++)
		r = put_element(out, "th scope=\"col\"", &table->columns[i]);
	r = r ? r : render_put(out, "</tr>\n</thead>\n<tbody>\n");
	for (uint32_t i = 0; i < table->n_rows && r == 0; i++)
		r = put_row(out, &table->rows[i]);
	return r ? r : render_put(out, "</tbody>\n</table>\n");
}

static int html_end(struct render_out *out)
{
	return render_put(out, "</main>\n</body>\n</html>\n");
}

const struct render_writer render_html = {
        .begin = html_begin,
        .section = html_section,
        .section_end = html_section_end,
        .subtitle = html_subtitle,
        .paragraph = html_paragraph,
        .table = html_table,
        .end = html_end,
};
