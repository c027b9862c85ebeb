/*
 * Decoding and encoding by description: the one place where strictness lives.
 *
 * A message is decoded in one pass. Keys are looked for from behind the last match on, because
 * peers that write them in the table's order then hit at the first try. Lists are validated to
 * their last item while they are passed over, so that reading them later cannot fail.
 *
 * Requests are held to the table's every limit. Results are held to its types alone: a newer
 * daemon may say more, and allow more, than this client knows.
 */
#include "proto/message.h"

#include <assert.h>
#include <stdalign.h>

#define SCRATCH_BYTES  256 /* holds any item of a list while it is validated */
#define PAIRS_COMPARED 256 /* the most pairs that a map of a request may have */

_Static_assert(PROTO_LIMIT_CHOICES <= PAIRS_COMPARED, "keys of choices are compared");
_Static_assert(PROTO_LIMIT_ATTRIBUTES <= PAIRS_COMPARED, "keys of attributes are compared");
_Static_assert(PROTO_LIMIT_UNDECLARED_NAMES <= PAIRS_COMPARED, "names of a report are compared");
_Static_assert(PROTO_LIMIT_REASONS_REPORTED <= PAIRS_COMPARED, "reasons of a report are compared");

struct decoder {
	struct proto_reader reader;
	bool strict;
	/* Where it is, for the fault. */
	const struct proto_message *message;
	const struct proto_member *member;
	enum proto_fault_part part;
	uint32_t index;
	struct proto_fault *fault;
};

static int refuse(
        struct decoder *d, enum proto_error error, enum proto_fault_kind kind, uint64_t got)
{
	*d->fault = (struct proto_fault){
	        .error = error,
	        .kind = kind,
	        .part = d->part,
	        .message = d->message,
	        .member = d->member,
	        .got = got,
	        .index = d->index,
	};
	return 1;
}

static int refuse_found(struct decoder *d, enum proto_fault_kind kind, enum proto_kind found)
{
	const int refused = refuse(d, PROTO_ERROR_BAD_TYPE, kind, 0);

	d->fault->found = found;
	return refused;
}

static int refuse_key(struct decoder *d, enum proto_fault_kind kind, struct span key)
{
	const enum proto_error error =
	        d->member ? PROTO_ERROR_INVALID_VALUE : PROTO_ERROR_UNKNOWN_FIELD;
	const int refused = refuse(d, error, kind, 0);

	d->fault->key = key;
	return refused;
}

/* The reader could not read a value of the right type; the next value is the one at fault. */
static int refuse_read(struct decoder *d, enum proto_fault_kind kind, int e)
{
	enum proto_kind found;

	if (e == PROTO_E_TRUNCATED || proto_reader_peek(&d->reader, &found))
		return refuse(d, PROTO_ERROR_MALFORMED, PROTO_FAULT_ENCODING, 0);
	if (e == PROTO_E_TYPE)
		return refuse_found(d, kind, found);
	if (found == PROTO_KIND_TEXT)
		return refuse(d, PROTO_ERROR_INVALID_VALUE, PROTO_FAULT_UTF8, 0);
	return refuse(d, PROTO_ERROR_MALFORMED, PROTO_FAULT_ENCODING, 0);
}

/* A length or count against its limits. */
static inline int size_check(
        struct decoder *d, enum proto_fault_kind kind, uint64_t got, uint64_t least, uint64_t most)
{
	if (!d->strict || (got >= least && got <= most))
		return 0;
	return refuse(
	        d, got < least ? PROTO_ERROR_INVALID_VALUE : PROTO_ERROR_TOO_LARGE, kind, got);
}

static inline int text_decode(struct decoder *d, uint64_t least, uint64_t most, struct span *ret)
{
	const int e = proto_reader_text(&d->reader, ret);

	if (e)
		return refuse_read(d, PROTO_FAULT_TYPE, e);
	return size_check(d, PROTO_FAULT_LENGTH, ret->n_bytes, least, most);
}

static int bin_decode(struct decoder *d, const struct proto_field_row *field, struct span *ret)
{
	const int e = proto_reader_bin(&d->reader, ret);

	if (e)
		return refuse_read(d, PROTO_FAULT_TYPE, e);
	return size_check(d, PROTO_FAULT_LENGTH, ret->n_bytes, field->least, field->most);
}

static int bool_decode(struct decoder *d, bool *ret)
{
	const int e = proto_reader_bool(&d->reader, ret);

	return e ? refuse_read(d, PROTO_FAULT_TYPE, e) : 0;
}

static int uint_decode(struct decoder *d, uint64_t least, uint64_t most, uint64_t *ret)
{
	const int e = proto_reader_uint(&d->reader, ret);
	enum proto_kind found;

	if (e == PROTO_E_TYPE && !proto_reader_peek(&d->reader, &found) && found == PROTO_KIND_INT)
		return refuse(d, PROTO_ERROR_INVALID_VALUE, PROTO_FAULT_NEGATIVE, 0);
	if (e)
		return refuse_read(d, PROTO_FAULT_TYPE, e);
	if (d->strict && (*ret < least || *ret > most))
		return refuse(d, PROTO_ERROR_INVALID_VALUE, PROTO_FAULT_RANGE, *ret);
	return 0;
}

/* A boolean, the integer 1 or 0, or the header as it came, of which exactly "1" counts. */
static int gpc_decode(struct decoder *d, bool *ret)
{
	enum proto_kind found;
	struct span text;
	uint64_t number;

	if (proto_reader_peek(&d->reader, &found) || found == PROTO_KIND_BOOL)
		return bool_decode(d, ret);
	if (found == PROTO_KIND_TEXT) {
		if (text_decode(d, 0, PROTO_LIMIT_MESSAGE_BYTES, &text))
			return 1;
		*ret = span_is(text, "1");
		return 0;
	}
	if (found != PROTO_KIND_UINT && found != PROTO_KIND_INT)
		return refuse_found(d, PROTO_FAULT_TYPE, found);
	if (uint_decode(d, 0, 1, &number))
		return 1;
	*ret = number == 1;
	return 0;
}

static int map_decode(struct decoder *d, const struct proto_message *message, void *ret);

/* Validates a message inside this one; where we are is afterwards what it was. */
static int nested_check(struct decoder *d, const struct proto_message *message)
{
	alignas(max_align_t) uint8_t scratch[SCRATCH_BYTES];
	const struct proto_message *outer = d->message;
	const struct proto_member *member = d->member;

	assert(message->n_bytes <= sizeof(scratch));
	if (map_decode(d, message, scratch))
		return 1;
	d->message = outer;
	d->member = member;
	return 0;
}

static int array_decode(struct decoder *d, const struct proto_field_row *field,
        const struct proto_message *item, struct proto_list *ret)
{
	uint32_t n;
	const int e = proto_reader_array(&d->reader, &n);
	const uint8_t *begin = d->reader.at;

	if (e)
		return refuse_read(d, PROTO_FAULT_TYPE, e);
	if (size_check(d, PROTO_FAULT_COUNT, n, field->least, field->most))
		return 1;
	d->part = PROTO_FAULT_ITEM;
	for (d->index = 0; d->index < n; d->index++) {
		const uint32_t index = d->index;
		struct span text;

		if (item ? nested_check(d, item) : text_decode(d, 1, field->item_bytes, &text))
			return 1;
		d->part = PROTO_FAULT_ITEM;
		d->index = index;
	}
	d->part = PROTO_FAULT_WHOLE;
	*ret = (struct proto_list){{begin, (size_t)(d->reader.at - begin)}, n};
	return 0;
}

/* The value of one pair. */
static int pair_value_check(struct decoder *d, const struct proto_field_row *field)
{
	struct span text;
	uint64_t number;
	bool flag;

	switch (field->type) {
	case PROTO_TYPE_MAP_BOOL:
		return bool_decode(d, &flag);
	case PROTO_TYPE_MAP_UINT:
		return uint_decode(d, 0, UINT64_MAX, &number);
	default:
		return text_decode(d, 0, field->item_bytes, &text);
	}
}

/* The key of a pair: a name that stood for none of the pairs before. */
static int pair_key_check(struct decoder *d, struct span *keys)
{
	struct span key;
	const int e = proto_reader_text(&d->reader, &key);

	d->part = PROTO_FAULT_NAME;
	if (e)
		return refuse_read(d, PROTO_FAULT_KEY_TYPE, e);
	if (!d->strict)
		return 0;
	if (size_check(d, PROTO_FAULT_LENGTH, key.n_bytes, 1, PROTO_LIMIT_NAME_BYTES))
		return 1;
	for (uint32_t i = 0; i < d->index; i++) {
		if (keys[i].n_bytes == key.n_bytes &&
		        memcmp(keys[i].data, key.data, key.n_bytes) == 0)
			return refuse_key(d, PROTO_FAULT_REPEATED_KEY, key);
	}
	keys[d->index] = key;
	return 0;
}

static int pairs_decode(
        struct decoder *d, const struct proto_field_row *field, struct proto_list *ret)
{
	struct span keys[PAIRS_COMPARED];
	uint32_t n;
	const int e = proto_reader_map(&d->reader, &n);
	const uint8_t *begin = d->reader.at;

	if (e)
		return refuse_read(d, PROTO_FAULT_TYPE, e);
	if (size_check(d, PROTO_FAULT_COUNT, n, field->least, field->most))
		return 1;
	assert(!d->strict || n <= PAIRS_COMPARED);
	for (d->index = 0; d->index < n; d->index++) {
		if (pair_key_check(d, keys))
			return 1;
		d->part = PROTO_FAULT_ITEM;
		if (pair_value_check(d, field))
			return 1;
	}
	d->part = PROTO_FAULT_WHOLE;
	*ret = (struct proto_list){{begin, (size_t)(d->reader.at - begin)}, n};
	return 0;
}

static int nested_decode(struct decoder *d, const struct proto_member *member, struct span *ret)
{
	const uint8_t *begin = d->reader.at;

	if (nested_check(d, member->item))
		return 1;
	*ret = (struct span){begin, (size_t)(d->reader.at - begin)};
	return 0;
}

static int value_decode(struct decoder *d, const struct proto_member *member, void *ret)
{
	const struct proto_field_row *field = &proto_fields[member->field];

	switch (field->type) {
	case PROTO_TYPE_BOOL:
		return bool_decode(d, ret);
	case PROTO_TYPE_UINT:
		return uint_decode(d, field->least, field->most, ret);
	case PROTO_TYPE_GPC:
		return gpc_decode(d, ret);
	case PROTO_TYPE_TEXT:
		return text_decode(d, field->least, field->most, ret);
	case PROTO_TYPE_BIN:
		return bin_decode(d, field, ret);
	case PROTO_TYPE_TEXTS:
	case PROTO_TYPE_LIST:
		return array_decode(d, field, member->item, ret);
	case PROTO_TYPE_MAP_BOOL:
	case PROTO_TYPE_MAP_TEXT:
	case PROTO_TYPE_MAP_UINT:
		return pairs_decode(d, field, ret);
	case PROTO_TYPE_MESSAGE:
		return nested_decode(d, member, ret);
	}
	assert(false);
	return 1;
}

/* The member with that key, looked for from `first` on and round the end; n_members: none. */
static inline uint32_t member_find(
        const struct proto_message *message, struct span key, uint32_t first)
{
	for (uint32_t tried = 0, i = first; tried < message->n_members; tried++, i++) {
		if (i >= message->n_members)
			i = 0;
		const struct proto_field_row *field = &proto_fields[message->members[i].field];

		if (field->key_bytes == key.n_bytes &&
		        memcmp(field->key, key.data, key.n_bytes) == 0)
			return i;
	}
	return message->n_members;
}

/* Which members were seen, and where to look for the next. */
struct progress {
	uint32_t seen, next;
};

static int member_decode(struct decoder *d, struct progress *p, void *ret)
{
	const struct proto_message *message = d->message;
	struct span key, skipped;
	uint32_t i;
	int e = proto_reader_text(&d->reader, &key);

	if (e)
		return refuse_read(d, PROTO_FAULT_KEY_TYPE, e);
	i = member_find(message, key, p->next);
	if (i == message->n_members) {
		if (d->strict)
			return refuse_key(d, PROTO_FAULT_UNKNOWN_KEY, key);
		e = proto_reader_skip(&d->reader, &skipped);
		return e ? refuse(d, PROTO_ERROR_MALFORMED, PROTO_FAULT_ENCODING, 0) : 0;
	}
	if (p->seen >> i & 1)
		return refuse_key(d, PROTO_FAULT_REPEATED_KEY, key);
	p->seen |= UINT32_C(1) << i;
	p->next = i + 1;
	d->member = &message->members[i];
	if (d->member->presence == PROTO_REQUIRED || proto_reader_nil(&d->reader)) {
		if (value_decode(d, d->member, (uint8_t *)ret + d->member->offset))
			return 1;
	}
	d->member = NULL;
	return 0;
}

static int missing_check(struct decoder *d, uint32_t seen)
{
	for (uint32_t i = 0; i < d->message->n_members; i++) {
		const struct proto_member *member = &d->message->members[i];

		if (member->presence != PROTO_OPTIONAL && !(seen >> i & 1)) {
			d->member = member;
			return refuse(d, PROTO_ERROR_MISSING_FIELD, PROTO_FAULT_MISSING, 0);
		}
	}
	return 0;
}

static int map_decode(struct decoder *d, const struct proto_message *message, void *ret)
{
	struct progress progress = {0};
	uint32_t n;
	const int e = proto_reader_map(&d->reader, &n);

	if (e)
		return refuse_read(d, PROTO_FAULT_NOT_A_MAP, e);
	d->message = message;
	d->member = NULL;
	d->part = PROTO_FAULT_WHOLE;
	memset(ret, 0, message->n_bytes);
	for (uint32_t i = 0; i < n; i++) {
		if (member_decode(d, &progress, ret))
			return 1;
	}
	return missing_check(d, progress.seen);
}

static int decode(
        struct decoder *d, const struct proto_message *message, struct span encoded, void *ret)
{
	d->message = message;
	if (!span_present(encoded))
		return refuse(d, PROTO_ERROR_MALFORMED, PROTO_FAULT_ENCODING, 0);
	d->reader = proto_reader_of(encoded);
	if (map_decode(d, message, ret))
		return 1;
	if (!proto_reader_at_end(&d->reader))
		return refuse(d, PROTO_ERROR_MALFORMED, PROTO_FAULT_TRAILING,
		        (uint64_t)(d->reader.end - d->reader.at));
	return 0;
}

int proto_decode_request(const struct proto_message *description, struct span encoded, void *ret,
        struct proto_fault *ret_fault)
{
	struct decoder d = {.strict = true, .fault = ret_fault};

	return decode(&d, description, encoded, ret);
}

int proto_decode_result(const struct proto_message *description, struct span encoded, void *ret,
        struct proto_fault *ret_fault)
{
	struct decoder d = {.strict = false, .fault = ret_fault};

	return decode(&d, description, encoded, ret);
}

bool proto_list_message(struct proto_list *list, const struct proto_message *description, void *ret)
{
	struct proto_fault fault;
	struct decoder d = {.strict = false, .fault = &fault};

	if (list->n_items == 0)
		return false;
	d.reader = proto_reader_of(list->items);
	if (map_decode(&d, description, ret))
		return false;
	list->items = (struct span){d.reader.at, (size_t)(d.reader.end - d.reader.at)};
	list->n_items--;
	return true;
}
