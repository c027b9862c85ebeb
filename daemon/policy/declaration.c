/*
 * What every policy has without saying so: the four kinds of cookies, and a page that explains
 * them. The texts are in English; a site that writes another language states its own. A shipped
 * category that a site declares keeps what the site leaves out.
 */
#include "daemon/policy/declaration.h"

#include <errno.h>

static const struct shipped_category {
	const char *name;
	enum proto_basis basis;
	enum declared_party party;
	const char *title, *description;
} shipped_categories[] = {
        {"necessary", PROTO_BASIS_NECESSARY, DECLARED_PARTY_FIRST, "Necessary cookies",
                "They keep what the site needs to know between two visits by the same device, "
                "such as a shopping cart, a login or the settings of the interface. The site "
                "cannot work without them, so they do not require consent."},
        {"statistics", PROTO_BASIS_AUDIENCE_MEASUREMENT, DECLARED_PARTY_FIRST,
                "Statistical cookies",
                "They make it possible to follow what visitors do on the site, in order to "
                "measure its audience. Where the statistics are anonymous, so that nothing can "
                "be traced back to a person, they do not require consent."},
        {"first_party", PROTO_BASIS_CONSENT, DECLARED_PARTY_FIRST, "First-party cookies",
                "They are stored by the site itself, beside the necessary ones. They can serve "
                "to collect personal data, to track behavior and to advertise, so they require "
                "consent."},
        {"third_party", PROTO_BASIS_CONSENT, DECLARED_PARTY_THIRD, "Third-party cookies",
                "They are stored by or for another site, often an advertising agency, which "
                "thereby learns what the visitor does here. They require consent."},
};

enum { N_SHIPPED = sizeof(shipped_categories) / sizeof(shipped_categories[0]) };

static const struct shipped_text {
	size_t offset; /* in struct declared_page */
	const char *text;
} shipped_texts[] = {
        {offsetof(struct declared_page, title), "Cookies policy"},
        {offsetof(struct declared_page, introduction),
                "This site uses cookies to work properly, and for the other purposes that are "
                "listed here. This page says which ones, who provides them and what they are "
                "for."},
        {offsetof(struct declared_page, cookie_title), "What is a cookie?"},
        {offsetof(struct declared_page, cookie),
                "A cookie is a small piece of data with a name, which a website may send to "
                "your browser. The browser keeps it for some time and sends it back with every "
                "later visit. Cookies remember, for instance, that you are logged in or what is "
                "in your shopping cart; they can also identify your browser for statistics or "
                "advertising."},
        {offsetof(struct declared_page, kinds_title), "Kinds of cookies"},
        {offsetof(struct declared_page, table_title), "Cookies used on this site"},
        {offsetof(struct declared_page, columns[POLICY_COLUMN_PROVIDER]),
                "Service provider's name"},
        {offsetof(struct declared_page, columns[POLICY_COLUMN_FUNCTION]), "Function and location"},
        {offsetof(struct declared_page, columns[POLICY_COLUMN_COOKIES]), "Cookie name(s)"},
        {offsetof(struct declared_page, columns[POLICY_COLUMN_PURPOSES]), "Purposes"},
};

enum { N_TEXTS = sizeof(shipped_texts) / sizeof(shipped_texts[0]) };

/* One English text, where the list is empty. */
static int preset_text(struct arena *arena, struct schema_list *list, const char *text)
{
	if (list->n_items != 0)
		return 0;
	struct schema_text *item = arena_alloc(arena, sizeof(*item));
	if (item == NULL)
		return -ENOMEM;
	item->head.name = span_of("en");
	item->text = span_of(text);
	*list = (struct schema_list){item, 1};
	return 0;
}

static int complete_page(struct declared_page *page, struct arena *arena)
{
	int r = 0;
	for (size_t i = 0; i < N_TEXTS && r == 0; i++)
		r = preset_text(arena, (void *)((char *)page + shipped_texts[i].offset),
		        shipped_texts[i].text);
	return r;
}

static int complete_category(struct declared_category *category,
        const struct shipped_category *shipped, struct arena *arena)
{
	category->shipped = true;
	if (category->basis == 0)
		category->basis = shipped->basis;
	if (category->party == DECLARED_PARTY_INHERITED)
		category->party = shipped->party;
	int r = preset_text(arena, &category->title, shipped->title);
	return r ? r : preset_text(arena, &category->description, shipped->description);
}

/* The declared categories in their order, and behind them those shipped ones that were not. */
static int complete_categories(struct declaration *declaration, struct arena *arena)
{
	uint32_t n = declaration->categories.n_items;
	struct declared_category *all = arena_array(arena, n + N_SHIPPED, sizeof(*all));
	if (all == NULL)
		return -ENOMEM;
	if (n != 0)
		memcpy(all, declaration->categories.items, n * sizeof(*all));
	declaration->categories = (struct schema_list){all, n};
	for (size_t i = 0; i < N_SHIPPED; i++) {
		struct span name = span_of(shipped_categories[i].name);
		struct declared_category *category = all;
		while (category < all + n && !span_equal(category->head.name, name))
			category++;
		if (category == all + n) {
			category->head.name = name;
			n++;
		}
		int r = complete_category(category, &shipped_categories[i], arena);
		if (r != 0)
			return r;
	}
	declaration->categories.n_items = n;
	return 0;
}

/* Lower case and no leading dot, in which form domains are compared. */
static int normalise_domain(struct declared_cookie *cookie, struct arena *arena)
{
	struct span domain = cookie->domain;
	if (!span_present(domain))
		return 0;
	if (domain.data[0] == '.')
		domain = (struct span){domain.data + 1, domain.n_bytes - 1};
	uint8_t *lower = arena_alloc(arena, domain.n_bytes + 1);
	if (lower == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < domain.n_bytes; i++) {
		uint8_t c = domain.data[i];
		lower[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
	}
	cookie->domain = (struct span){lower, domain.n_bytes};
	return 0;
}

static int complete_rules(struct declaration *declaration, struct arena *arena)
{
	struct declared_service *services = declared_services(declaration);
	size_t n = 0;
	for (uint32_t i = 0; i < declaration->services.n_items; i++)
		n += services[i].cookies.n_items;
	declaration->rules = arena_array(arena, n, sizeof(*declaration->rules));
	if (declaration->rules == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < declaration->services.n_items; i++) {
		struct declared_cookie *cookies = declared_cookies(&services[i]);
		for (uint32_t j = 0; j < services[i].cookies.n_items; j++) {
			int r = normalise_domain(&cookies[j], arena);
			if (r != 0)
				return r;
			declaration->rules[declaration->n_rules++] =
			        (struct declared_rule){&cookies[j], &services[i]};
		}
	}
	return 0;
}

int declaration_complete(struct declaration *declaration, struct arena *arena)
{
	int r = complete_page(&declaration->page, arena);
	if (r == 0)
		r = complete_categories(declaration, arena);
	return r ? r : complete_rules(declaration, arena);
}

const struct declared_category *declared_category_find(
        const struct declaration *declaration, struct span name)
{
	const struct declared_category *categories = declared_categories(declaration);
	for (uint32_t i = 0; i < declaration->categories.n_items; i++) {
		if (span_equal(categories[i].head.name, name))
			return &categories[i];
	}
	return NULL;
}

bool declared_third_party(
        const struct declared_service *service, const struct declared_category *category)
{
	uint64_t party = service->party ? service->party : category->party;
	return party == DECLARED_PARTY_THIRD;
}

bool declared_category_exempt(const struct declared_category *category)
{
	const struct declared_attest *attest = &category->attest;
	if (category->basis == PROTO_BASIS_NECESSARY)
		return true;
	return category->basis == PROTO_BASIS_AUDIENCE_MEASUREMENT && attest->anonymous &&
	       attest->own_use_only && attest->cross_site_at.line != 0 && !attest->cross_site &&
	       attest->refresh_at.line != 0 && !attest->refresh;
}

bool declared_service_exempt(
        const struct declared_service *service, const struct declared_category *category)
{
	const struct declared_cookie *cookies = declared_cookies(service);
	if (!declared_category_exempt(category))
		return false;
	if (category->basis == PROTO_BASIS_NECESSARY)
		return true;
	for (uint32_t i = 0; i < service->cookies.n_items; i++) {
		if (cookies[i].max_age_s > DECLARATION_LONGEST_S)
			return false;
	}
	return true;
}
