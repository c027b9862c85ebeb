/*
 * One walk over a description. It knows the types of proto/tables.h and nothing of any operation,
 * so a field that is added to a message shows up in the output by itself.
 */
#include "client/ctl/json.h"

#include <assert.h>
#include <stdlib.h>

#include "client/ctl/exit.h"
#include "client/ctl/text.h"

/* No message that nests in another is larger in its decoded form. */
enum { MAX_ITEM_BYTES = 1024 };

union item {
	max_align_t align;
	uint8_t bytes[MAX_ITEM_BYTES];
};

static json_t *must(json_t *value)
{
	if (!value)
		exit_without_memory();
	return value;
}

json_t *json_new_object(void)
{
	return must(json_object());
}

json_t *json_new_array(void)
{
	return must(json_array());
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		exit_without_memory();
}

void json_add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		exit_without_memory();
}

json_t *json_of_text(struct span text)
{
	return must(json_stringn((const char *)text.data, text.n_bytes));
}

/* JSON's integers are signed here; nothing that is counted or dated passes 2^63. */
json_t *json_of_uint(uint64_t value)
{
	return must(json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value));
}

static json_t *of_bin(struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	size_t n_chars = bytes.n_bytes * 2;
	char *text = malloc(n_chars + 1);
	json_t *value;

	if (!text)
		exit_without_memory();
	for (size_t i = 0; i < bytes.n_bytes; i++) {
		text[2 * i] = digits[bytes.data[i] >> 4];
		text[2 * i + 1] = digits[bytes.data[i] & 15];
	}
	value = must(json_stringn(text, n_chars));
	free(text);
	return value;
}

static void put_pair(json_t *object, struct span key, json_t *value)
{
	if (json_object_setn_new(object, (const char *)key.data, key.n_bytes, value) != 0)
		exit_without_memory();
}

static json_t *of_texts(struct proto_list list)
{
	json_t *array = json_new_array();
	struct span text;

	while (proto_list_text(&list, &text))
		json_add(array, json_of_text(text));
	return array;
}

json_t *json_of_list(const struct proto_message *item, struct proto_list list)
{
	json_t *array = json_new_array();
	union item storage;

	assert(item->n_bytes <= sizeof(storage));
	while (proto_list_message(&list, item, &storage))
		json_add(array, json_of_message(item, &storage));
	return array;
}

static json_t *of_map(struct proto_list list, enum proto_type type)
{
	json_t *object = json_new_object();
	struct span key, text;
	uint64_t number;
	bool flag;

	if (type == PROTO_TYPE_MAP_BOOL) {
		while (proto_list_pair_bool(&list, &key, &flag))
			put_pair(object, key, json_boolean(flag));
	} else if (type == PROTO_TYPE_MAP_TEXT) {
		while (proto_list_pair_text(&list, &key, &text))
			put_pair(object, key, json_of_text(text));
	} else {
		while (proto_list_pair_uint(&list, &key, &number))
			put_pair(object, key, json_of_uint(number));
	}
	return object;
}

/* A message inside of a message, still encoded. What cannot be read is shown as null. */
static json_t *of_encoded(struct span encoded, const struct proto_message *item)
{
	union item storage;
	struct proto_fault fault;

	assert(item->n_bytes <= sizeof(storage));
	if (proto_decode_result(item, encoded, &storage, &fault) != 0)
		return json_null();
	return json_of_message(item, &storage);
}

static json_t *absent(const struct proto_member *member)
{
	return member->presence == PROTO_NULLABLE ? json_null() : NULL;
}

static json_t *of_span(const struct proto_member *member, enum proto_type type, struct span value)
{
	if (!span_present(value))
		return absent(member);
	if (type == PROTO_TYPE_TEXT)
		return json_of_text(value);
	return type == PROTO_TYPE_BIN ? of_bin(value) : of_encoded(value, member->item);
}

static json_t *of_uint(const struct proto_member *member, uint64_t value)
{
	if (value == 0 && member->presence != PROTO_REQUIRED)
		return absent(member);
	return json_of_uint(value);
}

/* NULL: the member is absent. */
static json_t *of_member(const struct proto_member *member, const void *at)
{
	enum proto_type type = proto_fields[member->field].type;

	switch (type) {
	case PROTO_TYPE_BOOL:
	case PROTO_TYPE_GPC:
		return json_boolean(*(const bool *)at);
	case PROTO_TYPE_UINT:
		return of_uint(member, *(const uint64_t *)at);
	case PROTO_TYPE_TEXT:
	case PROTO_TYPE_BIN:
	case PROTO_TYPE_MESSAGE:
		return of_span(member, type, *(const struct span *)at);
	case PROTO_TYPE_TEXTS:
		return of_texts(*(const struct proto_list *)at);
	case PROTO_TYPE_LIST:
		return json_of_list(member->item, *(const struct proto_list *)at);
	case PROTO_TYPE_MAP_BOOL:
	case PROTO_TYPE_MAP_TEXT:
	case PROTO_TYPE_MAP_UINT:
		return of_map(*(const struct proto_list *)at, type);
	}
	return NULL;
}

json_t *json_of_message(const struct proto_message *description, const void *message)
{
	json_t *object = json_new_object();

	for (uint32_t i = 0; i < description->n_members; i++) {
		const struct proto_member *member = &description->members[i];
		json_t *value = of_member(member, (const uint8_t *)message + member->offset);

		if (value)
			json_put(object, proto_fields[member->field].key, value);
	}
	return object;
}

static void print(FILE *stream, const json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags | JSON_ENCODE_ANY);

	if (!text)
		exit_without_memory();
	text_print_json(stream, span_of(text));
	free(text);
}

void json_print_bare(FILE *stream, const json_t *value)
{
	print(stream, value, 0);
}

void json_print(FILE *stream, const json_t *value, enum json_style style)
{
	print(stream, value, style == JSON_STYLE_INDENTED ? JSON_INDENT(2) : 0);
	putc('\n', stream);
}
