/*
 * Reads a subject's line out of the decision map while the committer may be writing it.
 *
 * The memory changes under the reader's feet, and in a client it is not even its own. So every word
 * is loaded once, atomically, into a local copy; the copy counts only when the line's sequence word
 * was even and the same before and after; and nothing that is read is ever used as an address or
 * as a bound. Tries and probes are bounded: a writer that died inside a line costs its readers 64
 * looks, not for ever. Whatever is not certain is DOUBT, never "no record", because for exempt and
 * opt-out services no record means yes.
 */
#include "proto/map.h"

enum { MAP_TRIES = 64 };

/*
 * The acquire fence keeps the second look at `seq` behind the loads of the words. ThreadSanitizer
 * does not model fences; acquire loads of the words themselves say the same, and cost more.
 */
#ifdef __SANITIZE_THREAD__
#define MAP_WORD_ORDER memory_order_acquire
#define MAP_FENCE()    ((void)0)
#else
#define MAP_WORD_ORDER memory_order_relaxed
#define MAP_FENCE()    atomic_thread_fence(memory_order_acquire)
#endif

struct line_copy {
	const struct proto_line *line;
	uint32_t seq; /* of the line when it was copied */
	uint32_t flags;
	struct proto_digest digest;
	struct proto_state state;
};

static inline uint32_t load32(const _Atomic uint32_t *word)
{
	return atomic_load_explicit(word, MAP_WORD_ORDER);
}

static inline uint64_t load64(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, MAP_WORD_ORDER);
}

static inline void map_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

/* One look at a line; false where it was being written. */
static inline bool line_look(const struct proto_line *line, struct line_copy *ret)
{
	uint32_t seq = atomic_load_explicit(&line->seq, memory_order_acquire);

	ret->line = line;
	ret->seq = seq;
	ret->flags = load32(&line->flags);
	ret->digest.word[0] = load64(&line->digest[0]);
	ret->digest.word[1] = load64(&line->digest[1]);
	ret->state.given_until = load32(&line->given_until);
	ret->state.refused_until = load32(&line->refused_until);
	ret->state.decided.word[0] = load64(&line->decided[0]);
	ret->state.decided.word[1] = load64(&line->decided[1]);
	ret->state.given.word[0] = load64(&line->given[0]);
	ret->state.given.word[1] = load64(&line->given[1]);
	MAP_FENCE();
	return (seq & 1) == 0 && atomic_load_explicit(&line->seq, memory_order_relaxed) == seq;
}

static inline bool line_copy(const struct proto_line *line, struct line_copy *ret)
{
	for (unsigned int tries = 0; tries < MAP_TRIES; tries++) {
		if (line_look(line, ret))
			return true;
		map_pause();
	}
	return false;
}

/* The line of exactly that digest: FOUND for a record or a link. Another's doubt is passed by. */
static enum proto_map_answer map_probe(
        const struct proto_map *map, struct proto_digest digest, struct line_copy *ret)
{
	uint64_t i = proto_map_index(map->capacity, digest);

	for (uint64_t n = 0; n < map->capacity; n++) {
		if (!line_copy(&map->lines[i], ret))
			return PROTO_MAP_DOUBT;
		switch (ret->flags) {
		case PROTO_LINE_EMPTY:
			return PROTO_MAP_ABSENT;
		case PROTO_LINE_RECORD:
		case PROTO_LINE_LINK:
			if (proto_digest_equal(ret->digest, digest))
				return PROTO_MAP_FOUND;
			break;
		case PROTO_LINE_DOUBT:
			if (proto_digest_equal(ret->digest, digest))
				return PROTO_MAP_DOUBT;
			break;
		case PROTO_LINE_TOMBSTONE:
			break;
		default:
			return PROTO_MAP_DOUBT;
		}
		if (++i == map->capacity)
			i = 0;
	}
	/* The writer always leaves room, so a table without an empty line is not to be trusted. */
	return PROTO_MAP_DOUBT;
}

/* After the loads of another line's words, which a fence keeps before this look. */
static inline bool line_is_same(const struct line_copy *copy)
{
	return atomic_load_explicit(&copy->line->seq, memory_order_relaxed) == copy->seq;
}

/*
 * The digest's record, or its account's. Two lines are read one after the other, so the account's
 * counts only when the link still stood behind it: a session that was unbound in between must not
 * get what the account gave afterwards.
 */
static enum proto_map_answer map_follow(
        const struct proto_map *map, struct proto_digest digest, struct line_copy *ret)
{
	for (unsigned int tries = 0; tries < MAP_TRIES; tries++) {
		enum proto_map_answer answer = map_probe(map, digest, ret);

		if (answer != PROTO_MAP_FOUND || ret->flags != PROTO_LINE_LINK)
			return answer;

		const struct line_copy link = *ret;
		const struct proto_bits *account = &link.state.decided;

		answer = map_probe(
		        map, (struct proto_digest){{account->word[0], account->word[1]}}, ret);
		if (!line_is_same(&link))
			continue;
		return answer == PROTO_MAP_FOUND && ret->flags == PROTO_LINE_LINK ? PROTO_MAP_DOUBT
		                                                                  : answer;
	}
	return PROTO_MAP_DOUBT;
}

enum proto_map_answer proto_map_find(
        const struct proto_map *map, struct proto_digest digest, struct proto_state *ret)
{
	struct line_copy copy;
	enum proto_map_answer answer = map_follow(map, digest, &copy);

	if (answer == PROTO_MAP_ABSENT &&
	        (atomic_load_explicit(&map->header->flags, memory_order_acquire) &
	                PROTO_MAP_MISS_ASKS) != 0)
		return PROTO_MAP_DOUBT;
	if (answer == PROTO_MAP_FOUND)
		*ret = copy.state;
	return answer;
}
