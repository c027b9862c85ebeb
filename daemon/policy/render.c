/*
 * The page, from the policy: in which order its parts stand and in which language each is. How a
 * part looks is for the writers; that nothing in a text can be more than text begins here, where
 * line breaks and control characters are flattened, and ends there, where markup is escaped.
 */
#include "daemon/policy/render.h"

#include <errno.h>

#include "daemon/base/language.h"
#include "daemon/policy/render_page.h"

static const struct {
	const char *name;
	const struct render_writer *writer;
} formats[] = {
        [POLICY_FORMAT_HTML] = {"html", &render_html},
        [POLICY_FORMAT_MARKDOWN] = {"markdown", &render_markdown},
        [POLICY_FORMAT_TEXT] = {"text", &render_plain},
};

bool policy_format_find(struct span name, enum policy_format *ret)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!span_is(name, formats[i].name))
			continue;
		*ret = (enum policy_format)i;
		return true;
	}
	return false;
}

struct render {
	const struct policy *policy;
	const struct render_writer *writer;
	struct span asked;    /* the language that was asked for; may be absent */
	struct span language; /* the page's, which texts without a `lang` are in */
	struct render_out out;
	int error; /* the first -ENOMEM; everything after it is skipped */
};

static void note(struct render *render, int r)
{
	if (render->error == 0)
		render->error = r;
}

/* -- texts ---------------------------------------------------------------------------------- */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The bytes of a character that no page may contain: controls, and overrides of its direction. */
static size_t forbidden(struct span text, size_t i)
{
	const uint8_t *c = text.data + i;
	size_t left = text.n_bytes - i;
	if (c[0] < 0x20 || c[0] == 0x7f)
		return 1;
	if (left >= 2 && c[0] == 0xc2 && c[1] < 0xa0)
		return 2;
	if (left >= 3 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xad || c[2] == 0xae))
		return 3;
	return 0;
}

/* Runs of white space become one space, none stays at the ends; what is forbidden becomes `?`. */
static struct span flatten(struct render *render, struct span text)
{
	uint8_t *flat = arena_alloc(render->out.arena, text.n_bytes + 1);
	size_t n = 0;
	if (flat == NULL) {
		note(render, -ENOMEM);
		return SPAN_NONE;
	}
	for (size_t i = 0; i < text.n_bytes;) {
		size_t bad = is_space(text.data[i]) ? 0 : forbidden(text, i);
		if (is_space(text.data[i])) {
			if (n != 0 && flat[n - 1] != ' ')
				flat[n++] = ' ';
		} else {
			flat[n++] = bad ? '?' : text.data[i];
		}
		i += bad ? bad : 1;
	}
	while (n != 0 && flat[n - 1] == ' ')
		n--;
	return (struct span){flat, n};
}

static const struct policy_translation *find(struct render *render, const struct policy_text *text)
{
	return policy_text_find(text, render->asked);
}

static struct span language_of(struct render *render, const struct policy_translation *translation)
{
	return span_present(translation->language) ? translation->language
	                                           : render->policy->language;
}

/* The whole text as one line; empty where there is none. */
static struct render_text text_of(struct render *render, const struct policy_text *text)
{
	const struct policy_translation *translation = find(render, text);
	if (translation == NULL)
		return (struct render_text){span_of(""), SPAN_NONE};
	struct span language = language_of(render, translation);
	if (language_equal(language, render->language))
		language = SPAN_NONE;
	return (struct render_text){flatten(render, translation->text), language};
}

/* Where the empty line behind a line break ends; 0 where the next line has something on it. */
static size_t empty_line(struct span text, size_t at)
{
	size_t i = at + 1;
	while (i < text.n_bytes && (text.data[i] == ' ' || text.data[i] == '\t'))
		i++;
	return i < text.n_bytes && text.data[i] == '\n' ? i + 1 : 0;
}

/* The bytes up to the next empty line, which are taken off the rest. */
static struct span paragraph_cut(struct span *rest)
{
	struct span paragraph = *rest;
	size_t next = 0;
	for (size_t i = 0; i < rest->n_bytes && next == 0; i++) {
		if (rest->data[i] == '\n')
			next = empty_line(*rest, i);
		if (next != 0)
			paragraph.n_bytes = i;
	}
	if (next == 0)
		next = rest->n_bytes;
	*rest = (struct span){rest->data + next, rest->n_bytes - next};
	return paragraph;
}

static void put_paragraphs(struct render *render, const struct policy_text *text)
{
	const struct policy_translation *translation = find(render, text);
	if (translation == NULL)
		return;
	struct render_text paragraph = text_of(render, text);
	struct span rest = translation->text;
	while (rest.n_bytes != 0 && render->error == 0) {
		paragraph.text = flatten(render, paragraph_cut(&rest));
		if (paragraph.text.n_bytes != 0)
			note(render, render->writer->paragraph(&render->out, &paragraph));
	}
}

/* -- the table of services ------------------------------------------------------------------ */

/* "function (location)" */
static struct render_text function_of(struct render *render, const struct policy_service *service)
{
	struct render_text function = text_of(render, &service->function);
	struct render_text location = text_of(render, &service->location);
	size_t n = function.text.n_bytes + location.text.n_bytes + 3;
	if (location.text.n_bytes == 0 || render->error != 0)
		return function;
	uint8_t *both = arena_alloc(render->out.arena, n);
	if (both == NULL) {
		note(render, -ENOMEM);
		return function;
	}
	uint8_t *at = render_copy(both, function.text);
	at = render_copy(at, span_of(" ("));
	at = render_copy(at, location.text);
	render_copy(at, span_of(")"));
	function.text = (struct span){both, n};
	return function;
}

/* One name with several paths or domains stands in its row once. */
static void add_name(struct render_row *row, struct span name)
{
	for (uint32_t i = 0; i < row->n_names; i++) {
		if (span_equal(row->names[i], name))
			return;
	}
	row->names[row->n_names++] = name;
}

/* A service's neighbouring cookies of one purpose share a row; without cookies it has one row. */
static void add_service(
        struct render *render, struct render_table *table, const struct policy_service *service)
{
	const struct policy *policy = render->policy;
	struct render_row next = {
	        .provider = text_of(render, &service->provider),
	        .function = function_of(render, service),
	        .purpose = {span_of(""), SPAN_NONE},
	        .names = arena_array(render->out.arena, service->n_cookies, sizeof(*next.names)),
	};
	struct render_row *row = NULL;
	if (next.names == NULL)
		note(render, -ENOMEM);
	for (uint32_t i = 0; i < service->n_cookies && render->error == 0; i++) {
		uint32_t cookie = service->first_cookie + i;
		next.purpose = text_of(render, &policy->cookies_declared[cookie].purpose);
		if (row == NULL || !span_equal(row->purpose.text, next.purpose.text)) {
			if (row != NULL)
				next.names = row->names + row->n_names;
			row = &table->rows[table->n_rows++];
			*row = next;
		}
		add_name(row, flatten(render, policy->rules.rules[cookie].name));
	}
	if (service->n_cookies == 0)
		table->rows[table->n_rows++] = next;
}

static bool is_used(const struct policy *policy, uint32_t category)
{
	for (uint32_t i = 0; i < policy->rules.n_services; i++) {
		if (policy->services[i].category == category)
			return true;
	}
	return false;
}

static struct render_text title_of(struct render *render, const struct policy_category *category)
{
	if (category->title.n_translations != 0)
		return text_of(render, &category->title);
	return (struct render_text){flatten(render, category->name), SPAN_NONE};
}

static void put_table(struct render *render, uint32_t category)
{
	const struct policy *policy = render->policy;
	struct render_table table = {.caption = title_of(render, &policy->categories[category])};
	size_t n_most = (size_t)policy->rules.n_services + policy->rules.n_rules;
	if (policy->categories[category].heading.n_translations != 0)
		table.caption = text_of(render, &policy->categories[category].heading);
	for (int i = 0; i < POLICY_N_COLUMNS; i++)
		table.columns[i] = text_of(render, &policy->page.columns[i]);
	table.rows = arena_array(render->out.arena, n_most, sizeof(*table.rows));
	if (table.rows == NULL)
		note(render, -ENOMEM);
	for (uint32_t i = 0; i < policy->rules.n_services && render->error == 0; i++) {
		if (policy->services[i].category == category)
			add_service(render, &table, &policy->services[i]);
	}
	if (render->error == 0)
		note(render, render->writer->table(&render->out, &table));
}

/* -- the page ------------------------------------------------------------------------------- */

static void put_section(struct render *render, const char *id, const struct policy_text *title)
{
	struct render_text text = text_of(render, title);
	if (render->error == 0)
		note(render, render->writer->section(&render->out, id, &text));
}

static void end_section(struct render *render)
{
	if (render->error == 0)
		note(render, render->writer->section_end(&render->out));
}

/* The kinds: what is used, and the four that everybody should know the difference of. */
static void put_kind(struct render *render, uint32_t i)
{
	const struct policy_category *category = &render->policy->categories[i];
	if (!category->shipped && !is_used(render->policy, i))
		return;
	struct render_text title = title_of(render, category);
	if (render->error == 0)
		note(render, render->writer->subtitle(&render->out, &title));
	put_paragraphs(render, &category->description);
}

static void put_page(struct render *render)
{
	const struct policy *policy = render->policy;
	struct render_text title = text_of(render, &policy->page.title);
	if (render->error == 0)
		note(render, render->writer->begin(&render->out, &title, render->language));
	put_paragraphs(render, &policy->page.introduction);
	put_section(render, "cookie", &policy->page.cookie_title);
	put_paragraphs(render, &policy->page.cookie);
	end_section(render);
	put_section(render, "kinds", &policy->page.kinds_title);
	for (uint32_t i = 0; i < policy->n_categories; i++)
		put_kind(render, i);
	end_section(render);
	put_section(render, "services", &policy->page.table_title);
	for (uint32_t i = 0; i < policy->n_categories; i++) {
		if (is_used(policy, i))
			put_table(render, i);
	}
	end_section(render);
	if (render->error == 0)
		note(render, render->writer->end(&render->out));
}

int policy_render(const struct policy *policy, enum policy_format format, struct span language,
        struct buffer *page)
{
	struct arena *arena = arena_new();
	if (arena == NULL)
		return -ENOMEM;
	struct render render = {
	        .policy = policy,
	        .writer = formats[format].writer,
	        .asked = language,
	        .out = {page, arena},
	};
	/* The page is in the language of its title; texts in another one say so. */
	render.language = language_of(&render, find(&render, &policy->page.title));
	put_page(&render);
	arena_free(arena);
	return render.error;
}
