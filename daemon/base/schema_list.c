/*
 * Lists and dictionaries: elements are made in the arena, each is read as a map of the row's table,
 * and those that are faulty are noted like everything else. The number of elements is checked
 * before the first is made.
 */
#include "daemon/base/schema_value.h"

#include <errno.h>

#include "daemon/base/language.h"

static const struct schema texts = {.noun = "text", .n_bytes = sizeof(struct schema_text)};

/* The row's elements, zeroed or preset; false where there are too many or too few. */
static bool make_elements(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, size_t n, struct schema_list *ret)
{
	uint64_t most = row->most ? row->most : SCHEMA_ELEMENTS;
	if (n > most || n < row->least) {
		schema_fault(reader, node, "\"%s\": %zu entries; expected at %s %llu", row->key, n,
		        n > most ? "most" : "least",
		        (unsigned long long)(n > most ? most : row->least));
		return false;
	}
	const struct schema *schema = row->schema;
	ret->items = arena_array(reader->arena, n, schema->n_bytes);
	if (ret->items == NULL) {
		reader->error = -ENOMEM;
		return false;
	}
	for (size_t i = 0; i < n && schema->initial != NULL; i++)
		memcpy((char *)ret->items + i * schema->n_bytes, schema->initial, schema->n_bytes);
	return true;
}

bool schema_list_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct schema_list *place)
{
	if (node->type != YAML_SEQUENCE_NODE) {
		schema_fault(reader, node, "\"%s\": expected a list, each entry a %s", row->key,
		        row->schema->noun);
		return false;
	}
	struct schema_list list = {0};
	const yaml_node_item_t *items = node->data.sequence.items.start;
	size_t n = (size_t)(node->data.sequence.items.top - items);
	if (!make_elements(reader, row, node, n, &list))
		return false;
	for (size_t i = 0; i < n && !schema_stopped(reader); i++) {
		const yaml_node_t *element = schema_node(reader, items[i]);
		struct schema_head *head = (void *)((char *)list.items + i * row->schema->n_bytes);
		head->at = schema_mark_of(element);
		schema_map_read(reader, row->schema, element, head);
		list.n_items++;
	}
	*place = list;
	return true;
}

/* Names of a dictionary: checked as the row says, and each only once. */
static bool read_name(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *key, struct schema_head *head)
{
	if (!schema_key_read(reader, key, row->key))
		return false;
	struct span name = schema_scalar(key);
	const char *expected = row->check ? row->check(name) : NULL;
	if (expected != NULL) {
		schema_fault(reader, key, "\"%s\": expected %s, not %s", row->key, expected,
		        schema_quote(name).text);
		return false;
	}
	head->at = schema_mark_of(key);
	reader->error = arena_copy(reader->arena, name, &head->name);
	return reader->error == 0;
}

static const struct schema_head *find_name(
        const struct schema_list *list, size_t n_bytes, struct span name)
{
	for (uint32_t i = 0; i < list->n_items; i++) {
		const struct schema_head *head =
		        (const void *)((const char *)list->items + i * n_bytes);
		if (language_equal(head->name, name))
			return head;
	}
	return NULL;
}

/* False where the name stands already; names differ by more than case. */
static bool only_once(struct schema_reader *reader, const yaml_node_t *key,
        const struct schema_list *list, size_t n_bytes, struct span name)
{
	const struct schema_head *first = find_name(list, n_bytes, name);
	if (first == NULL)
		return true;
	schema_fault(reader, key, "%s stands twice; the first is in line %u",
	        schema_quote(name).text, first->at.line);
	return false;
}

bool schema_dict_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct schema_list *place)
{
	if (node->type != YAML_MAPPING_NODE) {
		schema_fault(reader, node, "\"%s\": expected a map from names, each to a %s",
		        row->key, row->schema->noun);
		return false;
	}
	struct schema_list list = {0};
	const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
	size_t n = (size_t)(node->data.mapping.pairs.top - pairs);
	size_t n_bytes = row->schema->n_bytes;
	if (!make_elements(reader, row, node, n, &list))
		return false;
	for (size_t i = 0; i < n && !schema_stopped(reader); i++) {
		const yaml_node_t *key = schema_node(reader, pairs[i].key);
		struct schema_head *head = (void *)((char *)list.items + list.n_items * n_bytes);
		if (!read_name(reader, row, key, head) ||
		        !only_once(reader, key, &list, n_bytes, head->name))
			continue;
		schema_map_read(reader, row->schema, schema_node(reader, pairs[i].value), head);
		list.n_items++;
	}
	*place = list;
	return true;
}

bool schema_text_list_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct schema_list *place)
{
	struct schema_row counted = {.key = row->key, .schema = &texts};
	if (node->type != YAML_SEQUENCE_NODE) {
		schema_fault(reader, node, "\"%s\": expected a list of texts", row->key);
		return false;
	}
	struct schema_list list = {0};
	const yaml_node_item_t *items = node->data.sequence.items.start;
	size_t n = (size_t)(node->data.sequence.items.top - items);
	if (!make_elements(reader, &counted, node, n, &list))
		return false;
	struct schema_text *text = list.items;
	for (size_t i = 0; i < n && !schema_stopped(reader); i++) {
		const yaml_node_t *element = schema_node(reader, items[i]);
		text[list.n_items].head.at = schema_mark_of(element);
		if (schema_text_read(reader, row, element, &text[list.n_items].text))
			list.n_items++;
	}
	*place = list;
	return true;
}

static const char *check_language(struct span tag)
{
	return language_valid(tag) ? NULL : "a language tag such as en or pt-BR";
}

/* A text without a language, alone. */
static bool one_text_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct schema_list *place)
{
	struct schema_text *text = arena_alloc(reader->arena, sizeof(*text));
	if (text == NULL)
		reader->error = -ENOMEM;
	if (text == NULL || !schema_text_read(reader, row, node, &text->text))
		return false;
	text->head.at = schema_mark_of(node);
	*place = (struct schema_list){text, 1};
	return true;
}

bool schema_texts_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct schema_list *place)
{
	if (node->type == YAML_SCALAR_NODE)
		return one_text_read(reader, row, node, place);
	if (node->type != YAML_MAPPING_NODE) {
		schema_fault(reader, node,
		        "\"%s\": expected a text, or a map from language tags to texts", row->key);
		return false;
	}
	struct schema_list list = {0};
	struct schema_row names = {.key = row->key,
	        .check = check_language,
	        .schema = &texts,
	        .least = 1,
	        .most = SCHEMA_LANGUAGES};
	const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
	size_t n = (size_t)(node->data.mapping.pairs.top - pairs);
	if (!make_elements(reader, &names, node, n, &list))
		return false;
	for (size_t i = 0; i < n && !schema_stopped(reader); i++) {
		const yaml_node_t *key = schema_node(reader, pairs[i].key);
		struct schema_text *text = (struct schema_text *)list.items + list.n_items;
		if (read_name(reader, &names, key, &text->head) &&
		        only_once(reader, key, &list, sizeof(*text), text->head.name) &&
		        schema_text_read(
		                reader, row, schema_node(reader, pairs[i].value), &text->text))
			list.n_items++;
	}
	*place = list;
	return list.n_items != 0;
}
