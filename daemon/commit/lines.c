/*
 * Publishes what subjects decided: meets, puts, and a table that grows without anybody waiting.
 *
 * There are at most two tables. The current one is what readers see and is always complete. While
 * a second one is filled, slice by slice, every change goes to both, so that the moment the last
 * slice is copied they say the same, and the swap is one pointer. The old table is marked RETIRED
 * before any change can miss it, and lives on until the caller knows that nobody reads it.
 */
#include "daemon/commit/lines.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/commit/lines_table.h"

struct lines {
	_Atomic(struct lines_table *) current;
	struct lines_table *growing; /* NULL: not now */
	uint64_t n_copied;           /* positions of `current` that are in `growing` */
	struct lines_table *retired;
};

static struct lines_table *current_of(const struct lines *lines)
{
	return atomic_load_explicit(&lines->current, memory_order_relaxed);
}

int lines_new(uint64_t n_subjects, uint64_t instance, struct lines **ret)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	struct lines_table *table;

	if (!lines)
		return -ENOMEM;
	table = lines_table_new(lines_table_capacity_for(n_subjects), instance);
	if (!table) {
		free(lines);
		return -ENOMEM;
	}
	atomic_init(&lines->current, table);
	*ret = lines;
	return 0;
}

struct lines *lines_free(struct lines *lines)
{
	if (lines) {
		struct lines_table *table;

		while ((table = lines_take_retired(lines)))
			lines_table_free(table);
		lines_table_free(lines->growing);
		lines_table_free(current_of(lines));
		free(lines);
	}
	return NULL;
}

struct proto_map lines_map(const struct lines *lines)
{
	return atomic_load_explicit(&lines->current, memory_order_acquire)->map;
}

/* -- changes -------------------------------------------------------------------------------- */

static void put(struct lines *lines, struct proto_digest digest, const struct lines_value *value)
{
	lines_table_put(current_of(lines), digest, value);
	if (lines->growing)
		lines_table_put(lines->growing, digest, value);
}

void lines_put(struct lines *lines, struct proto_digest digest, const struct proto_state *state)
{
	put(lines, digest, &(struct lines_value){PROTO_LINE_RECORD, *state});
}

void lines_put_link(struct lines *lines, struct proto_digest session, struct proto_digest account)
{
	struct lines_value value = {.flags = PROTO_LINE_LINK};

	value.state.decided = (struct proto_bits){{account.word[0], account.word[1]}};
	put(lines, session, &value);
}

void lines_put_doubt(struct lines *lines, struct proto_digest digest)
{
	put(lines, digest, &(struct lines_value){.flags = PROTO_LINE_DOUBT});
}

void lines_erase(struct lines *lines, struct proto_digest digest)
{
	lines_table_erase(current_of(lines), digest);
	if (lines->growing)
		lines_table_erase(lines->growing, digest);
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

struct proto_state lines_meet_of(const struct proto_state *a, const struct proto_state *b)
{
	static const struct proto_state nothing;
	struct proto_state meet;

	a = a ? a : &nothing;
	b = b ? b : &nothing;
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t refused = (a->decided.word[i] & ~a->given.word[i]) |
		                   (b->decided.word[i] & ~b->given.word[i]);
		uint64_t given = a->decided.word[i] & a->given.word[i] & b->decided.word[i] &
		                 b->given.word[i];

		meet.decided.word[i] = refused | given;
		meet.given.word[i] = given;
	}
	meet.given_until = earlier(a->given_until, b->given_until);
	meet.refused_until = earlier(a->refused_until, b->refused_until);
	return meet;
}

static bool decides_nothing(const struct proto_state *state)
{
	return (state->decided.word[0] | state->decided.word[1]) == 0;
}

/* What checks of the digest are answered by at this moment; the line may be a link. */
static enum proto_map_answer effective(
        const struct lines *lines, struct proto_digest digest, struct proto_state *ret)
{
	return proto_map_find(&current_of(lines)->map, digest, ret);
}

static bool is_link(const struct lines *lines, struct proto_digest digest)
{
	struct lines_value value;

	return lines_table_get(current_of(lines), digest, &value) && value.flags == PROTO_LINE_LINK;
}

void lines_meet(struct lines *lines, struct proto_digest digest, const struct proto_state *state)
{
	struct proto_state now, meet;

	switch (effective(lines, digest, &now)) {
	case PROTO_MAP_FOUND:
		meet = lines_meet_of(&now, state);
		lines_put(lines, digest, &meet);
		break;
	case PROTO_MAP_ABSENT:
		meet = lines_meet_of(NULL, state);
		/*
		 * No record says the same as one that decides nothing. But a link must go even so:
		 * its account may get a record by the same group.
		 */
		if (!decides_nothing(&meet) || is_link(lines, digest))
			lines_put(lines, digest, &meet);
		break;
	case PROTO_MAP_DOUBT:
		/* Readers ask elsewhere, and are told no where that fails: it cannot be less. */
		lines_put_doubt(lines, digest);
		break;
	}
}

/* -- growth --------------------------------------------------------------------------------- */

static void header_copy(struct proto_map_header *to, const struct proto_map_header *from)
{
	atomic_store(&to->flags, atomic_load(&from->flags));
	atomic_store(&to->lease_until_ns, atomic_load(&from->lease_until_ns));
	atomic_store(&to->time_floor, atomic_load(&from->time_floor));
	atomic_store(&to->applied_revision, atomic_load(&from->applied_revision));
	atomic_store(&to->policy_generation, atomic_load(&from->policy_generation));
}

/* Begins a table with room for n more. Where tombstones took the room, it is no larger. */
static int grow_begin(struct lines *lines, uint64_t n_more)
{
	const struct lines_table *old = current_of(lines);
	uint64_t capacity = lines_table_capacity_for(old->n_live + n_more);
	uint64_t larger = (old->map.capacity / 4 * 5 + 63) / 64 * 64;

	if (capacity > old->map.capacity && capacity < larger)
		capacity = larger;
	if (capacity < old->map.capacity)
		capacity = old->map.capacity;
	lines->growing = lines_table_new(capacity, old->header->instance);
	if (!lines->growing)
		return -ENOMEM;
	header_copy(lines->growing->header, old->header);
	lines->n_copied = 0;
	return 0;
}

static void grow_end(struct lines *lines)
{
	struct lines_table *old = current_of(lines);

	atomic_store_explicit(&lines->current, lines->growing, memory_order_release);
	atomic_store_explicit(&old->header->state, PROTO_MAP_RETIRED, memory_order_seq_cst);
	lines->growing = NULL;
	old->next = lines->retired;
	lines->retired = old;
}

bool lines_grow_slice(struct lines *lines, uint64_t n_lines)
{
	const struct lines_table *old = current_of(lines);
	struct proto_digest digest;
	struct lines_value value;

	if (!lines->growing)
		return false;
	for (; n_lines > 0 && lines->n_copied < old->map.capacity; n_lines--, lines->n_copied++)
		if (lines_table_at(old, lines->n_copied, &digest, &value))
			lines_table_put(lines->growing, digest, &value);
	if (lines->n_copied < old->map.capacity)
		return true;
	grow_end(lines);
	return false;
}

/* Lines of the old table that are not in the new one yet need their room there, too. */
static bool has_room(const struct lines *lines, uint64_t n)
{
	const struct lines_table *old = current_of(lines), *new = lines->growing;
	uint64_t n_left = new ? old->map.capacity - lines->n_copied : 0;

	if (!lines_table_at_all(old, n))
		return false;
	if (!new)
		return true;
	n_left = n_left < old->n_live ? n_left : old->n_live;
	return lines_table_at_all(new, n + n_left);
}

int lines_reserve(struct lines *lines, uint64_t n_subjects)
{
	if (n_subjects > UINT64_MAX / 2)
		return -ENOMEM;
	for (;;) {
		int error;

		if (lines->growing) {
			if (has_room(lines, n_subjects))
				return 0;
			while (lines_grow_slice(lines, UINT64_MAX))
				;
			continue;
		}
		if (lines_table_in_comfort(current_of(lines), n_subjects))
			return 0;
		error = grow_begin(lines, n_subjects);
		if (error)
			return has_room(lines, n_subjects) ? 0 : error;
	}
}

struct lines_table *lines_take_retired(struct lines *lines)
{
	struct lines_table *table = lines->retired;

	if (table)
		lines->retired = table->next;
	return table;
}

/* -- header --------------------------------------------------------------------------------- */

#define HEADER_SET(lines, field, value)                                                            \
	do {                                                                                       \
		atomic_store_explicit(                                                             \
		        &current_of(lines)->header->field, value, memory_order_release);           \
		if ((lines)->growing)                                                              \
			atomic_store_explicit(                                                     \
			        &(lines)->growing->header->field, value, memory_order_release);    \
	} while (0)

void lines_set_time_floor(struct lines *lines, uint64_t seconds)
{
	HEADER_SET(lines, time_floor, seconds);
}

void lines_set_applied_revision(struct lines *lines, uint64_t revision)
{
	HEADER_SET(lines, applied_revision, revision);
}

void lines_set_policy_generation(struct lines *lines, uint64_t generation)
{
	HEADER_SET(lines, policy_generation, generation);
}

uint64_t lines_count(const struct lines *lines)
{
	return current_of(lines)->n_live;
}

uint64_t lines_capacity(const struct lines *lines)
{
	return current_of(lines)->map.capacity;
}

uint64_t lines_bytes(const struct lines *lines)
{
	return current_of(lines)->n_bytes + (lines->growing ? lines->growing->n_bytes : 0);
}
