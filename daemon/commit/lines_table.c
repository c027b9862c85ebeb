/*
 * The writer's half of the seqlock, and the open addressing under it.
 *
 * A line is never moved and never reused: an erased one stays a tombstone, with its digest wiped,
 * until the table is replaced. So a reader that probes while lines change sees each line before or
 * after a change, and no probe is led past a line that is there.
 */
#include "daemon/commit/lines_table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/*
 * The release fence keeps the words behind the odd sequence number. ThreadSanitizer does not model
 * fences; release stores of the words themselves say the same.
 */
#ifdef __SANITIZE_THREAD__
#define LINE_WORD_ORDER memory_order_release
#define LINE_FENCE()    ((void)0)
#else
#define LINE_WORD_ORDER memory_order_relaxed
#define LINE_FENCE()    atomic_thread_fence(memory_order_release)
#endif

/* -- memory --------------------------------------------------------------------------------- */

uint64_t lines_table_capacity_for(uint64_t n_lines)
{
	if (n_lines > UINT64_MAX / 2)
		return UINT64_MAX / 64 * 64; /* more than there can be memory for */
	/* 25/17 of it, rounded up. */
	return (n_lines + n_lines / 17 * 8 + 8 + 63) / 64 * 64;
}

uint64_t lines_table_capacity_in(uint64_t n_bytes)
{
	uint64_t room = n_bytes > PROTO_MAP_HEADER_BYTES ? n_bytes - PROTO_MAP_HEADER_BYTES : 0;
	uint64_t capacity = room / sizeof(struct proto_line) / 64 * 64;

	return capacity > 64 ? capacity : 64;
}

static void header_init(struct proto_map_header *header, uint64_t capacity, uint64_t instance)
{
	header->magic = PROTO_MAP_MAGIC;
	header->layout = PROTO_MAP_LAYOUT;
	header->n_line_bytes = sizeof(struct proto_line);
	header->instance = instance;
	header->capacity = capacity;
	atomic_store_explicit(&header->state, PROTO_MAP_ALIVE, memory_order_release);
}

/* The file and its first page, which holds the header. -errno. */
static int memory_open(struct lines_memory *memory, uint64_t capacity)
{
	if (capacity > (SIZE_MAX - PROTO_MAP_HEADER_BYTES) / sizeof(struct proto_line))
		return -ENOMEM;
	int error = lines_memory_open(
	        PROTO_MAP_HEADER_BYTES + capacity * sizeof(struct proto_line), memory);
	if (error == 0) {
		error = lines_memory_reserve(memory, PROTO_MAP_HEADER_BYTES);
		if (error != 0)
			lines_memory_close(memory);
	}
	return error;
}

int lines_table_new(uint64_t capacity, uint64_t instance, struct lines_table **ret)
{
	struct lines_table *table = calloc(1, sizeof(*table));

	assert(capacity > 0 && capacity % 64 == 0);
	if (!table)
		return -ENOMEM;
	int error = memory_open(&table->memory, capacity);
	if (error != 0) {
		free(table);
		return error;
	}
	table->header = (struct proto_map_header *)(void *)table->memory.data;
	table->lines = (struct proto_line *)(void *)(table->memory.data + PROTO_MAP_HEADER_BYTES);
	header_init(table->header, capacity, instance);
	table->map = (struct proto_map){table->header, table->lines, capacity};
	*ret = table;
	return 0;
}

struct lines_table *lines_table_free(struct lines_table *table)
{
	if (table) {
		lines_memory_close(&table->memory);
		free(table);
	}
	return NULL;
}

int lines_table_reserve(struct lines_table *table, uint64_t n_lines)
{
	uint64_t most = table->map.capacity;
	size_t n_bytes = (n_lines < most ? n_lines : most) * sizeof(struct proto_line);
	int error = lines_memory_reserve(&table->memory, n_bytes);

	return error != 0 ? error : !lines_memory_whole(&table->memory);
}

bool lines_table_in_comfort(const struct lines_table *table, uint64_t n_more)
{
	uint64_t limit = table->map.capacity / 20 * 17; /* 85 % */

	return table->n_used <= limit && n_more <= limit - table->n_used;
}

bool lines_table_at_all(const struct lines_table *table, uint64_t n_more)
{
	uint64_t limit = table->map.capacity / 16 * 15; /* 94 %: probes stay short */

	return table->n_used <= limit && n_more <= limit - table->n_used;
}

/* -- lines ---------------------------------------------------------------------------------- */

/* The writer is alone, so what it reads of its own lines needs no order. */
static uint32_t own32(const _Atomic uint32_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static uint64_t own64(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void store32(_Atomic uint32_t *word, uint32_t value)
{
	atomic_store_explicit(word, value, LINE_WORD_ORDER);
}

static void store64(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, LINE_WORD_ORDER);
}

static void line_read(
        const struct proto_line *line, struct proto_digest *ret_digest, struct lines_value *ret)
{
	ret_digest->word[0] = own64(&line->digest[0]);
	ret_digest->word[1] = own64(&line->digest[1]);
	ret->flags = own32(&line->flags);
	ret->state.given_until = own32(&line->given_until);
	ret->state.refused_until = own32(&line->refused_until);
	ret->state.decided.word[0] = own64(&line->decided[0]);
	ret->state.decided.word[1] = own64(&line->decided[1]);
	ret->state.given.word[0] = own64(&line->given[0]);
	ret->state.given.word[1] = own64(&line->given[1]);
}

static void line_write(
        struct proto_line *line, struct proto_digest digest, const struct lines_value *value)
{
	uint32_t seq = own32(&line->seq);

	atomic_store_explicit(&line->seq, seq + 1, memory_order_relaxed);
	LINE_FENCE();
	store32(&line->flags, value->flags);
	store64(&line->digest[0], digest.word[0]);
	store64(&line->digest[1], digest.word[1]);
	store32(&line->given_until, value->state.given_until);
	store32(&line->refused_until, value->state.refused_until);
	store64(&line->decided[0], value->state.decided.word[0]);
	store64(&line->decided[1], value->state.decided.word[1]);
	store64(&line->given[0], value->state.given.word[0]);
	store64(&line->given[1], value->state.given.word[1]);
	atomic_store_explicit(&line->seq, seq + 2, memory_order_release);
}

static bool value_equal(const struct lines_value *a, const struct lines_value *b)
{
	const struct proto_state *x = &a->state, *y = &b->state;

	return a->flags == b->flags && x->given_until == y->given_until &&
	       x->refused_until == y->refused_until && x->decided.word[0] == y->decided.word[0] &&
	       x->decided.word[1] == y->decided.word[1] && x->given.word[0] == y->given.word[0] &&
	       x->given.word[1] == y->given.word[1];
}

/* The line of the digest, or else the empty one where it belongs; NULL in a full table. */
static struct proto_line *table_probe(const struct lines_table *table, struct proto_digest digest)
{
	uint64_t capacity = table->map.capacity, i = proto_map_index(capacity, digest);

	for (uint64_t n = 0; n < capacity; n++) {
		struct proto_line *line = &table->lines[i];
		uint32_t flags = own32(&line->flags);

		if (flags == PROTO_LINE_EMPTY)
			return line;
		if (flags != PROTO_LINE_TOMBSTONE && own64(&line->digest[0]) == digest.word[0] &&
		        own64(&line->digest[1]) == digest.word[1])
			return line;
		if (++i == capacity)
			i = 0;
	}
	return NULL;
}

bool lines_table_get(
        const struct lines_table *table, struct proto_digest digest, struct lines_value *ret)
{
	const struct proto_line *line = table_probe(table, digest);
	struct proto_digest same;

	if (!line || own32(&line->flags) == PROTO_LINE_EMPTY)
		return false;
	line_read(line, &same, ret);
	return true;
}

static void table_count(struct lines_table *table)
{
	atomic_store_explicit(&table->header->count, table->n_live, memory_order_relaxed);
}

void lines_table_put(
        struct lines_table *table, struct proto_digest digest, const struct lines_value *value)
{
	struct proto_line *line = table_probe(table, digest);
	struct proto_digest same;
	struct lines_value old;

	assert(line);
	if (own32(&line->flags) == PROTO_LINE_EMPTY) {
		/* A probe of an absent subject must find an end: one line stays empty for ever. */
		assert(table->n_used + 1 < table->map.capacity);
		table->n_used++;
		table->n_live++;
		table_count(table);
		line_write(line, digest, value);
		return;
	}
	line_read(line, &same, &old);
	if (!value_equal(&old, value))
		line_write(line, digest, value);
}

void lines_table_erase(struct lines_table *table, struct proto_digest digest)
{
	static const struct lines_value tombstone = {.flags = PROTO_LINE_TOMBSTONE};
	struct proto_line *line = table_probe(table, digest);

	if (!line || own32(&line->flags) == PROTO_LINE_EMPTY)
		return;
	line_write(line, (struct proto_digest){{0, 0}}, &tombstone);
	table->n_live--;
	table_count(table);
}

bool lines_table_at(const struct lines_table *table, uint64_t i, struct proto_digest *ret_digest,
        struct lines_value *ret)
{
	const struct proto_line *line = &table->lines[i];
	uint32_t flags = own32(&line->flags);

	if (flags == PROTO_LINE_EMPTY || flags == PROTO_LINE_TOMBSTONE)
		return false;
	line_read(line, ret_digest, ret);
	return true;
}
