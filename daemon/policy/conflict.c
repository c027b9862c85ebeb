/*
 * Errors between parts of a policy: two services that would answer to one name, two that would
 * answer for one cookie, a category that does not exist. Each would make a decision depend on
 * chance, so none is let through.
 *
 * Nothing here relies on a sound document: parts that were faulty by themselves are absent.
 */
#include "daemon/policy/declaration.h"

#include "daemon/base/schema.h"

static void categories_sound(const struct declaration *declaration, struct faults *faults)
{
	const struct declared_category *categories = declared_categories(declaration);
	for (uint32_t i = 0; i < declaration->categories.n_items; i++) {
		const struct schema_head *head = &categories[i].head;
		if (i >= PROTO_LIMIT_CATEGORIES) {
			faults_error(faults, 0, 0,
			        "%u categories, the four shipped ones included; at most %d",
			        declaration->categories.n_items, PROTO_LIMIT_CATEGORIES);
			return;
		}
		if (categories[i].basis == 0)
			faults_error(faults, head->at.line, head->at.column,
			        "category %s: missing key \"basis\"; expected necessary, "
			        "audience_measurement, consent or opt_out",
			        schema_quote(head->name).text);
	}
}

static void category_known(const struct declaration *declaration,
        const struct declared_service *service, struct faults *faults)
{
	struct span known[PROTO_LIMIT_CATEGORIES * 2];
	const struct declared_category *categories = declared_categories(declaration);
	uint32_t n = declaration->categories.n_items;
	if (!span_present(service->category) ||
	        declared_category_find(declaration, service->category) != NULL)
		return;
	for (uint32_t i = 0; i < n; i++)
		known[i] = categories[i].head.name;
	struct span nearest = schema_nearest(service->category, known, n);
	struct schema_mark at = service->category_at;
	if (span_present(nearest))
		faults_error(faults, at.line, at.column,
		        "unknown category %s; did you mean \"%.*s\"?",
		        schema_quote(service->category).text, SPAN_ARG(nearest));
	else
		faults_error(faults, at.line, at.column,
		        "unknown category %s; declare it under \"categories\"",
		        schema_quote(service->category).text);
}

/* Service ids and category names share one namespace, because a choice may name either. */
static void id_unique(const struct declaration *declaration, uint32_t i, struct faults *faults)
{
	const struct declared_service *services = declared_services(declaration);
	struct schema_mark at = services[i].id_at;
	if (!span_present(services[i].id))
		return;
	if (declared_category_find(declaration, services[i].id) != NULL) {
		faults_error(faults, at.line, at.column,
		        "service id %s is the name of a category; expected a name of its own",
		        schema_quote(services[i].id).text);
		return;
	}
	for (uint32_t j = 0; j < i; j++) {
		if (!span_equal(services[i].id, services[j].id))
			continue;
		faults_error(faults, at.line, at.column,
		        "service id %s stands twice; the first is in line %u",
		        schema_quote(services[i].id).text, services[j].id_at.line);
		return;
	}
}

static bool same_path(struct span a, struct span b)
{
	struct span root = span_of("/");
	return span_equal(span_present(a) ? a : root, span_present(b) ? b : root);
}

/*
 * A check names a cookie and perhaps a domain, never a path: two services that differ only in the
 * path of a cookie cannot be told apart. One service may list a cookie once for each path.
 */
static bool rules_clash(const struct declared_rule *a, const struct declared_rule *b)
{
	if (!span_equal(a->cookie->name, b->cookie->name) ||
	        !span_equal(a->cookie->domain, b->cookie->domain) ||
	        span_present(a->cookie->domain) != span_present(b->cookie->domain))
		return false;
	return a->service != b->service || same_path(a->cookie->path, b->cookie->path);
}

static void rule_unique(const struct declaration *declaration, uint32_t i, struct faults *faults)
{
	const struct declared_rule *rule = &declaration->rules[i];
	struct schema_mark at = rule->cookie->name_at;
	if (!span_present(rule->cookie->name))
		return;
	for (uint32_t j = 0; j < i; j++) {
		const struct declared_rule *first = &declaration->rules[j];
		if (!rules_clash(rule, first))
			continue;
		faults_error(faults, at.line, at.column,
		        "cookie %s is declared twice for the same domain; the first is in line %u, "
		        "service %s",
		        schema_quote(rule->cookie->name).text, first->cookie->name_at.line,
		        schema_quote(first->service->id).text);
		return;
	}
}

void declaration_conflicts(const struct declaration *declaration, struct faults *faults)
{
	categories_sound(declaration, faults);
	for (uint32_t i = 0; i < declaration->services.n_items; i++) {
		id_unique(declaration, i, faults);
		category_known(declaration, &declared_services(declaration)[i], faults);
	}
	if (declaration->n_rules > PROTO_LIMIT_RULES) {
		struct schema_mark at = declaration->rules[PROTO_LIMIT_RULES].cookie->head.at;
		faults_error(faults, at.line, at.column, "%u cookies; a policy declares at most %d",
		        declaration->n_rules, PROTO_LIMIT_RULES);
		return;
	}
	for (uint32_t i = 0; i < declaration->n_rules; i++)
		rule_unique(declaration, i, faults);
}
