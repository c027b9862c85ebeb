/*
 * The policy's file format, as the one table that reads it, words its faults and prints its manual.
 */
#include "daemon/policy/declaration.h"

#define TITLE_BYTES    256
#define SENTENCE_BYTES 1024
#define PROSE_BYTES    4096

#define FIELD_OF(owner, member, kind)                                                              \
	.key = #member, .type = (kind), .offset = offsetof(struct owner, member)
#define AT(owner, member) .at = offsetof(struct owner, member)

static const struct schema_word modes[] = {
        {"enforce", POLICY_MODE_ENFORCE}, {"report", POLICY_MODE_REPORT}, {NULL, 0}};
static const struct schema_word bases[] = {{"necessary", PROTO_BASIS_NECESSARY},
        {"audience_measurement", PROTO_BASIS_AUDIENCE_MEASUREMENT},
        {"consent", PROTO_BASIS_CONSENT}, {"opt_out", PROTO_BASIS_OPT_OUT}, {NULL, 0}};
static const struct schema_word parties[] = {
        {"first", DECLARED_PARTY_FIRST}, {"third", DECLARED_PARTY_THIRD}, {NULL, 0}};
static const struct schema_word session[] = {{"session", 0}, {NULL, 0}};

static const struct schema_row validity_rows[] = {
        {.key = "given",
                .type = SCHEMA_DURATION,
                .offset = offsetof(struct declaration, given_s),
                AT(declaration, given_at),
                .least = 1,
                .most = UINT64_C(10) * 365 * 86400,
                .preset = "6 months",
                .meaning = "How long a yes holds, counted from the moment it is given."},
        {.key = "refused",
                .type = SCHEMA_DURATION,
                .offset = offsetof(struct declaration, refused_s),
                AT(declaration, refused_at),
                .least = 1,
                .most = UINT64_C(10) * 365 * 86400,
                .preset = "6 months",
                .meaning = "How long a refusal holds before the visitor may be asked again. "
                           "Objections to audience measurement and opt-out refusals never "
                           "lapse."},
};
static const struct schema validity_schema = {.noun = "validity", SCHEMA_ROWS(validity_rows)};

#define COLUMN(number, name, text)                                                                 \
	{                                                                                          \
		.key = (name), .type = SCHEMA_TEXTS,                                               \
		.offset = sizeof(struct schema_list) * (number), .least = 1, .most = TITLE_BYTES,  \
		.preset = (text), .meaning = "Heading of the column."                              \
	}

static const struct schema_row column_rows[] = {
        COLUMN(POLICY_COLUMN_PROVIDER, "provider", "Service provider's name"),
        COLUMN(POLICY_COLUMN_FUNCTION, "function", "Function and location"),
        COLUMN(POLICY_COLUMN_COOKIES, "cookies", "Cookie name(s)"),
        COLUMN(POLICY_COLUMN_PURPOSES, "purposes", "Purposes"),
};
static const struct schema column_schema = {.noun = "set of columns", SCHEMA_ROWS(column_rows)};

static const struct schema_row page_rows[] = {
        {FIELD_OF(declared_page, title, SCHEMA_TEXTS), .least = 1, .most = TITLE_BYTES,
                .preset = "Cookies policy", .meaning = "Title of the page."},
        {FIELD_OF(declared_page, introduction, SCHEMA_TEXTS), .least = 1, .most = PROSE_BYTES,
                .preset = "a general one",
                .meaning = "What the page begins with. In this and every longer text an empty "
                           "line begins a new paragraph."},
        {FIELD_OF(declared_page, cookie_title, SCHEMA_TEXTS), .least = 1, .most = TITLE_BYTES,
                .preset = "What is a cookie?", .meaning = "Heading over `cookie`."},
        {FIELD_OF(declared_page, cookie, SCHEMA_TEXTS), .least = 1, .most = PROSE_BYTES,
                .preset = "a general one", .meaning = "What a cookie is."},
        {FIELD_OF(declared_page, kinds_title, SCHEMA_TEXTS), .least = 1, .most = TITLE_BYTES,
                .preset = "Kinds of cookies",
                .meaning = "Heading over the descriptions of the categories."},
        {FIELD_OF(declared_page, table_title, SCHEMA_TEXTS), .least = 1, .most = TITLE_BYTES,
                .preset = "Cookies used on this site",
                .meaning = "Heading over the tables of services."},
        {.key = "columns",
                .type = SCHEMA_MAP,
                .offset = offsetof(struct declared_page, columns),
                .schema = &column_schema,
                .meaning = "The headings in the tables of services."},
};
static const struct schema page_schema = {.noun = "page", SCHEMA_ROWS(page_rows)};

static const struct schema_row attest_rows[] = {
        {FIELD_OF(declared_attest, anonymous, SCHEMA_BOOL), AT(declared_attest, anonymous_at),
                .meaning = "The statistics cannot be traced back to a person. Must be true."},
        {FIELD_OF(declared_attest, own_use_only, SCHEMA_BOOL), AT(declared_attest, own_use_only_at),
                .meaning = "Only this site's publisher uses the data. Must be true."},
        {FIELD_OF(declared_attest, cross_site, SCHEMA_BOOL), AT(declared_attest, cross_site_at),
                .meaning = "The visitor is recognised on other sites. Must be false."},
        {FIELD_OF(declared_attest, refresh, SCHEMA_BOOL), AT(declared_attest, refresh_at),
                .meaning = "A later visit prolongs the cookie's life. Must be false."},
};
static const struct schema attest_schema = {.noun = "attestation", SCHEMA_ROWS(attest_rows)};

static const struct schema_row category_rows[] = {
        {FIELD_OF(declared_category, basis, SCHEMA_WORD), AT(declared_category, basis_at),
                .words = bases,
                .meaning = "Why services of the category may act: `necessary` always, `consent` "
                           "after a yes, `opt_out` until a no, `audience_measurement` until an "
                           "objection while every condition in `attest` holds, and after a yes "
                           "otherwise. Required, except for the four shipped categories."},
        {FIELD_OF(declared_category, party, SCHEMA_WORD), .words = parties, .preset = "first",
                .meaning = "Whose cookies they are: the site's, or somebody else's."},
        {.key = "attest",
                .type = SCHEMA_MAP,
                .offset = offsetof(struct declared_category, attest),
                AT(declared_category, attest_at),
                .schema = &attest_schema,
                .meaning = "The conditions under which audience measurement needs no consent. "
                           "All four must be stated; and no cookie of the service may live "
                           "longer than 13 months."},
        {FIELD_OF(declared_category, title, SCHEMA_TEXTS), .least = 1, .most = TITLE_BYTES,
                .preset = "the category's name",
                .meaning = "How the page calls this kind of cookies."},
        {FIELD_OF(declared_category, heading, SCHEMA_TEXTS), .least = 1, .most = TITLE_BYTES,
                .preset = "the title",
                .meaning = "What stands over the category's table of services."},
        {FIELD_OF(declared_category, description, SCHEMA_TEXTS), .least = 1, .most = PROSE_BYTES,
                .meaning = "What this kind of cookies does."},
};
static const struct schema category_schema = {.noun = "category",
        SCHEMA_ROWS(category_rows),
        .n_bytes = sizeof(struct declared_category)};

static const struct schema_row cookie_rows[] = {
        {FIELD_OF(declared_cookie, name, SCHEMA_TEXT), AT(declared_cookie, name_at),
                .required = true, .least = 1, .most = PROTO_LIMIT_COOKIE_NAME_BYTES,
                .check = declaration_check_cookie,
                .meaning = "The cookie's name, or a pattern with one * at its beginning or its "
                           "end. A name beats a pattern, a longer pattern a shorter one."},
        {FIELD_OF(declared_cookie, domain, SCHEMA_TEXT), AT(declared_cookie, domain_at), .least = 1,
                .most = PROTO_LIMIT_DOMAIN_BYTES, .check = declaration_check_domain,
                .preset = "the site's own",
                .meaning = "The domain that the cookie belongs to; it covers subdomains."},
        {FIELD_OF(declared_cookie, path, SCHEMA_TEXT), AT(declared_cookie, path_at), .least = 1,
                .most = 256, .check = declaration_check_path, .preset = "/",
                .meaning = "The path that the cookie is set with, needed to delete it. It plays "
                           "no part in decisions."},
        {.key = "max_age",
                .type = SCHEMA_DURATION,
                .offset = offsetof(struct declared_cookie, max_age_s),
                AT(declared_cookie, max_age_at),
                .least = 1,
                .most = UINT64_C(100) * 365 * 86400,
                .words = session,
                .preset = "session",
                .meaning = "The longest time for which the cookie may be set; session: until "
                           "the browser closes."},
        {FIELD_OF(declared_cookie, purpose, SCHEMA_TEXTS), AT(declared_cookie, purpose_at),
                .least = 1, .most = SENTENCE_BYTES, .meaning = "What the cookie is for."},
};
static const struct schema cookie_schema = {
        .noun = "cookie", SCHEMA_ROWS(cookie_rows), .n_bytes = sizeof(struct declared_cookie)};

static const struct schema_row service_rows[] = {
        {FIELD_OF(declared_service, id, SCHEMA_TEXT), AT(declared_service, id_at), .required = true,
                .least = 1, .most = PROTO_LIMIT_NAME_BYTES, .check = declaration_check_name,
                .meaning = "The name by which choices are recorded; unique among services and "
                           "categories. A service under another id is another service."},
        {FIELD_OF(declared_service, provider, SCHEMA_TEXTS), .required = true, .least = 1,
                .most = 256,
                .meaning = "Who provides the service. The first text is the one that counts "
                           "when providers are compared."},
        {FIELD_OF(declared_service, function, SCHEMA_TEXTS), .required = true, .least = 1,
                .most = SENTENCE_BYTES, .meaning = "What the service does for the site."},
        {FIELD_OF(declared_service, location, SCHEMA_TEXTS), .least = 1, .most = TITLE_BYTES,
                .meaning = "Where on the site it acts."},
        {FIELD_OF(declared_service, category, SCHEMA_TEXT), AT(declared_service, category_at),
                .required = true, .least = 1, .most = PROTO_LIMIT_NAME_BYTES,
                .check = declaration_check_name,
                .meaning = "The category that the service is consented with."},
        {FIELD_OF(declared_service, party, SCHEMA_WORD), AT(declared_service, party_at),
                .words = parties, .preset = "as its category",
                .meaning = "Whose cookies they are, where the category says otherwise."},
        {FIELD_OF(declared_service, material, SCHEMA_UINT), .most = UINT32_MAX, .preset = "0",
                .meaning = "Raise it when what the service does has changed so much that every "
                           "visitor must be asked again. Another provider, category, basis or "
                           "party has that effect by itself; other changes have not."},
        {FIELD_OF(declared_service, cookies, SCHEMA_LIST), AT(declared_service, cookies_at),
                .most = PROTO_LIMIT_RULES, .schema = &cookie_schema,
                .meaning = "The cookies that the service sets."},
};
static const struct schema service_schema = {
        .noun = "service", SCHEMA_ROWS(service_rows), .n_bytes = sizeof(struct declared_service)};

static const struct schema_row declaration_rows[] = {
        {FIELD_OF(declaration, site, SCHEMA_TEXT), AT(declaration, site_at), .required = true,
                .least = 1, .most = PROTO_LIMIT_SITE_BYTES, .check = declaration_check_site,
                .meaning = "The host name of the property whose policy this is."},
        {FIELD_OF(declaration, mode, SCHEMA_WORD), .words = modes, .preset = "enforce",
                .meaning = "With `report`, adapters let every cookie through and count what "
                           "they would have stopped. The daemon's answers are the same."},
        {FIELD_OF(declaration, language, SCHEMA_TEXT), .least = 2,
                .most = PROTO_LIMIT_LANGUAGE_BYTES, .check = declaration_check_language,
                .preset = "en", .meaning = "The language of texts that are given as one string."},
        {.key = "validity",
                .type = SCHEMA_MAP,
                .schema = &validity_schema,
                .meaning = "How long choices hold."},
        {FIELD_OF(declaration, page, SCHEMA_MAP), .schema = &page_schema,
                .meaning = "The texts of the public page."},
        {FIELD_OF(declaration, categories, SCHEMA_DICT), .most = PROTO_LIMIT_CATEGORIES,
                .schema = &category_schema, .check = declaration_check_name,
                .meaning = "Groups of services that are consented together. `necessary`, "
                           "`statistics` (audience measurement), `first_party` and "
                           "`third_party` (consent) exist without being declared."},
        {FIELD_OF(declaration, services, SCHEMA_LIST), .required = true,
                .most = PROTO_LIMIT_SERVICES, .schema = &service_schema,
                .meaning = "The services, each one row of the public table."},
};
const struct schema declaration_schema = {.noun = "policy",
        SCHEMA_ROWS(declaration_rows),
        .n_bytes = sizeof(struct declaration),
        .max_bytes = PROTO_LIMIT_YAML_BYTES};

const struct declaration declaration_initial = {
        .language = {(const uint8_t *)"en", 2},
        .mode = POLICY_MODE_ENFORCE,
        .given_s = 6 * DECLARATION_MONTH_S,
        .refused_s = 6 * DECLARATION_MONTH_S,
};
