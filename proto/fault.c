/*
 * Says what is wrong with a message, and what would be right, in one line.
 *
 * The line goes back to the peer that sent the message. It holds names, types, lengths and
 * numbers, never the value of a field, which might name a visitor; of an unknown key it repeats
 * the first bytes, everything but printable ASCII replaced.
 */
#include "proto/message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { KEY_BYTES_SHOWN = 64 };

/* Appends to a string of fixed capacity; what does not fit is cut off. */
struct line {
	char *text;
	size_t n_bytes, capacity;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...)
{
	const size_t left = line->capacity - line->n_bytes;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line->text + line->n_bytes, left, format, args);
	va_end(args);
	if (n > 0)
		line->n_bytes += (size_t)n < left ? (size_t)n : left - 1;
}

static void put_key(struct line *line, struct span key)
{
	char shown[KEY_BYTES_SHOWN + 1];
	size_t n = key.n_bytes < KEY_BYTES_SHOWN ? key.n_bytes : KEY_BYTES_SHOWN;

	for (size_t i = 0; i < n; i++) {
		const bool printable = key.data[i] >= 0x20 && key.data[i] < 0x7f;

		shown[i] = printable && key.data[i] != '`' ? (char)key.data[i] : '?';
	}
	shown[n] = '\0';
	put(line, "`%s`%s", shown, n < key.n_bytes ? " (cut)" : "");
}

static const char *kind_name(enum proto_kind kind)
{
	switch (kind) {
	case PROTO_KIND_NIL:
		return "nil";
	case PROTO_KIND_BOOL:
		return "a boolean";
	case PROTO_KIND_UINT:
	case PROTO_KIND_INT:
		return "an integer";
	case PROTO_KIND_FLOAT:
		return "a float";
	case PROTO_KIND_TEXT:
		return "text";
	case PROTO_KIND_BIN:
		return "binary";
	case PROTO_KIND_ARRAY:
		return "an array";
	case PROTO_KIND_MAP:
		return "a map";
	}
	return "something else";
}

static void put_bounds(struct line *line, uint64_t least, uint64_t most)
{
	if (least == most)
		put(line, "exactly %" PRIu64, least);
	else if (most == UINT64_MAX && least == 0)
		put(line, "0 or more");
	else if (most == UINT64_MAX)
		put(line, "at least %" PRIu64, least);
	else if (least == 0)
		put(line, "at most %" PRIu64, most);
	else
		put(line, "%" PRIu64 " to %" PRIu64, least, most);
}

/* What the table says that the whole field is. */
static void put_right_whole(struct line *line, const struct proto_field_row *field)
{
	switch (field->type) {
	case PROTO_TYPE_BOOL:
		put(line, "a boolean");
		return;
	case PROTO_TYPE_GPC:
		put(line, "a boolean, or the text of the Sec-GPC header,");
		return;
	case PROTO_TYPE_UINT:
		put(line, "an integer, ");
		put_bounds(line, field->least, field->most);
		put(line, ",");
		return;
	case PROTO_TYPE_TEXT:
	case PROTO_TYPE_BIN:
		put(line, field->type == PROTO_TYPE_TEXT ? "text of " : "binary of ");
		put_bounds(line, field->least, field->most);
		put(line, " bytes");
		return;
	case PROTO_TYPE_TEXTS:
		put(line, "an array of texts");
		return;
	case PROTO_TYPE_LIST:
		put(line, "an array of maps");
		return;
	case PROTO_TYPE_MAP_BOOL:
		put(line, "a map from names to booleans");
		return;
	case PROTO_TYPE_MAP_TEXT:
		put(line, "a map from names to texts");
		return;
	case PROTO_TYPE_MAP_UINT:
		put(line, "a map from names to integers");
		return;
	case PROTO_TYPE_MESSAGE:
		put(line, "a map");
		return;
	}
}

/* What an item is, or a pair's value. */
static const char *right_item(enum proto_type type)
{
	switch (type) {
	case PROTO_TYPE_LIST:
		return "a map";
	case PROTO_TYPE_MAP_BOOL:
		return "a boolean";
	case PROTO_TYPE_MAP_UINT:
		return "an integer";
	default:
		return "text";
	}
}

static void put_right(struct line *line, const struct proto_fault *fault)
{
	const struct proto_field_row *field = &proto_fields[fault->member->field];

	if (fault->part == PROTO_FAULT_NAME)
		put(line, "text");
	else if (fault->part == PROTO_FAULT_ITEM)
		put(line, "%s", right_item(field->type));
	else
		put_right_whole(line, field);
	if (fault->part == PROTO_FAULT_WHOLE && fault->member->presence == PROTO_NULLABLE)
		put(line, " or nil");
}

/* What is at fault: "`cookies`", "item 3 of `cookies`", "key 3 of `choices`". */
static void put_subject(struct line *line, const struct proto_fault *fault)
{
	if (!fault->member) {
		put(line, fault->kind == PROTO_FAULT_UTF8 ? "a key" : "the message");
		return;
	}
	if (fault->part != PROTO_FAULT_WHOLE)
		put(line, "%s %" PRIu32 " of ", fault->part == PROTO_FAULT_NAME ? "key" : "item",
		        fault->index + 1);
	put(line, "`%s`", proto_fields[fault->member->field].key);
}

static void put_length(struct line *line, const struct proto_fault *fault)
{
	const struct proto_field_row *field = &proto_fields[fault->member->field];
	const bool is_list = field->type == PROTO_TYPE_TEXTS;

	if (fault->got == 0)
		put(line, " is empty, ");
	else
		put(line, " is %" PRIu64 " bytes long, ", fault->got);
	if (fault->part == PROTO_FAULT_NAME)
		put_bounds(line, 1, PROTO_LIMIT_NAME_BYTES);
	else if (fault->part == PROTO_FAULT_ITEM)
		put_bounds(line, is_list ? 1 : 0, field->item_bytes);
	else
		put_bounds(line, field->least, field->most);
	put(line, " bytes are allowed");
}

static void put_count(struct line *line, const struct proto_fault *fault)
{
	const struct proto_field_row *field = &proto_fields[fault->member->field];

	put(line, " has %" PRIu64 " items, ", fault->got);
	put_bounds(line, field->least, field->most);
	put(line, " are allowed");
}

static void put_range(struct line *line, const struct proto_fault *fault)
{
	const struct proto_field_row *field = &proto_fields[fault->member->field];

	if (fault->kind == PROTO_FAULT_NEGATIVE)
		put(line, " is negative, ");
	else
		put(line, " is %" PRIu64 ", ", fault->got);
	put_bounds(line, field->least, field->most);
	put(line, " is allowed");
}

/* The fields that the message may have, in the table's order. */
static void put_fields(struct line *line, const struct proto_message *message)
{
	if (message->n_members == 0)
		put(line, "there are none");
	for (uint32_t i = 0; i < message->n_members; i++)
		put(line, "%s`%s`", i == 0 ? "these are: " : ", ",
		        proto_fields[message->members[i].field].key);
}

/* A message inside another, or the params of a call. */
static void put_not_a_map(struct line *line, const struct proto_fault *fault)
{
	if (fault->member) {
		put_subject(line, fault);
		put(line, " is %s, a map is right", kind_name(fault->found));
	} else {
		put(line, "params are %s, an array with one map of fields is right",
		        kind_name(fault->found));
	}
}

static void put_fault(struct line *line, const struct proto_fault *fault)
{
	switch (fault->kind) {
	case PROTO_FAULT_ENCODING:
		put_subject(line, fault);
		put(line, " is cut, nested too deep, or of a type that is not used here (ext)");
		return;
	case PROTO_FAULT_NOT_A_MAP:
		put_not_a_map(line, fault);
		return;
	case PROTO_FAULT_TRAILING:
		put(line, "%" PRIu64 " bytes follow the message, none may", fault->got);
		return;
	case PROTO_FAULT_KEY_TYPE:
		put(line, "a key");
		if (fault->member)
			put(line, " of `%s`", proto_fields[fault->member->field].key);
		put(line, " is %s, text is right", kind_name(fault->found));
		return;
	case PROTO_FAULT_UNKNOWN_KEY:
		put_key(line, fault->key);
		put(line, " is not a field here, ");
		put_fields(line, fault->message);
		return;
	case PROTO_FAULT_REPEATED_KEY:
		put_key(line, fault->key);
		if (fault->member)
			put(line, " in `%s`", proto_fields[fault->member->field].key);
		put(line, " stands twice, once is right");
		return;
	case PROTO_FAULT_MISSING:
		put_subject(line, fault);
		put(line, " is missing, ");
		put_right(line, fault);
		put(line, " is right");
		return;
	case PROTO_FAULT_TYPE:
		put_subject(line, fault);
		put(line, " is %s, ", kind_name(fault->found));
		put_right(line, fault);
		put(line, " is right");
		return;
	case PROTO_FAULT_UTF8:
		put_subject(line, fault);
		put(line, " is not UTF-8");
		return;
	case PROTO_FAULT_NEGATIVE:
	case PROTO_FAULT_RANGE:
		put_subject(line, fault);
		put_range(line, fault);
		return;
	case PROTO_FAULT_LENGTH:
		put_subject(line, fault);
		put_length(line, fault);
		return;
	case PROTO_FAULT_COUNT:
		put_subject(line, fault);
		put_count(line, fault);
		return;
	}
}

void proto_fault_format(
        const struct proto_fault *fault, const char *op_name, char *ret, size_t capacity)
{
	struct line line = {ret, 0, capacity};

	if (capacity == 0)
		return;
	ret[0] = '\0';
	put(&line, "%s: ", op_name);
	put_fault(&line, fault);
}
