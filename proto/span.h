/*
 * Borrowed bytes: a pointer and a length, passed by value.
 *
 * Any thread. A span never outlives the memory it points into; what must live longer is copied
 * whole. A span whose `data` is NULL is absent; one whose `n_bytes` is 0 is present and empty.
 */
#ifndef PROTO_SPAN_H
#define PROTO_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *data;
	size_t n_bytes;
};

/* Every int- or bool-returning function whose answer must not be dropped. */
#define PROTO_MUST_USE __attribute__((warn_unused_result))

#define SPAN_NONE      ((struct span){NULL, 0})

/* The bytes of a C string, without its NUL; absent for NULL. */
static inline struct span span_of(const char *text)
{
	return (struct span){(const uint8_t *)text, text ? strlen(text) : 0};
}

static inline struct span span_bytes(const void *data, size_t n_bytes)
{
	return (struct span){data, n_bytes};
}

static inline bool span_present(struct span s)
{
	return s.data != NULL;
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.n_bytes == b.n_bytes && (a.n_bytes == 0 || memcmp(a.data, b.data, a.n_bytes) == 0);
}

static inline bool span_is(struct span s, const char *text)
{
	return span_equal(s, span_of(text));
}

/* For printf's "%.*s": SPAN_ARG(s). Only for bytes already known to be short text. */
#define SPAN_ARG(s) (int)(s).n_bytes, (const char *)(s).data

#endif
