/*
 * Scalars: what stands in the document becomes what the row asks for, or a message that says what
 * would be right. The type is always the row's. A number or a boolean must be written plainly,
 * because in quotes it is somebody's text; a text may be written either way.
 */
#include "daemon/base/schema_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "daemon/base/duration.h"

struct schema_mark schema_mark_of(const yaml_node_t *node)
{
	return (struct schema_mark){
	        (uint32_t)node->start_mark.line + 1, (uint32_t)node->start_mark.column + 1};
}

struct span schema_scalar(const yaml_node_t *node)
{
	return (struct span){node->data.scalar.value, node->data.scalar.length};
}

static bool is_plain(const yaml_node_t *node)
{
	return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* "expected …, not …" for a node of any kind. */
static bool unexpected(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, const char *expected)
{
	if (node->type == YAML_MAPPING_NODE)
		schema_fault(reader, node, "\"%s\": expected %s, not a map", row->key, expected);
	else if (node->type == YAML_SEQUENCE_NODE)
		schema_fault(reader, node, "\"%s\": expected %s, not a list", row->key, expected);
	else if (node->data.scalar.length == 0)
		schema_fault(reader, node, "\"%s\": expected %s, not nothing", row->key, expected);
	else
		schema_fault(reader, node, "\"%s\": expected %s, not %s%s", row->key, expected,
		        schema_quote(schema_scalar(node)).text, is_plain(node) ? "" : " in quotes");
	return false;
}

/* Line feeds and tabs are text; every other control character is a mistake or a trick. */
static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.n_bytes; i++) {
		uint8_t c = text.data[i];
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			return true;
		if (c == 0xc2 && i + 1 < text.n_bytes && text.data[i + 1] < 0xa0)
			return true;
	}
	return false;
}

static bool text_sound(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct span text)
{
	uint64_t most = row->most ? row->most : SCHEMA_TEXT_MOST;
	if (text.n_bytes > most || text.n_bytes < row->least) {
		bool less = text.n_bytes < row->least;
		schema_fault(reader, node,
		        "\"%s\": the text is %zu bytes long; expected at %s %" PRIu64, row->key,
		        text.n_bytes, less ? "least" : "most", less ? row->least : most);
		return false;
	}
	if (has_control(text)) {
		schema_fault(reader, node, "\"%s\": expected a text without control characters",
		        row->key);
		return false;
	}
	const char *expected = row->check ? row->check(text) : NULL;
	return expected == NULL || unexpected(reader, row, node, expected);
}

bool schema_text_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct span *ret)
{
	if (node->type != YAML_SCALAR_NODE || (is_plain(node) && node->data.scalar.length == 0))
		return unexpected(reader, row, node, "a text");
	struct span text = schema_scalar(node);
	if (!text_sound(reader, row, node, text))
		return false;
	reader->error = arena_copy(reader->arena, text, ret);
	return reader->error == 0;
}

/* Digits of the base, without a sign, a space or (where that would be another base) a leading 0. */
static bool number_parse(struct span text, unsigned int base, uint64_t *ret)
{
	uint64_t value = 0;
	if (text.n_bytes == 0 || (base == 10 && text.n_bytes > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n_bytes; i++) {
		unsigned int digit = (unsigned int)text.data[i] - '0';
		if (digit >= base || __builtin_mul_overflow(value, (uint64_t)base, &value) ||
		        __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*ret = value;
	return true;
}

static bool size_parse(struct span text, uint64_t *ret)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	size_t n = 0;
	while (n < text.n_bytes && text.data[n] >= '0' && text.data[n] <= '9')
		n++;
	uint64_t value;
	if (!number_parse((struct span){text.data, n}, 10, &value))
		return false;
	struct span unit = {text.data + n, text.n_bytes - n};
	if (unit.n_bytes == 0) {
		*ret = value;
		return true;
	}
	if (unit.data[0] == ' ')
		unit = (struct span){unit.data + 1, unit.n_bytes - 1};
	for (unsigned int i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (span_is(unit, units[i]))
			return !__builtin_mul_overflow(value, UINT64_C(1) << (10 * (i + 1)), ret);
	}
	return false;
}

static bool word_find(const struct schema_row *row, struct span text, uint64_t *ret)
{
	for (const struct schema_word *word = row->words; word && word->name; word++) {
		if (span_is(text, word->name)) {
			*ret = word->value;
			return true;
		}
	}
	return false;
}

static bool amount_parse(const struct schema_row *row, struct span text, uint64_t *ret)
{
	switch (row->type) {
	case SCHEMA_UINT:
		return number_parse(text, 10, ret);
	case SCHEMA_SIZE:
		return size_parse(text, ret);
	case SCHEMA_DURATION:
		return duration_parse(text, ret) == 0;
	case SCHEMA_OCTAL:
		return number_parse(text, 8, ret);
	default:
		return false;
	}
}

static bool amount_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, uint64_t *place)
{
	char expected[SCHEMA_EXPECTED];
	uint64_t value;
	schema_expected(row, expected);
	if (node->type != YAML_SCALAR_NODE)
		return unexpected(reader, row, node, expected);
	struct span text = schema_scalar(node);
	bool named = word_find(row, text, &value);
	bool quoted_number = !is_plain(node) && row->type != SCHEMA_DURATION;
	if (!named && (quoted_number || !amount_parse(row, text, &value)))
		return unexpected(reader, row, node, expected);
	if (!named && (value < row->least || (row->most != 0 && value > row->most)))
		return unexpected(reader, row, node, expected);
	*place = value;
	return true;
}

static bool bool_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, bool *place)
{
	bool is_scalar = node->type == YAML_SCALAR_NODE && is_plain(node);
	bool yes = is_scalar && span_is(schema_scalar(node), "true");
	if (!yes && !(is_scalar && span_is(schema_scalar(node), "false")))
		return unexpected(reader, row, node, "true or false");
	*place = yes;
	return true;
}

static bool word_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, uint64_t *place)
{
	char expected[SCHEMA_EXPECTED];
	if (node->type == YAML_SCALAR_NODE && word_find(row, schema_scalar(node), place))
		return true;
	schema_expected(row, expected);
	return unexpected(reader, row, node, expected);
}

static bool words_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, uint64_t *place)
{
	char expected[SCHEMA_EXPECTED];
	schema_expected(row, expected);
	if (node->type != YAML_SEQUENCE_NODE)
		return unexpected(reader, row, node, expected);
	uint64_t all = 0;
	bool sound = true;
	const yaml_node_item_t *end = node->data.sequence.items.top;
	for (const yaml_node_item_t *item = node->data.sequence.items.start; item < end; item++) {
		const yaml_node_t *element = yaml_document_get_node(reader->document, *item);
		uint64_t one = 0;
		bool found = element->type == YAML_SCALAR_NODE &&
		             word_find(row, schema_scalar(element), &one);
		sound &= found || unexpected(reader, row, element, expected);
		all |= one;
	}
	if (sound)
		*place = all;
	return sound;
}

bool schema_value_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, void *place)
{
	switch (row->type) {
	case SCHEMA_TEXT:
		return schema_text_read(reader, row, node, place);
	case SCHEMA_BOOL:
		return bool_read(reader, row, node, place);
	case SCHEMA_WORD:
		return word_read(reader, row, node, place);
	case SCHEMA_WORDS:
		return words_read(reader, row, node, place);
	default:
		return amount_read(reader, row, node, place);
	}
}
