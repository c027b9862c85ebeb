/*
 * Encoding by description: a struct becomes a map of those members that are present.
 *
 * Nothing is checked here: what this program says is its own doing, and its tests'. Lists come as
 * items that are MessagePack already, or are written by a callback where they stand.
 */
#include "proto/message.h"

#include <assert.h>

static bool is_list(enum proto_type type)
{
	return type == PROTO_TYPE_TEXTS || type == PROTO_TYPE_LIST || type == PROTO_TYPE_MAP_BOOL ||
	       type == PROTO_TYPE_MAP_TEXT || type == PROTO_TYPE_MAP_UINT;
}

/* Absent is zero. */
static bool is_absent(enum proto_type type, const void *value)
{
	if (type == PROTO_TYPE_BOOL || type == PROTO_TYPE_GPC)
		return !*(const bool *)value;
	if (type == PROTO_TYPE_UINT)
		return *(const uint64_t *)value == 0;
	if (is_list(type))
		return !span_present(((const struct proto_list *)value)->items) &&
		       ((const struct proto_list *)value)->n_items == 0;
	return !span_present(*(const struct span *)value);
}

/* Whoever fills in lists that have a count only. */
struct items {
	proto_items_fn *fn;
	void *ctx;
};

static void list_encode(struct proto_writer *w, const struct proto_member *member,
        const struct proto_list *list, const struct items *items)
{
	const enum proto_type type = proto_fields[member->field].type;

	if (type == PROTO_TYPE_TEXTS || type == PROTO_TYPE_LIST)
		proto_writer_array(w, list->n_items);
	else
		proto_writer_map(w, list->n_items);
	if (span_present(list->items) || list->n_items == 0) {
		proto_writer_raw(w, list->items);
	} else {
		assert(items->fn);
		items->fn(items->ctx, member, w);
	}
}

static void value_encode(struct proto_writer *w, const struct proto_member *member,
        const void *value, const struct items *items)
{
	switch (proto_fields[member->field].type) {
	case PROTO_TYPE_BOOL:
	case PROTO_TYPE_GPC:
		proto_writer_bool(w, *(const bool *)value);
		break;
	case PROTO_TYPE_UINT:
		proto_writer_uint(w, *(const uint64_t *)value);
		break;
	case PROTO_TYPE_TEXT:
		proto_writer_text(w, *(const struct span *)value);
		break;
	case PROTO_TYPE_BIN:
		proto_writer_bin(w, *(const struct span *)value);
		break;
	case PROTO_TYPE_TEXTS:
	case PROTO_TYPE_LIST:
	case PROTO_TYPE_MAP_BOOL:
	case PROTO_TYPE_MAP_TEXT:
	case PROTO_TYPE_MAP_UINT:
		list_encode(w, member, value, items);
		break;
	case PROTO_TYPE_MESSAGE:
		proto_writer_raw(w, *(const struct span *)value);
		break;
	}
}

static const void *value_of(const void *message, const struct proto_member *member)
{
	return (const uint8_t *)message + member->offset;
}

void proto_encode(
        struct proto_writer *w, const struct proto_message *description, const void *message)
{
	proto_encode_items(w, description, message, NULL, NULL);
}

void proto_encode_items(struct proto_writer *w, const struct proto_message *description,
        const void *message, proto_items_fn *items_fn, void *ctx)
{
	const struct items items = {items_fn, ctx};
	uint32_t written = 0, n = 0;

	for (uint32_t i = 0; i < description->n_members; i++) {
		const struct proto_member *member = &description->members[i];
		const enum proto_type type = proto_fields[member->field].type;

		if (member->presence != PROTO_OPTIONAL ||
		        !is_absent(type, value_of(message, member))) {
			written |= UINT32_C(1) << i;
			n++;
		}
	}
	proto_writer_map(w, n);
	for (uint32_t i = 0; i < description->n_members; i++) {
		const struct proto_member *member = &description->members[i];
		const struct proto_field_row *field = &proto_fields[member->field];
		const void *value = value_of(message, member);

		if (!(written >> i & 1))
			continue;
		proto_writer_text(w, span_bytes(field->key, field->key_bytes));
		if (is_absent(field->type, value) &&
		        (member->presence == PROTO_NULLABLE || field->type == PROTO_TYPE_MESSAGE))
			proto_writer_nil(w);
		else
			value_encode(w, member, value, &items);
	}
}
