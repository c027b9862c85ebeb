/*
 * Reading the items of a list, one by one.
 *
 * The list was validated when its message was decoded, or was written by this program. Should an
 * item not be what was asked for all the same, the list ends there: less is read, never wrong.
 */
#include "proto/message.h"

/* Reads `key` when `ret_key` is wanted; the position of `list` moves with the value only. */
static bool item_begin(
        const struct proto_list *list, struct proto_reader *ret_reader, struct span *ret_key)
{
	if (list->n_items == 0)
		return false;
	*ret_reader = proto_reader_of(list->items);
	return !ret_key || proto_reader_text(ret_reader, ret_key) == 0;
}

static bool item_end(struct proto_list *list, const struct proto_reader *r, int e)
{
	if (e)
		return false;
	list->items = (struct span){r->at, (size_t)(r->end - r->at)};
	list->n_items--;
	return true;
}

bool proto_list_text(struct proto_list *list, struct span *ret)
{
	struct proto_reader r;

	return item_begin(list, &r, NULL) && item_end(list, &r, proto_reader_text(&r, ret));
}

bool proto_list_pair_bool(struct proto_list *list, struct span *ret_key, bool *ret)
{
	struct proto_reader r;

	return item_begin(list, &r, ret_key) && item_end(list, &r, proto_reader_bool(&r, ret));
}

bool proto_list_pair_text(struct proto_list *list, struct span *ret_key, struct span *ret)
{
	struct proto_reader r;

	return item_begin(list, &r, ret_key) && item_end(list, &r, proto_reader_text(&r, ret));
}

bool proto_list_pair_uint(struct proto_list *list, struct span *ret_key, uint64_t *ret)
{
	struct proto_reader r;

	return item_begin(list, &r, ret_key) && item_end(list, &r, proto_reader_uint(&r, ret));
}
