/*
 * Maps and lists: each key of the document is looked up among the rows, each value is read as its
 * row says, and reading goes on after a fault, so that one run shows the operator all of them.
 * What is faulty is left out of the target; nothing is guessed.
 */
#include "daemon/base/schema_value.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void schema_fault(struct schema_reader *reader, const yaml_node_t *node, const char *format, ...)
{
	char message[1024];
	struct schema_mark mark = schema_mark_of(node);
	if (reader->full)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	faults_error(reader->faults, mark.line, mark.column, "%s", message);
	if (reader->faults->n_errors - reader->n_errors_before < SCHEMA_ERRORS)
		return;
	reader->full = true;
	faults_error(reader->faults, mark.line, mark.column,
	        "too many faults; what follows was not read");
}

bool schema_key_read(struct schema_reader *reader, const yaml_node_t *key, const char *noun)
{
	if (key->type == YAML_SCALAR_NODE)
		return true;
	schema_fault(reader, key, "expected a key that is a text in this %s", noun);
	return false;
}

static void unknown_key(
        struct schema_reader *reader, const struct schema *schema, const yaml_node_t *key)
{
	struct span known[SCHEMA_KEYS];
	char list[512] = "";
	size_t n = 0;
	for (size_t i = 0; i < schema->n_rows; i++) {
		known[i] = span_of(schema->rows[i].key);
		if (n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "",
			        schema->rows[i].key);
	}
	struct span nearest = schema_nearest(schema_scalar(key), known, schema->n_rows);
	struct schema_quoted quoted = schema_quote(schema_scalar(key));
	if (span_present(nearest))
		schema_fault(reader, key, "unknown key %s in this %s; did you mean \"%.*s\"?",
		        quoted.text, schema->noun, SPAN_ARG(nearest));
	else
		schema_fault(reader, key, "unknown key %s in this %s; known are %s", quoted.text,
		        schema->noun, list);
}

/* A value of any type; false where it is faulty. */
static bool row_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, void *place)
{
	switch (row->type) {
	case SCHEMA_MAP:
		return schema_map_read(reader, row->schema, node, place);
	case SCHEMA_LIST:
		return schema_list_read(reader, row, node, place);
	case SCHEMA_DICT:
		return schema_dict_read(reader, row, node, place);
	case SCHEMA_TEXT_LIST:
		return schema_text_list_read(reader, row, node, place);
	case SCHEMA_TEXTS:
		return schema_texts_read(reader, row, node, place);
	default:
		return schema_value_read(reader, row, node, place);
	}
}

static const struct schema_row *row_find(const struct schema *schema, struct span key)
{
	for (size_t i = 0; i < schema->n_rows; i++) {
		if (span_is(key, schema->rows[i].key))
			return &schema->rows[i];
	}
	return NULL;
}

/* One key and its value; `seen` has the line of the first of each row's key. */
static void pair_read(struct schema_reader *reader, const struct schema *schema,
        const yaml_node_pair_t *pair, uint32_t *seen, void *target)
{
	const yaml_node_t *key = schema_node(reader, pair->key);
	const yaml_node_t *value = schema_node(reader, pair->value);
	if (!schema_key_read(reader, key, schema->noun))
		return;
	const struct schema_row *row = row_find(schema, schema_scalar(key));
	if (row == NULL) {
		unknown_key(reader, schema, key);
		return;
	}
	uint32_t *line = &seen[row - schema->rows];
	if (*line != 0) {
		schema_fault(reader, key,
		        "the key \"%s\" stands twice in this %s; the first is in line %u", row->key,
		        schema->noun, *line);
		return;
	}
	*line = schema_mark_of(key).line;
	struct schema_mark mark = schema_mark_of(value);
	if (row_read(reader, row, value, (char *)target + row->offset) && row->at != 0)
		memcpy((char *)target + row->at, &mark, sizeof(mark));
}

bool schema_map_read(struct schema_reader *reader, const struct schema *schema,
        const yaml_node_t *node, void *target)
{
	uint32_t seen[SCHEMA_KEYS] = {0};
	assert(schema->n_rows <= SCHEMA_KEYS);
	if (node->type != YAML_MAPPING_NODE) {
		schema_fault(reader, node, "expected a %s: a map with keys such as \"%s\"",
		        schema->noun, schema->rows[0].key);
		return false;
	}
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	for (; pair < node->data.mapping.pairs.top && !schema_stopped(reader); pair++)
		pair_read(reader, schema, pair, seen, target);
	for (size_t i = 0; i < schema->n_rows && !schema_stopped(reader); i++) {
		if (schema->rows[i].required && seen[i] == 0)
			schema_fault(reader, node, "missing key \"%s\" in this %s",
			        schema->rows[i].key, schema->noun);
	}
	return true;
}

int schema_read(const struct schema *schema, struct span text, struct arena *arena,
        struct faults *faults, void *target)
{
	yaml_document_t document;
	size_t n_errors = faults->n_errors;
	int r = yaml_read(text, schema->max_bytes, faults, &document);
	if (r != 0)
		return r == YAML_E_FAULTY ? SCHEMA_E_FAULTY : r;
	struct schema_reader reader = {
	        .document = &document,
	        .arena = arena,
	        .faults = faults,
	        .n_errors_before = n_errors,
	};
	schema_map_read(&reader, schema, yaml_document_get_root_node(&document), target);
	yaml_document_delete(&document);
	if (reader.error != 0)
		return reader.error;
	return faults->n_errors != n_errors || faults->out_of_memory ? SCHEMA_E_FAULTY : 0;
}
