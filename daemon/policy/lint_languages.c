/*
 * Languages of a policy: the set that its translated texts use, and the texts that miss one of it.
 * A text that is given as one string is meant for every language and never counts. The shipped
 * texts are in English; of those that are missed, only the fact is told.
 */
#include "daemon/policy/lint.h"

#include "daemon/base/language.h"

enum { LANGUAGES = 16 }; /* of one policy that are watched; more are nobody's mistake */

struct languages {
	struct span tags[LANGUAGES];
	uint32_t n;
	struct faults *faults; /* NULL: tags are collected; else: texts are compared with them */
	bool shipped_lack[LANGUAGES];
};

static bool is_translated(const struct schema_list *list)
{
	const struct schema_text *texts = list->items;
	return list->n_items != 0 && span_present(texts[0].head.name);
}

/* A shipped text has no place in the document. */
static bool is_shipped(const struct schema_list *list)
{
	const struct schema_text *texts = list->items;
	return texts[0].head.at.line == 0;
}

static bool has_tag(const struct schema_list *list, struct span tag)
{
	const struct schema_text *texts = list->items;
	for (uint32_t i = 0; i < list->n_items; i++) {
		if (language_equal(texts[i].head.name, tag))
			return true;
	}
	return false;
}

static void collect(struct languages *languages, const struct schema_list *list)
{
	const struct schema_text *texts = list->items;
	for (uint32_t i = 0; i < list->n_items && languages->n < LANGUAGES; i++) {
		uint32_t known = 0;
		while (known < languages->n &&
		        !language_equal(languages->tags[known], texts[i].head.name))
			known++;
		if (known == languages->n)
			languages->tags[languages->n++] = texts[i].head.name;
	}
}

static void compare(struct languages *languages, const struct schema_list *list)
{
	const struct schema_text *texts = list->items;
	for (uint32_t i = 0; i < languages->n; i++) {
		if (has_tag(list, languages->tags[i]))
			continue;
		if (is_shipped(list))
			languages->shipped_lack[i] = true;
		else
			faults_warning(languages->faults, texts[0].head.at.line,
			        texts[0].head.at.column,
			        "this text lacks %s, which other texts of the policy have",
			        schema_quote(languages->tags[i]).text);
	}
}

static void visit(struct languages *languages, const struct schema_list *list)
{
	if (!is_translated(list))
		return;
	if (languages->faults != NULL)
		compare(languages, list);
	else if (!is_shipped(list))
		collect(languages, list);
}

static void visit_page(struct languages *languages, const struct declared_page *page)
{
	visit(languages, &page->title);
	visit(languages, &page->introduction);
	visit(languages, &page->cookie_title);
	visit(languages, &page->cookie);
	visit(languages, &page->kinds_title);
	visit(languages, &page->table_title);
	for (int i = 0; i < POLICY_N_COLUMNS; i++)
		visit(languages, &page->columns[i]);
}

static void visit_all(struct languages *languages, const struct declaration *declaration)
{
	const struct declared_category *categories = declared_categories(declaration);
	const struct declared_service *services = declared_services(declaration);
	visit_page(languages, &declaration->page);
	for (uint32_t i = 0; i < declaration->categories.n_items; i++) {
		visit(languages, &categories[i].title);
		visit(languages, &categories[i].heading);
		visit(languages, &categories[i].description);
	}
	for (uint32_t i = 0; i < declaration->services.n_items; i++) {
		visit(languages, &services[i].provider);
		visit(languages, &services[i].function);
		visit(languages, &services[i].location);
	}
	for (uint32_t i = 0; i < declaration->n_rules; i++)
		visit(languages, &declaration->rules[i].cookie->purpose);
}

void lint_languages(const struct declaration *declaration, struct faults *faults)
{
	struct languages languages = {.n = 0};
	/* What the site says its texts are in, unless that is what the shipped ones are in. */
	if (!language_equal(declaration->language, span_of("en")))
		languages.tags[languages.n++] = declaration->language;
	visit_all(&languages, declaration);
	languages.faults = faults;
	visit_all(&languages, declaration);
	for (uint32_t i = 0; i < languages.n; i++) {
		if (languages.shipped_lack[i])
			faults_warning(faults, 0, 0,
			        "the shipped texts are in English; state those of the page and of "
			        "the "
			        "categories in %s too",
			        schema_quote(languages.tags[i]).text);
	}
}
