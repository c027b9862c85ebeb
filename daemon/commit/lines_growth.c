/*
 * A larger table, made while commits go on.
 *
 * First it gets its memory, in slices: a group must not wait for pages to be zeroed. Then the lines
 * are copied, in slices; changes go to both from the first of them on. Then it takes the old one's
 * place. A group that cannot wait for the slices, because its subjects would not fit, makes all that
 * is left in one go.
 */
#include "daemon/commit/lines_private.h"

/* What is said of the old table goes for the new one. */
static void header_copy(struct proto_map_header *to, const struct proto_map_header *from)
{
	atomic_store(&to->flags, atomic_load(&from->flags));
	atomic_store(&to->lease_until_ns, atomic_load(&from->lease_until_ns));
	atomic_store(&to->time_floor, atomic_load(&from->time_floor));
	atomic_store(&to->applied_revision, atomic_load(&from->applied_revision));
	atomic_store(&to->policy_generation, atomic_load(&from->policy_generation));
}

static void become_partial(struct lines *lines)
{
	lines->partial = true;
	/* Before the first line is left out. */
	atomic_fetch_or(&lines_current(lines)->header->flags, PROTO_MAP_MISS_ASKS);
}

/* A capacity for n more. Where tombstones took the room, it is the same. */
static uint64_t next_capacity(const struct lines *lines, uint64_t n_more)
{
	const struct lines_table *old = lines_current(lines);
	uint64_t capacity = lines_table_capacity_for(old->n_live + n_more);
	uint64_t larger = (old->map.capacity / 4 * 5 + 63) / 64 * 64;

	if (capacity > old->map.capacity && capacity < larger)
		capacity = larger;
	if (capacity > lines->max_capacity)
		capacity = lines->max_capacity;
	return capacity > old->map.capacity ? capacity : old->map.capacity;
}

/* Begins a table with room for n more. False: nothing is gained by that, or there is no memory. */
static bool grow_begin(struct lines *lines, uint64_t n_more)
{
	const struct lines_table *old = lines_current(lines);
	uint64_t capacity = next_capacity(lines, n_more), n_tombstones = old->n_used - old->n_live;

	if (capacity == old->map.capacity && n_tombstones < capacity / 10)
		return false;
	lines->n_copied = 0;
	return lines_table_new(capacity, old->header->instance, &lines->growing) == 0;
}

static void grow_end(struct lines *lines)
{
	struct lines_table *old = lines_current(lines);

	header_copy(lines->growing->header, old->header);
	atomic_store(&lines->current, lines->growing);
	/* The loop may have raised them in between; it looks for a new table after it has. */
	lines_store_max(&lines->growing->header->time_floor, atomic_load(&old->header->time_floor));
	lines_store_max(
	        &lines->growing->header->lease_until_ns, atomic_load(&old->header->lease_until_ns));
	atomic_store(&old->header->state, PROTO_MAP_RETIRED);
	lines->growing = NULL;
	old->next = lines->retired;
	lines->retired = old;
}

/* The machine has no memory for the new table; the old one goes on as it is. */
static void grow_abandon(struct lines *lines)
{
	lines->growing = lines_table_free(lines->growing);
	become_partial(lines);
}

static void copy_slice(struct lines *lines, uint64_t n_lines)
{
	const struct lines_table *old = lines_current(lines);
	struct proto_digest digest;
	struct lines_value value;

	for (; n_lines > 0 && lines->n_copied < old->map.capacity; n_lines--, lines->n_copied++)
		if (lines_table_at(old, lines->n_copied, &digest, &value))
			lines_put_into(lines, lines->growing, digest, &value);
}

bool lines_grow_slice(struct lines *lines, uint64_t n_lines)
{
	if (!lines->growing)
		return false;
	if (!lines_second(lines)) {
		if (lines_table_reserve(lines->growing, n_lines) < 0)
			grow_abandon(lines);
		return lines->growing != NULL;
	}
	copy_slice(lines, n_lines);
	if (lines->n_copied < lines_current(lines)->map.capacity)
		return true;
	grow_end(lines);
	return false;
}

/* Lines of the old table that are not in the new one yet need their room there, too. */
static bool has_room(const struct lines *lines, uint64_t n)
{
	const struct lines_table *old = lines_current(lines), *new = lines->growing;
	uint64_t n_left = new ? old->map.capacity - lines->n_copied : 0;

	if (!lines_table_at_all(old, n))
		return false;
	if (!new)
		return true;
	n_left = n_left < old->n_live ? n_left : old->n_live;
	return lines_table_at_all(new, n + n_left);
}

void lines_reserve(struct lines *lines, uint64_t n_subjects)
{
	if (n_subjects > UINT64_MAX / 2)
		n_subjects = UINT64_MAX / 2;
	for (;;) {
		if (lines->growing) {
			if (lines->partial || has_room(lines, n_subjects))
				return;
			while (lines_grow_slice(lines, UINT64_MAX))
				;
		} else if (lines_table_in_comfort(lines_current(lines), n_subjects) ||
		           !grow_begin(lines, n_subjects)) {
			break;
		}
	}
	if (!has_room(lines, n_subjects))
		become_partial(lines);
}

struct lines_table *lines_take_retired(struct lines *lines)
{
	struct lines_table *table = lines->retired;

	if (table)
		lines->retired = table->next;
	return table;
}
