/*
 * YAML in, policy out: read by the table, completed, checked whole, and only then compiled. The
 * compiling part relies on everything that the checks before it have established; a document with
 * one error yields no policy at all.
 */
#include "daemon/policy/policy.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "daemon/policy/declaration.h"
#include "daemon/policy/fingerprint.h"

enum {
	PARSE_FAULTY = 1,
	PARSE_FAULTS = 500, /* kept of one document, errors first; nobody reads more */
};

/* The first -ENOMEM of many copies; everything after it is skipped. */
struct build {
	const struct declaration *declaration;
	struct policy *policy;
	int error;
};

static void *build_array(struct build *build, size_t n, size_t item_bytes)
{
	void *items = build->error ? NULL : arena_array(build->policy->arena, n, item_bytes);
	if (items == NULL)
		build->error = -ENOMEM;
	return items;
}

static struct policy_text build_text(struct build *build, const struct schema_list *list)
{
	const struct schema_text *texts = list->items;
	struct policy_translation *translations =
	        build_array(build, list->n_items, sizeof(*translations));
	if (translations == NULL)
		return (struct policy_text){0};
	for (uint32_t i = 0; i < list->n_items; i++)
		translations[i] = (struct policy_translation){texts[i].head.name, texts[i].text};
	return (struct policy_text){translations, list->n_items};
}

static void build_page(struct build *build)
{
	const struct declared_page *from = &build->declaration->page;
	struct policy_page *page = &build->policy->page;
	page->title = build_text(build, &from->title);
	page->introduction = build_text(build, &from->introduction);
	page->cookie_title = build_text(build, &from->cookie_title);
	page->cookie = build_text(build, &from->cookie);
	page->kinds_title = build_text(build, &from->kinds_title);
	page->table_title = build_text(build, &from->table_title);
	for (int i = 0; i < POLICY_N_COLUMNS; i++)
		page->columns[i] = build_text(build, &from->columns[i]);
}

static void build_categories(struct build *build)
{
	const struct declared_category *from = declared_categories(build->declaration);
	uint32_t n = build->declaration->categories.n_items;
	struct policy_category *categories = build_array(build, n, sizeof(*categories));
	for (uint32_t i = 0; i < n && categories != NULL; i++) {
		categories[i] = (struct policy_category){
		        .name = from[i].head.name,
		        .basis = (enum proto_basis)from[i].basis,
		        .exempt = declared_category_exempt(&from[i]),
		        .third_party = from[i].party == DECLARED_PARTY_THIRD,
		        .shipped = from[i].shipped,
		        .title = build_text(build, &from[i].title),
		        .heading = build_text(build, &from[i].heading),
		        .description = build_text(build, &from[i].description),
		};
	}
	build->policy->categories = categories;
	build->policy->n_categories = n;
}

static void build_service(struct build *build, uint32_t i, struct proto_service *rule)
{
	const struct declared_service *from = &declared_services(build->declaration)[i];
	const struct declared_category *category =
	        declared_category_find(build->declaration, from->category);
	struct policy_service *service = &build->policy->services[i];
	*rule = (struct proto_service){
	        .id = from->id,
	        .category = category->head.name,
	        .basis = (enum proto_basis)category->basis,
	        .exempt = declared_service_exempt(from, category),
	        .bit = PROTO_NO_BIT,
	};
	service->provider = build_text(build, &from->provider);
	service->function = build_text(build, &from->function);
	service->location = build_text(build, &from->location);
	service->category = (uint32_t)(category - declared_categories(build->declaration));
	service->third_party = declared_third_party(from, category);
	service->material = from->material;
	service->line = from->id_at.line;
	service->column = from->id_at.column;
	service->n_cookies = from->cookies.n_items;
	if (build->error != 0)
		return;
	struct fingerprint_fields fields = {
	        .provider = service->provider.translations[0].text,
	        .category = rule->category,
	        .basis = rule->basis,
	        .third_party = service->third_party,
	        .material = from->material,
	};
	fingerprint_make(&fields, service->fingerprint);
}

static void build_services(struct build *build)
{
	struct policy *policy = build->policy;
	uint32_t n = build->declaration->services.n_items;
	struct proto_service *rules = build_array(build, n, sizeof(*rules));
	policy->services = build_array(build, n, sizeof(*policy->services));
	for (uint32_t i = 0, cookie = 0; i < n && build->error == 0; i++) {
		build_service(build, i, &rules[i]);
		policy->services[i].first_cookie = cookie;
		cookie += policy->services[i].n_cookies;
	}
	policy->rules.services = rules;
	policy->rules.n_services = n;
}

static void build_rules(struct build *build)
{
	const struct declaration *declaration = build->declaration;
	struct policy *policy = build->policy;
	uint32_t n = declaration->n_rules;
	struct proto_rule *rules = build_array(build, n, sizeof(*rules));
	policy->cookies_declared = build_array(build, n, sizeof(*policy->cookies_declared));
	for (uint32_t i = 0; i < n && build->error == 0; i++) {
		const struct declared_cookie *cookie = declaration->rules[i].cookie;
		ptrdiff_t service = declaration->rules[i].service - declared_services(declaration);
		rules[i] = (struct proto_rule){
		        .name = cookie->name,
		        .domain = cookie->domain,
		        .path = cookie->path,
		        .service = (uint32_t)service,
		        .max_age = (uint32_t)cookie->max_age_s,
		};
		policy->cookies_declared[i] = (struct policy_cookie){
		        .purpose = build_text(build, &cookie->purpose),
		        .line = cookie->name_at.line,
		        .column = cookie->name_at.column,
		};
	}
	policy->rules.site = policy->site;
	policy->rules.rules = rules;
	policy->rules.n_rules = n;
}

static int build_policy(
        const struct declaration *declaration, struct span yaml, struct policy *policy)
{
	struct build build = {.declaration = declaration, .policy = policy};
	policy->site = declaration->site;
	policy->language = declaration->language;
	policy->mode = (enum policy_mode)declaration->mode;
	policy->given_validity_s = (uint32_t)declaration->given_s;
	policy->refused_validity_s = (uint32_t)declaration->refused_s;
	build_page(&build);
	build_categories(&build);
	build_services(&build);
	build_rules(&build);
	if (build.error == 0)
		build.error = arena_copy(policy->arena, yaml, &policy->yaml);
	crypto_generichash(
	        policy->digest, sizeof(policy->digest), yaml.data, yaml.n_bytes, NULL, 0);
	return build.error;
}

static int compare_faults(const void *a, const void *b)
{
	const struct fault *x = a, *y = b;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->message, y->message);
}

/* By position, as they are read; errors before warnings only where there are too many of both. */
static void order_faults(struct faults *faults, size_t n_before)
{
	struct fault *items = faults->items + n_before;
	size_t n = faults->n_items - n_before, n_kept = 0;
	for (size_t i = 0; i < n && n > PARSE_FAULTS; i++) {
		struct fault fault = items[i];
		if (fault.warning)
			continue;
		items[i] = items[n_kept];
		items[n_kept++] = fault;
	}
	while (faults->n_items > n_before + PARSE_FAULTS)
		free(faults->items[--faults->n_items].message);
	qsort(items, faults->n_items - n_before, sizeof(*items), compare_faults);
}

static int parse_into(struct policy *policy, struct span yaml, struct faults *faults)
{
	struct declaration declaration = declaration_initial;
	size_t n_before = faults->n_items, n_errors = faults->n_errors;
	int r = schema_read(&declaration_schema, yaml, policy->arena, faults, &declaration);
	if (r < 0)
		return r;
	r = declaration_complete(&declaration, policy->arena);
	if (r != 0)
		return r;
	declaration_conflicts(&declaration, faults);
	declaration_lint(&declaration, faults);
	if (faults->n_items > n_before)
		order_faults(faults, n_before);
	if (faults->n_errors != n_errors || faults->out_of_memory)
		return PARSE_FAULTY;
	return build_policy(&declaration, yaml, policy);
}

int policy_parse(struct span yaml, struct faults *faults, struct policy **ret)
{
	struct arena *arena = arena_new();
	struct policy *policy = arena ? arena_alloc(arena, sizeof(*policy)) : NULL;
	if (policy == NULL) {
		arena_free(arena);
		return -ENOMEM;
	}
	policy->arena = arena;
	int r = parse_into(policy, yaml, faults);
	if (r == 0)
		*ret = policy;
	else
		policy_free(policy);
	return r;
}
