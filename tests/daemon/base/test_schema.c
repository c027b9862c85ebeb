/*
 * The schema reader with a table of every type: values, presets, positions, each kind of fault with
 * its message, all faults of a document at once, and the manual's text.
 */
#include "daemon/base/schema.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

struct inner {
	struct schema_head head;
	uint64_t weight;
};

struct thing {
	struct span name;
	struct schema_mark name_at;
	bool flag;
	uint64_t count, bytes, mode, color, roles, lifetime;
	struct inner place;
	struct schema_list boxes, shelf, tags, title;
};

static const char *check_name(struct span text)
{
	return text.data[0] == 'x' ? "a name without x" : NULL;
}

static const struct schema_word colors[] = {{"red", 1}, {"green", 2}, {NULL, 0}};
static const struct schema_word roles[] = {{"read", 1}, {"write", 2}, {"rule", 4}, {NULL, 0}};
static const struct schema_word session[] = {{"session", 0}, {NULL, 0}};
static const struct inner inner_initial = {.weight = 7};

static const struct schema_row inner_rows[] = {
        {.key = "weight",
                .type = SCHEMA_UINT,
                .offset = offsetof(struct inner, weight),
                .least = 1,
                .most = 9,
                .preset = "7",
                .meaning = "How heavy it is."},
};
static const struct schema inner_schema = {.noun = "box",
        SCHEMA_ROWS(inner_rows),
        .n_bytes = sizeof(struct inner),
        .initial = &inner_initial};

#define ROW(member, kind) .key = #member, .type = (kind), .offset = offsetof(struct thing, member)

static const struct schema_row thing_rows[] = {
        {ROW(name, SCHEMA_TEXT), .required = true, .at = offsetof(struct thing, name_at),
                .least = 1, .most = 8, .check = check_name,
                .meaning = "What *it* is called, `as_is`."},
        {ROW(flag, SCHEMA_BOOL), .preset = "false", .meaning = "Up or down."},
        {ROW(count, SCHEMA_UINT), .most = 10, .meaning = "How many."},
        {ROW(bytes, SCHEMA_SIZE), .least = 1, .meaning = "How big."},
        {ROW(mode, SCHEMA_OCTAL), .most = 0777, .meaning = "For whom."},
        {ROW(color, SCHEMA_WORD), .words = colors, .meaning = "Its color."},
        {ROW(roles, SCHEMA_WORDS), .words = roles, .meaning = "Its roles."},
        {ROW(lifetime, SCHEMA_DURATION), .least = 60, .most = 315360000, .words = session,
                .meaning = "How long it lives."},
        {ROW(place, SCHEMA_MAP), .schema = &inner_schema, .meaning = "Where it stands."},
        {ROW(boxes, SCHEMA_LIST), .most = 2, .schema = &inner_schema, .meaning = "In it."},
        {ROW(shelf, SCHEMA_DICT), .schema = &inner_schema, .check = check_name,
                .meaning = "On it."},
        {ROW(tags, SCHEMA_TEXT_LIST), .most = 4, .meaning = "What hangs on it."},
        {ROW(title, SCHEMA_TEXTS), .most = 20, .meaning = "What it says."},
};
static const struct schema thing_schema = {.noun = "thing",
        SCHEMA_ROWS(thing_rows),
        .n_bytes = sizeof(struct thing),
        .max_bytes = 4096};

static struct arena *arena;
static struct faults faults;
static struct thing thing;

static void start(void)
{
	arena = arena_new();
	faults = (struct faults){.file = "t.yaml"};
	thing = (struct thing){.count = 5};
}

static void stop(void)
{
	arena_free(arena);
	faults_deinit(&faults);
}

TestSuite(base_schema, .init = start, .fini = stop);

static int read_thing(const char *text)
{
	return schema_read(&thing_schema, span_of(text), arena, &faults, &thing);
}

/* The document has these faults in this order, and no more. */
static void has_faults(const char *text, size_t n, ...)
{
	cr_assert_eq(read_thing(text), SCHEMA_E_FAULTY, "%s", text);
	va_list lines;
	va_start(lines, n);
	for (size_t i = 0; i < n; i++) {
		char line[600] = "(none)";
		const char *expected = va_arg(lines, const char *);
		if (i < faults.n_items)
			fault_format(&faults, i, line, sizeof(line));
		cr_assert_str_eq(line, expected);
	}
	va_end(lines);
	cr_assert_eq(faults.n_items, n);
	faults_deinit(&faults);
}

Test(base_schema, reads_every_type)
{
	const char *text = "name: a\n"
	                   "flag: true\n"
	                   "count: 10\n"
	                   "bytes: 2 KiB\n"
	                   "mode: 0660\n"
	                   "color: green\n"
	                   "roles: [read, rule]\n"
	                   "lifetime: 2 weeks\n"
	                   "place: {weight: 3}\n"
	                   "boxes:\n"
	                   "  - weight: 4\n"
	                   "  - {}\n"
	                   "shelf: {left: {weight: 9}}\n"
	                   "tags: [yes, \"no\"]\n"
	                   "title: {en: Hello, no: 'Hei'}\n";
	cr_assert_eq(read_thing(text), 0);
	cr_assert(span_is(thing.name, "a"));
	cr_assert(thing.flag && thing.count == 10 && thing.bytes == 2048 && thing.mode == 0660);
	cr_assert(thing.color == 2 && thing.roles == 5 && thing.lifetime == 1209600);
	cr_assert_eq(thing.place.weight, 3);
	struct inner *boxes = thing.boxes.items;
	cr_assert(thing.boxes.n_items == 2 && boxes[0].weight == 4 && boxes[1].weight == 7);
	cr_assert(boxes[1].head.at.line == 12 && boxes[1].head.at.column == 5);
	struct inner *shelf = thing.shelf.items;
	cr_assert(thing.shelf.n_items == 1 && span_is(shelf[0].head.name, "left"));
	cr_assert_eq(shelf[0].weight, 9);
	struct schema_text *tags = thing.tags.items;
	cr_assert(thing.tags.n_items == 2 && span_is(tags[0].text, "yes"));
	struct schema_text *title = thing.title.items;
	cr_assert(thing.title.n_items == 2 && span_is(title[1].head.name, "no"));
	cr_assert(span_is(title[1].text, "Hei"));
}

Test(base_schema, what_is_absent_keeps_its_preset)
{
	cr_assert_eq(read_thing("name: a\n"), 0);
	cr_assert(thing.count == 5 && thing.name_at.line == 1 && thing.name_at.column == 7);
	cr_assert(thing.title.n_items == 0 && thing.boxes.items == NULL);
}

Test(base_schema, one_text_needs_no_language)
{
	cr_assert_eq(read_thing("{name: a, title: Hello}"), 0);
	struct schema_text *title = thing.title.items;
	cr_assert(thing.title.n_items == 1 && !span_present(title[0].head.name));
}

Test(base_schema, the_schema_decides_what_a_scalar_is)
{
	const char *names[] = {"no", "on", "yes", "null", "~", "1e3", "0x1f", "true", "1_0"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[64];
		snprintf(text, sizeof(text), "{name: %s, title: {no: %s}}", names[i], names[i]);
		cr_assert_eq(read_thing(text), 0);
		cr_assert(span_is(thing.name, names[i]));
	}
}

Test(base_schema, finds_all_faults_at_once)
{
	has_faults("nmae: a\nflag: yes\ncount: 11\nflag: true\n", 5,
	        "t.yaml:1:1: unknown key \"nmae\" in this thing; did you mean \"name\"?",
	        "t.yaml:2:7: \"flag\": expected true or false, not \"yes\"",
	        "t.yaml:3:8: \"count\": expected a number, at most 10, not \"11\"",
	        "t.yaml:4:1: the key \"flag\" stands twice in this thing; the first is in line 2",
	        "t.yaml:1:1: missing key \"name\" in this thing");
	cr_assert_eq(thing.count, 5);
}

Test(base_schema, an_unknown_key_lists_the_known_ones)
{
	has_faults("{name: a, place: {colour: 1}}", 1,
	        "t.yaml:1:19: unknown key \"colour\" in this box; known are weight");
}

Test(base_schema, wrong_kinds_of_node)
{
	has_faults("[]", 1, "t.yaml:1:1: expected a thing: a map with keys such as \"name\"");
	has_faults("{name: [a], count: {}, place: x, boxes: x, shelf: [], tags: x, title: []}", 7,
	        "t.yaml:1:8: \"name\": expected a text, not a list",
	        "t.yaml:1:20: \"count\": expected a number, at most 10, not a map",
	        "t.yaml:1:31: expected a box: a map with keys such as \"weight\"",
	        "t.yaml:1:41: \"boxes\": expected a list, each entry a box",
	        "t.yaml:1:51: \"shelf\": expected a map from names, each to a box",
	        "t.yaml:1:61: \"tags\": expected a list of texts",
	        "t.yaml:1:71: \"title\": expected a text, or a map from language tags to texts");
	has_faults("{name: , ? [k] : v}", 2, "t.yaml:1:8: \"name\": expected a text, not nothing",
	        "t.yaml:1:12: expected a key that is a text in this thing");
}

Test(base_schema, numbers_are_written_one_way)
{
	const char *wrong[] = {"011", "-1", "+1", "1.0", "0x1", "1_0", "\"1\"", "one", "11",
	        "18446744073709551616"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[64];
		snprintf(text, sizeof(text), "{name: a, count: %s}", wrong[i]);
		cr_assert_eq(read_thing(text), SCHEMA_E_FAULTY, "%s", text);
	}
	faults_deinit(&faults);
	cr_assert_eq(read_thing("{name: a, count: 0}"), 0);
	has_faults("{name: a, count: \"1\"}", 1,
	        "t.yaml:1:18: \"count\": expected a number, at most 10, not \"1\" in quotes");
}

Test(base_schema, ranges_at_their_ends_and_one_past_them)
{
	const struct {
		const char *text;
		int outcome;
	} cases[] = {
	        {"{name: abcdefgh}", 0},
	        {"{name: abcdefghi}", SCHEMA_E_FAULTY},
	        {"{name: ''}", SCHEMA_E_FAULTY},
	        {"{name: a, mode: 0777}", 0},
	        {"{name: a, mode: 01000}", SCHEMA_E_FAULTY},
	        {"{name: a, mode: 0668}", SCHEMA_E_FAULTY},
	        {"{name: a, bytes: 1}", 0},
	        {"{name: a, bytes: 0}", SCHEMA_E_FAULTY},
	        {"{name: a, bytes: 16777215 TiB}", 0},
	        {"{name: a, bytes: 16777216 TiB}", SCHEMA_E_FAULTY},
	        {"{name: a, bytes: 1 KB}", SCHEMA_E_FAULTY},
	        {"{name: a, lifetime: 1 minute}", 0},
	        {"{name: a, lifetime: 59}", SCHEMA_E_FAULTY},
	        {"{name: a, lifetime: session}", 0},
	        {"{name: a, lifetime: 10 years}", 0},
	        {"{name: a, lifetime: 315360001}", SCHEMA_E_FAULTY},
	        {"{name: a, lifetime: 99999999999999 years}", SCHEMA_E_FAULTY},
	        {"{name: a, boxes: [{}, {}]}", 0},
	        {"{name: a, boxes: [{}, {}, {}]}", SCHEMA_E_FAULTY},
	        {"{name: a, tags: [abcd]}", 0},
	        {"{name: a, tags: [abcde]}", SCHEMA_E_FAULTY},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(read_thing(cases[i].text), cases[i].outcome, "%s", cases[i].text);
}

Test(base_schema, words)
{
	has_faults("{name: a, color: blue, roles: [read, own]}", 2,
	        "t.yaml:1:18: \"color\": expected one of red or green, not \"blue\"",
	        "t.yaml:1:38: \"roles\": expected a list of any of read, write or rule, not "
	        "\"own\"");
	has_faults("{name: a, roles: read}", 1,
	        "t.yaml:1:18: \"roles\": expected a list of any of read, write or rule, not "
	        "\"read\"");
	has_faults("{name: a, lifetime: for ever}", 1,
	        "t.yaml:1:21: \"lifetime\": expected a duration such as 6 months or 30 minutes, "
	        "from "
	        "1 minute to 10 years, or session, not \"for ever\"");
}

Test(base_schema, names_and_languages_are_checked_and_unique)
{
	has_faults(
	        "{name: xa, shelf: {xb: {}, c: {}, C: {}}, title: {english_uk: a, en: b, EN: c}}",
	        5, "t.yaml:1:8: \"name\": expected a name without x, not \"xa\"",
	        "t.yaml:1:20: \"shelf\": expected a name without x, not \"xb\"",
	        "t.yaml:1:35: \"C\" stands twice; the first is in line 1",
	        "t.yaml:1:51: \"title\": expected a language tag such as en or pt-BR, not "
	        "\"english_uk\"",
	        "t.yaml:1:73: \"EN\" stands twice; the first is in line 1");
	has_faults("{name: a, title: {}}", 1,
	        "t.yaml:1:18: \"title\": 0 entries; expected at least 1");
}

Test(base_schema, control_characters_are_no_text)
{
	const char *wrong[] = {"\"\\0\"", "\"a\\eb\"", "\"\\x7f\"", "\"\\x9b\"", "\"a\\rb\""};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[64];
		snprintf(text, sizeof(text), "{name: a, title: %s}", wrong[i]);
		has_faults(text, 1,
		        "t.yaml:1:18: \"title\": expected a text without control characters");
	}
	cr_assert_eq(read_thing("{name: a, title: \"a\\tb\\nc\"}"), 0);
	has_faults("{name: a, \"k\\e[2J\": 1}", 1,
	        "t.yaml:1:11: unknown key \"k?[2J\" in this thing; known are name, flag, count, "
	        "bytes, mode, color, roles, lifetime, place, boxes, shelf, tags, title");
}

Test(base_schema, stops_after_a_hundred_faults)
{
	char text[4096] = "name: a\n";
	for (int i = 0; i < 200; i++)
		strcat(text, "zzzzzz: 1\n");
	cr_assert_eq(read_thing(text), SCHEMA_E_FAULTY);
	cr_assert_eq(faults.n_errors, 101);
}

Test(base_schema, prints_itself)
{
	struct buffer page = {0};
	cr_assert_eq(schema_print(&thing_schema, &page), 0);
	cr_assert_eq(buffer_append(&page, span_bytes("", 1)), 0);
	const char *text = (const char *)page.data;
	cr_assert_not_null(
	        strstr(text, "*name*: text; required\n\tWhat \\*it\\* is called, *as\\_is*.\n\n"));
	cr_assert_not_null(
	        strstr(text, "*flag*: true or false; default: false\n\tUp or down.\n\n"));
	cr_assert_not_null(strstr(text, "*place*: map\n\tWhere it stands.\n\n\t*weight*: a number, "
	                                "from 1 to 9; default: 7\n"
	                                "\t\tHow heavy it is.\n\n"));
	cr_assert_not_null(strstr(text, "*color*: one of red or green\n"));
	buffer_deinit(&page);
}

Test(base_schema, nearest_names)
{
	const struct span known[] = {span_of("category"), span_of("cookies"), span_of("id")};
	cr_assert(span_is(schema_nearest(span_of("catgory"), known, 3), "category"));
	cr_assert(span_is(schema_nearest(span_of("cookeis"), known, 3), "cookies"));
	cr_assert(span_is(schema_nearest(span_of("di"), known, 3), "id"));
	cr_assert_not(span_present(schema_nearest(span_of("name"), known, 3)));
	cr_assert_not(span_present(schema_nearest(span_of("xy"), known, 3)));
	cr_assert_not(span_present(schema_nearest(SPAN_NONE, known, 3)));
}

Test(base_schema, quotes_are_cut_between_characters)
{
	char longest[200];
	memset(longest, 'a', 63);
	strcpy(longest + 63, "éz");
	cr_assert_str_eq(schema_quote(span_of("ab")).text, "\"ab\"");
	struct schema_quoted cut = schema_quote(span_of(longest));
	longest[63] = '\0';
	char expected[300];
	snprintf(expected, sizeof(expected), "\"%s…\"", longest);
	cr_assert_str_eq(cut.text, expected);
}
