/*
 * The inside of schema_read: one reading in progress. One thread at a time.
 */
#ifndef DAEMON_BASE_SCHEMA_VALUE_H
#define DAEMON_BASE_SCHEMA_VALUE_H

#include "daemon/base/schema.h"
#include "daemon/base/yaml.h"

enum {
	SCHEMA_ERRORS = 100,     /* noted of one document; then reading stops and says so */
	SCHEMA_ELEMENTS = 1024,  /* of a LIST, DICT or TEXT_LIST whose row sets no bound */
	SCHEMA_LANGUAGES = 64,   /* of one text */
	SCHEMA_KEYS = 64,        /* rows of one table, at most */
	SCHEMA_EXPECTED = 256,   /* bytes of "expected …" */
	SCHEMA_TEXT_MOST = 4096, /* bytes of a text whose row sets no bound */
};

struct schema_reader {
	yaml_document_t *document;
	struct arena *arena;
	struct faults *faults;
	size_t n_errors_before;
	int error; /* -ENOMEM: everything stops */
	bool full; /* SCHEMA_ERRORS reached */
};

void schema_fault(struct schema_reader *reader, const yaml_node_t *node, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static inline bool schema_stopped(const struct schema_reader *reader)
{
	return reader->error != 0 || reader->full;
}

static inline yaml_node_t *schema_node(const struct schema_reader *reader, int index)
{
	return yaml_document_get_node(reader->document, index);
}

struct schema_mark schema_mark_of(const yaml_node_t *node);
/* The bytes of a scalar node, borrowed from the document. */
struct span schema_scalar(const yaml_node_t *node);

/* Keys are text; a map or a list as a key is legal YAML and never meant. */
MUST_USE bool schema_key_read(
        struct schema_reader *reader, const yaml_node_t *key, const char *noun);

/* A map of the table into `target`; false where the node is no map. */
bool schema_map_read(struct schema_reader *reader, const struct schema *schema,
        const yaml_node_t *node, void *target);

/* The other rows that are no scalars; false where nothing was stored at `place`. */
MUST_USE bool schema_list_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct schema_list *place);
MUST_USE bool schema_dict_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct schema_list *place);
MUST_USE bool schema_text_list_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct schema_list *place);
MUST_USE bool schema_texts_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct schema_list *place);

/*
 * Reads a node of any scalar type of `row`, or a WORDS list, and stores it at `place`. False where
 * it is faulty (then noted, and `place` untouched) or memory ran out.
 */
MUST_USE bool schema_value_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, void *place);

/* The texts of a TEXT_LIST or TEXTS row: a scalar's text, checked as the row says and copied. */
MUST_USE bool schema_text_read(struct schema_reader *reader, const struct schema_row *row,
        const yaml_node_t *node, struct span *ret);

/* What a value of the row must look like, to complete "expected …". */
void schema_expected(const struct schema_row *row, char ret[static SCHEMA_EXPECTED]);

#endif
