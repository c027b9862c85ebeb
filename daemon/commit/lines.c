/*
 * Publishes what subjects decided: meets, puts, and a table that grows without anybody waiting.
 *
 * There are at most two tables. The current one is what readers see and is always complete. While
 * a second one is filled, slice by slice, every change goes to both, so that the moment the last
 * slice is copied they say the same, and the swap is one pointer. The old table is marked RETIRED
 * before any change can miss it, and lives on until the caller knows that nobody reads it.
 */
#include "daemon/commit/lines_private.h"

#include <errno.h>
#include <stdlib.h>

static int make_first_table(struct lines *lines, uint64_t n_subjects, uint64_t instance)
{
	uint64_t capacity = lines_table_capacity_for(n_subjects);
	struct lines_table *table;

	if (capacity > lines->max_capacity)
		capacity = lines->max_capacity;
	int error = lines_table_new(capacity, instance, &table);
	if (error != 0)
		return error;
	error = lines_table_reserve(table, capacity);
	if (error != 0) {
		lines_table_free(table);
		return error;
	}
	atomic_init(&lines->current, table);
	return 0;
}

int lines_new(uint64_t n_subjects, uint64_t max_bytes, uint64_t instance, struct lines **ret)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (!lines)
		return -ENOMEM;
	lines->max_capacity = lines_table_capacity_in(max_bytes);
	int error = make_first_table(lines, n_subjects, instance);
	if (error != 0) {
		free(lines);
		return error;
	}
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
		lines_table_free(lines_current(lines));
		free(lines);
	}
	return NULL;
}

struct proto_map lines_map(const struct lines *lines)
{
	return atomic_load_explicit(&lines->current, memory_order_acquire)->map;
}

int lines_map_fd(const struct lines *lines)
{
	return atomic_load_explicit(&lines->current, memory_order_acquire)->memory.fd;
}

/* -- changes -------------------------------------------------------------------------------- */

void lines_put_into(const struct lines *lines, struct lines_table *table,
        struct proto_digest digest, const struct lines_value *value)
{
	struct lines_value old;

	if (lines->partial && !lines_table_at_all(table, 1) &&
	        !lines_table_get(table, digest, &old))
		return;
	lines_table_put(table, digest, value);
}

static void put(struct lines *lines, struct proto_digest digest, const struct lines_value *value)
{
	lines_put_into(lines, lines_current(lines), digest, value);
	if (lines_second(lines))
		lines_put_into(lines, lines_second(lines), digest, value);
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
	lines_table_erase(lines_current(lines), digest);
	if (lines_second(lines))
		lines_table_erase(lines_second(lines), digest);
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
	return proto_map_find(&lines_current(lines)->map, digest, ret);
}

static bool is_link(const struct lines *lines, struct proto_digest digest)
{
	struct lines_value value;

	return lines_table_get(lines_current(lines), digest, &value) &&
	       value.flags == PROTO_LINE_LINK;
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

/* -- header --------------------------------------------------------------------------------- */

void lines_store_max(_Atomic uint64_t *word, uint64_t value)
{
	uint64_t old = atomic_load(word);

	while (old < value && !atomic_compare_exchange_weak(word, &old, value))
		;
}

void lines_renew_lease(struct lines *lines, uint64_t until_ns, uint64_t floor)
{
	struct lines_table *table, *next = atomic_load(&lines->current);

	do {
		table = next;
		lines_store_max(&table->header->time_floor, floor);
		lines_store_max(&table->header->lease_until_ns, until_ns);
		next = atomic_load(&lines->current);
	} while (next != table);
}

void lines_retire(struct lines *lines)
{
	atomic_store(&lines_current(lines)->header->state, PROTO_MAP_RETIRED);
}

void lines_set_time_floor(struct lines *lines, uint64_t seconds)
{
	lines_store_max(&lines_current(lines)->header->time_floor, seconds);
}

void lines_set_applied_revision(struct lines *lines, uint64_t revision)
{
	atomic_store_explicit(
	        &lines_current(lines)->header->applied_revision, revision, memory_order_release);
}

void lines_set_policy_generation(struct lines *lines, uint64_t generation)
{
	atomic_store_explicit(
	        &lines_current(lines)->header->policy_generation, generation, memory_order_release);
}

uint64_t lines_count(const struct lines *lines)
{
	return lines_current(lines)->n_live;
}

uint64_t lines_capacity(const struct lines *lines)
{
	return lines_current(lines)->map.capacity;
}

uint64_t lines_bytes(const struct lines *lines)
{
	return lines_current(lines)->memory.n_bytes +
	       (lines->growing ? lines->growing->memory.n_bytes : 0);
}

bool lines_are_partial(const struct lines *lines)
{
	return lines->partial;
}
