/*
 * Prints PROTOCOL.md's tables: reads the document on standard input and writes it to standard
 * output with everything between `<!-- table: NAME -->` and `<!-- end -->` made anew.
 *
 * The .def files and the descriptions of the messages are the only source: what the daemon holds a
 * peer to and what the document says cannot drift apart, because a test compares the two. A table
 * that the document asks for and nobody makes, or one that it leaves out, ends the program with 1.
 *
 * A program of the build, not of the library: it alone in this folder does I/O.
 */
#include "proto/messages.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const field_meanings[PROTO_N_FIELDS] = {
#define FIELD(NAME, key, TYPE, least, most, item_bytes, meaning) meaning,
#include "proto/fields.def"
#undef FIELD
};

static const char *const op_meanings[PROTO_N_OPS] = {
#define OP(NAME, name, ROLE, meaning) meaning,
#include "proto/ops.def"
#undef OP
};

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

/* ---- the tables of rows ---- */

static void print_operations(void)
{
	put("| method | role | what it does |\n|---|---|---|\n");
	for (uint32_t i = 0; i < PROTO_N_OPS; i++)
		put("| [`%s`](#%s) | %s | %s |\n", proto_ops[i].name, proto_ops[i].name,
		        proto_role_name(proto_ops[i].role), op_meanings[i]);
}

static void print_reasons(void)
{
	put("| number | reason | allowed | meaning |\n|---|---|---|---|\n");
#define REASON(number, NAME, name, allowed, meaning)                                               \
	put("| %d | `%s` | %s | %s |\n", number, #name, (allowed) ? "yes" : "no", meaning);
#include "proto/reasons.def"
#undef REASON
}

static void print_errors(void)
{
	put("| code | meaning |\n|---|---|\n");
#define ERROR(number, NAME, name, meaning) put("| `%s` | %s |\n", #name, meaning);
#include "proto/errors.def"
#undef ERROR
}

/* As `hello` says it. */
static void put_lower(const char *name)
{
	for (; *name; name++)
		put("%c", *name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
}

static void print_limits(void)
{
	put("| limit | value | unit | where it bites |\n|---|---|---|---|\n");
#define LIMIT(NAME, value, unit, meaning)                                                          \
	put("| `");                                                                                \
	put_lower(#NAME);                                                                          \
	put("` | %d | %s | %s |\n", value, unit, meaning);
#include "proto/limits.def"
#undef LIMIT
}

/* ---- the tables of messages ---- */

/* "1 to 256", "at most 16", "16" */
static void put_bounds(uint64_t least, uint64_t most)
{
	if (least == most)
		put("%" PRIu64, least);
	else if (least == 0)
		put("at most %" PRIu64, most);
	else
		put("%" PRIu64 " to %" PRIu64, least, most);
}

static void put_uint(uint64_t least, uint64_t most)
{
	put("integer");
	if (most == UINT64_MAX || most == UINT32_MAX) {
		if (least > 0)
			put(", at least %" PRIu64, least);
		if (most == UINT32_MAX)
			put(", below 2³²");
		return;
	}
	put(", ");
	put_bounds(least, most);
}

static void put_pairs(const struct proto_field_row *field)
{
	put("map of ");
	put_bounds(field->least, field->most);
	put(" names of 1 to %d bytes, each with ", PROTO_LIMIT_NAME_BYTES);
	if (field->type == PROTO_TYPE_MAP_BOOL)
		put("a boolean");
	else if (field->type == PROTO_TYPE_MAP_UINT)
		put("an integer");
	else
		put("text of at most %" PRIu32 " bytes", field->item_bytes);
}

/* "struct proto_decision" → "decision" */
static const char *shape_name(const struct proto_message *message)
{
	static const char prefix[] = "struct proto_";

	return message->name + sizeof(prefix) - 1;
}

/* Whether the shape stands somewhere in the message. */
static bool reaches(const struct proto_message *message, const struct proto_message *shape)
{
	for (uint32_t i = 0; i < message->n_members; i++) {
		const struct proto_message *item = message->members[i].item;

		if (item && (item == shape || reaches(item, shape)))
			return true;
	}
	return false;
}

/* The operation in whose section a shape is printed: the first whose result has it. */
static uint32_t home_of(const struct proto_message *shape)
{
	for (uint32_t i = 0; i < PROTO_N_OPS; i++) {
		if (reaches(proto_ops[i].result, shape))
			return i;
	}
	return PROTO_N_OPS;
}

static void put_shape(const struct proto_message *shape, uint32_t op)
{
	const uint32_t home = home_of(shape);

	put("`%s`", shape_name(shape));
	if (home != op)
		put(" (see [`%s`](#%s))", proto_ops[home].name, proto_ops[home].name);
}

static void put_type(const struct proto_member *member, uint32_t op)
{
	const struct proto_field_row *field = &proto_fields[member->field];

	switch (field->type) {
	case PROTO_TYPE_BOOL:
		put("boolean");
		break;
	case PROTO_TYPE_GPC:
		put("boolean, or the header's text");
		break;
	case PROTO_TYPE_UINT:
		put_uint(field->least, field->most);
		break;
	case PROTO_TYPE_TEXT:
	case PROTO_TYPE_BIN:
		put("%s, ", field->type == PROTO_TYPE_TEXT ? "text" : "binary");
		put_bounds(field->least, field->most);
		put(" bytes");
		break;
	case PROTO_TYPE_TEXTS:
		put("array of ");
		put_bounds(field->least, field->most);
		put(" texts of 1 to %" PRIu32 " bytes", field->item_bytes);
		break;
	case PROTO_TYPE_LIST:
		put("array of ");
		put_bounds(field->least, field->most);
		put(" maps ");
		put_shape(member->item, op);
		break;
	case PROTO_TYPE_MAP_BOOL:
	case PROTO_TYPE_MAP_TEXT:
	case PROTO_TYPE_MAP_UINT:
		put_pairs(field);
		break;
	case PROTO_TYPE_MESSAGE:
		put("map ");
		put_shape(member->item, op);
		break;
	}
	if (member->presence == PROTO_NULLABLE)
		put(", or nil");
}

static void print_members(const struct proto_message *message, uint32_t op)
{
	if (message->n_members == 0) {
		put("no fields\n");
		return;
	}
	put("| field | | type | meaning |\n|---|---|---|---|\n");
	for (uint32_t i = 0; i < message->n_members; i++) {
		const struct proto_member *member = &message->members[i];

		put("| `%s` | %s | ", proto_fields[member->field].key,
		        member->presence == PROTO_OPTIONAL ? "optional" : "");
		put_type(member, op);
		put(" | %s |\n", field_meanings[member->field]);
	}
}

/* The maps inside a message that this operation is the home of. */
static void print_shapes(const struct proto_message *message, uint32_t op)
{
	for (uint32_t i = 0; i < message->n_members; i++) {
		const struct proto_message *item = message->members[i].item;

		if (!item || home_of(item) != op)
			continue;
		put("\n`%s`:\n\n", shape_name(item));
		print_members(item, op);
		print_shapes(item, op);
	}
}

static void print_op(uint32_t op)
{
	put("Request:\n\n");
	print_members(proto_ops[op].request, op);
	put("\nResult:\n\n");
	print_members(proto_ops[op].result, op);
	print_shapes(proto_ops[op].result, op);
}

/* ---- the document ---- */

static const struct {
	const char *name;
	void (*print_fn)(void);
} tables[] = {
        {"operations", print_operations},
        {"reasons", print_reasons},
        {"errors", print_errors},
        {"limits", print_limits},
};

enum { N_TABLES = sizeof(tables) / sizeof(tables[0]), N_ALL = N_TABLES + PROTO_N_OPS };

/* The number of a table: those above, then one an operation. N_ALL: there is none such. */
static uint32_t table_find(const char *name)
{
	enum proto_op op;

	for (uint32_t i = 0; i < N_TABLES; i++) {
		if (strcmp(name, tables[i].name) == 0)
			return i;
	}
	return proto_op_find(span_of(name), &op) ? N_TABLES + (uint32_t)op : N_ALL;
}

static const char *table_name(uint32_t table)
{
	return table < N_TABLES ? tables[table].name : proto_ops[table - N_TABLES].name;
}

static void table_print(uint32_t table)
{
	if (table < N_TABLES)
		tables[table].print_fn();
	else
		print_op(table - N_TABLES);
}

/* The name in a line that begins a table; false for any other line. */
static bool marker_read(const char *line, char ret_name[64])
{
	return sscanf(line, "<!-- table: %63[a-z_] -->", ret_name) == 1;
}

static bool complain(const char *what, const char *name)
{
	fputs("print_tables: ", stderr);
	fputs(what, stderr);
	fputs(name, stderr);
	fputs("\n", stderr);
	return false;
}

static bool document_print(bool printed[N_ALL])
{
	char line[4096], name[64];
	bool inside = false;

	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "<!-- end -->\n") == 0)
			inside = false;
		if (!inside)
			fputs(line, stdout);
		if (!marker_read(line, name))
			continue;
		const uint32_t table = table_find(name);

		if (inside || table == N_ALL || printed[table])
			return complain("a table inside a table, unknown or repeated: ", name);
		put("\n");
		table_print(table);
		put("\n");
		printed[table] = true;
		inside = true;
	}
	return !inside || complain("a table without an end: ", name);
}

int main(void)
{
	bool printed[N_ALL] = {false};
	bool complete = document_print(printed);

	for (uint32_t i = 0; complete && i < N_ALL; i++)
		complete = printed[i] || complain("the document lacks the table ", table_name(i));
	return complete && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
