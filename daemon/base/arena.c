/*
 * A list of blocks, newest first. Small requests are cut from the newest block; a large one gets a
 * block of its own. Nothing is ever given back before the whole.
 */
#include "daemon/base/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 16384 };

struct block {
	struct block *next;
	size_t n_bytes, used;
	alignas(max_align_t) uint8_t bytes[];
};

struct arena {
	struct block *blocks;
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

struct arena *arena_free(struct arena *arena)
{
	if (arena == NULL)
		return NULL;
	for (struct block *block = arena->blocks; block != NULL;) {
		struct block *next = block->next;
		free(block);
		block = next;
	}
	free(arena);
	return NULL;
}

static struct block *add_block(struct arena *arena, size_t n_bytes)
{
	size_t room = n_bytes > BLOCK_BYTES ? n_bytes : BLOCK_BYTES;
	struct block *block = calloc(1, sizeof(*block) + room);
	if (block == NULL)
		return NULL;
	block->n_bytes = room;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t n_bytes)
{
	if (n_bytes > SIZE_MAX / 2)
		return NULL;
	size_t need = (n_bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct block *block = arena->blocks;
	if (block == NULL || block->n_bytes - block->used < need)
		block = add_block(arena, need);
	if (block == NULL)
		return NULL;
	void *memory = block->bytes + block->used;
	block->used += need;
	return memory;
}

void *arena_array(struct arena *arena, size_t n, size_t item_bytes)
{
	size_t n_bytes;
	if (__builtin_mul_overflow(n, item_bytes, &n_bytes))
		return NULL;
	return arena_alloc(arena, n_bytes);
}

int arena_copy(struct arena *arena, struct span bytes, struct span *ret)
{
	uint8_t *copy = arena_alloc(arena, bytes.n_bytes + 1);
	if (copy == NULL)
		return -ENOMEM;
	if (bytes.n_bytes != 0)
		memcpy(copy, bytes.data, bytes.n_bytes);
	*ret = (struct span){copy, bytes.n_bytes};
	return 0;
}
