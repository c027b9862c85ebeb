/*
 * Bytes for tests of the protocol. Everything is made from the tables, so that a new field or
 * operation is tested without a new line here.
 */
#include "tests/support/wire.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 4 * 1024 * 1024 };

/* A chain that stays reachable until the process ends, so that no leak is reported. */
struct kept {
	struct kept *next;
	uint8_t bytes[];
};

static struct kept *kept;

static uint8_t *keep(size_t n_bytes)
{
	struct kept *block = malloc(offsetof(struct kept, bytes) + n_bytes);

	assert(block);
	block->next = kept;
	kept = block;
	return block->bytes;
}

struct span wire_exact(struct span bytes)
{
	uint8_t *block = keep(bytes.n_bytes);

	if (bytes.n_bytes > 0)
		memcpy(block, bytes.data, bytes.n_bytes);
	return (struct span){block, bytes.n_bytes};
}

static unsigned int digit_of(char c)
{
	return isdigit((unsigned char)c) ? (unsigned int)(c - '0')
	                                 : (unsigned int)(tolower((unsigned char)c) - 'a') + 10U;
}

struct span wire_hex(const char *digits)
{
	uint8_t *block = keep(strlen(digits) / 2);
	size_t n_digits = 0;

	for (; *digits; digits++) {
		if (!isxdigit((unsigned char)*digits))
			continue;
		if (n_digits % 2 == 0)
			block[n_digits / 2] = (uint8_t)(digit_of(*digits) << 4);
		else
			block[n_digits / 2] |= (uint8_t)digit_of(*digits);
		n_digits++;
	}
	return wire_exact((struct span){block, n_digits / 2});
}

struct span wire_repeat(char byte, size_t n)
{
	uint8_t *block = keep(n);

	memset(block, byte, n);
	return (struct span){block, n};
}

struct proto_writer wire_writer(void)
{
	static uint8_t block[BLOCK_BYTES];

	return proto_writer_of(block, sizeof(block));
}

static const struct proto_field_row *field_of(const struct proto_member *member)
{
	return &proto_fields[member->field];
}

struct wire_value wire_least(const struct proto_member *member)
{
	return (struct wire_value){field_of(member)->least, 1, 1};
}

/* Text of n bytes that differs from item to item while n allows it. */
static void write_text(struct proto_writer *w, uint64_t number, uint64_t n_bytes)
{
	char name[24];
	static char text[BLOCK_BYTES];
	const int n = snprintf(name, sizeof(name), "%llu", (unsigned long long)number);

	assert(n_bytes <= sizeof(text));
	memset(text, 'x', n_bytes);
	if (n_bytes == 1)
		text[0] = (char)('!' + (char)(number % 94));
	else
		memcpy(text, name, (size_t)n < n_bytes ? (size_t)n : n_bytes);
	proto_writer_text(w, span_bytes(text, n_bytes));
}

static void write_pairs(struct proto_writer *w, enum proto_type type, struct wire_value value)
{
	proto_writer_map(w, (uint32_t)value.size);
	for (uint64_t i = 0; i < value.size; i++) {
		write_text(w, i, value.name_bytes);
		if (type == PROTO_TYPE_MAP_BOOL)
			proto_writer_bool(w, i % 2 == 0);
		else if (type == PROTO_TYPE_MAP_UINT)
			proto_writer_uint(w, i);
		else
			write_text(w, i, value.item_bytes);
	}
}

static void write_items(
        struct proto_writer *w, const struct proto_member *member, struct wire_value value)
{
	const struct wire_value none = {0};

	proto_writer_array(w, (uint32_t)value.size);
	for (uint64_t i = 0; i < value.size; i++) {
		if (member->item)
			wire_write_message(w, member->item, NULL, none, 0);
		else
			write_text(w, i, value.item_bytes);
	}
}

void wire_write_value(
        struct proto_writer *w, const struct proto_member *member, struct wire_value value)
{
	const enum proto_type type = field_of(member)->type;
	const struct wire_value none = {0};

	switch (type) {
	case PROTO_TYPE_BOOL:
	case PROTO_TYPE_GPC:
		proto_writer_bool(w, value.size != 0);
		return;
	case PROTO_TYPE_UINT:
		proto_writer_uint(w, value.size);
		return;
	case PROTO_TYPE_TEXT:
		write_text(w, value.size, value.size);
		return;
	case PROTO_TYPE_BIN:
		proto_writer_bin(w, wire_repeat('b', value.size));
		return;
	case PROTO_TYPE_TEXTS:
	case PROTO_TYPE_LIST:
		write_items(w, member, value);
		return;
	case PROTO_TYPE_MAP_BOOL:
	case PROTO_TYPE_MAP_TEXT:
	case PROTO_TYPE_MAP_UINT:
		write_pairs(w, type, value);
		return;
	case PROTO_TYPE_MESSAGE:
		wire_write_message(w, member->item, NULL, none, 0);
		return;
	}
}

void wire_write_message(struct proto_writer *w, const struct proto_message *message,
        const struct proto_member *member, struct wire_value value, uint32_t n_more)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < message->n_members; i++)
		n += message->members[i].presence != PROTO_OPTIONAL ||
		     member == &message->members[i];
	proto_writer_map(w, n + n_more);
	for (uint32_t i = 0; i < message->n_members; i++) {
		const struct proto_member *m = &message->members[i];

		if (m->presence == PROTO_OPTIONAL && m != member)
			continue;
		proto_writer_text(w, span_of(field_of(m)->key));
		wire_write_value(w, m, m == member ? value : wire_least(m));
	}
}

/* splitmix64 */
uint64_t wire_random_next(struct wire_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t wire_random_below(struct wire_random *random, uint64_t n)
{
	return wire_random_next(random) % n;
}

/* Between the limits, and mostly small; the ends come up often. */
static uint64_t random_size(struct wire_random *random, uint64_t least, uint64_t most)
{
	const uint64_t span = most - least;

	switch (wire_random_below(random, 4)) {
	case 0:
		return least;
	case 1:
		return least + wire_random_below(random, span < 3 ? span + 1 : 3);
	default:
		return least + wire_random_below(random, span < 40 ? span + 1 : 40);
	}
}

static void write_random_items(
        struct proto_writer *w, struct wire_random *random, const struct proto_member *member)
{
	const uint64_t n = random_size(random, field_of(member)->least, 3);

	proto_writer_array(w, (uint32_t)n);
	for (uint64_t i = 0; i < n; i++)
		wire_write_random(w, random, member->item);
}

static void write_random_value(
        struct proto_writer *w, struct wire_random *random, const struct proto_member *member)
{
	const struct proto_field_row *field = field_of(member);
	struct wire_value value = {random_size(random, field->least, field->most), 3, 5};

	if (field->type == PROTO_TYPE_LIST) {
		write_random_items(w, random, member);
	} else if (field->type == PROTO_TYPE_MESSAGE) {
		wire_write_random(w, random, member->item);
	} else {
		if (field->type == PROTO_TYPE_UINT && wire_random_below(random, 2) == 0)
			value.size = field->most - wire_random_below(random, 2);
		wire_write_value(w, member, value);
	}
}

/* A value that means the same as absence is left out, as proto_encode does. */
static bool is_chosen(struct wire_random *random, const struct proto_member *member)
{
	if (member->presence != PROTO_OPTIONAL)
		return true;
	if (field_of(member)->type == PROTO_TYPE_UINT && field_of(member)->least == 0)
		return false;
	return wire_random_below(random, 2) == 0;
}

void wire_write_random(
        struct proto_writer *w, struct wire_random *random, const struct proto_message *message)
{
	uint32_t chosen = 0, n = 0;

	for (uint32_t i = 0; i < message->n_members; i++) {
		if (is_chosen(random, &message->members[i])) {
			chosen |= UINT32_C(1) << i;
			n++;
		}
	}
	proto_writer_map(w, n);
	for (uint32_t i = 0; i < message->n_members; i++) {
		const struct proto_member *member = &message->members[i];
		const enum proto_type type = field_of(member)->type;

		if (!(chosen >> i & 1))
			continue;
		proto_writer_text(w, span_of(field_of(member)->key));
		if (member->presence == PROTO_OPTIONAL &&
		        (type == PROTO_TYPE_BOOL || type == PROTO_TYPE_GPC))
			proto_writer_bool(w, true);
		else if (member->presence == PROTO_NULLABLE && wire_random_below(random, 2) == 0)
			proto_writer_nil(w);
		else
			write_random_value(w, random, member);
	}
}

const struct proto_message *const wire_messages[] = {
#define OP(NAME, name, ROLE, meaning) &proto_##name##_request, &proto_##name##_result,
#include "proto/ops.def"
#undef OP
        &proto_decision,
        &proto_export_row,
        &proto_event,
        &proto_list_row,
        &proto_policy_service,
        &proto_policy_rule,
        &proto_policy_summary,
        &proto_record,
        &proto_denied_row,
        &proto_undeclared_row,
};

const size_t wire_n_messages = sizeof(wire_messages) / sizeof(wire_messages[0]);
