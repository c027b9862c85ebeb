/*
 * The texts of Set-Cookie and Cookie headers, read as browsers read them (RFC 6265 §5.2).
 *
 * Any thread; nothing is allocated, spans point into the header.
 */
#ifndef CLIENT_SRC_COOKIE_H
#define CLIENT_SRC_COOKIE_H

#include "client/src/bytes.h"

enum client_attribute_kind {
	CLIENT_ATTRIBUTE_OTHER,
	CLIENT_ATTRIBUTE_DOMAIN,
	CLIENT_ATTRIBUTE_EXPIRES,
	CLIENT_ATTRIBUTE_MAX_AGE,
};

struct client_attribute {
	enum client_attribute_kind kind;
	struct span whole; /* with the semicolon before it */
	struct span value; /* trimmed */
};

struct client_set_cookie {
	struct span name;
	struct span domain;     /* without a leading dot; absent where it is none */
	struct span attributes; /* from the first semicolon on */
	bool has_max_age, has_expires;
	int64_t max_age; /* the last valid one, seconds */
	int64_t expires; /* likewise, seconds since 1970 */
};

/* Reads a value; false where a browser would set no cookie, or where it must not be sent at all. */
PROTO_MUST_USE bool client_set_cookie_parse(struct span header, struct client_set_cookie *ret);

/* The next attribute of `rest`, which begins with a semicolon and moves on; false at the end. */
PROTO_MUST_USE bool client_attribute_next(struct span *rest, struct client_attribute *ret);

/* A Max-Age value: 0 or less deletes. Saturates; false where browsers ignore it. */
PROTO_MUST_USE bool client_max_age_parse(struct span value, int64_t *ret);

/* Whether the header deletes its cookie: Max-Age decides over Expires. `now` in seconds UTC. */
bool client_set_cookie_deletes(const struct client_set_cookie *cookie, int64_t now);

/*
 * Appends the header to `out`, its lifetime not longer than `max_age` seconds from `now`: 0 takes
 * out what makes it outlive the browser. Returns whether anything changed; `out` has room for
 * client_set_cookie_room() bytes.
 */
bool client_set_cookie_shorten(
        struct span header, uint32_t max_age, int64_t now, struct client_bytes *out);
size_t client_set_cookie_room(struct span header);

/* The next name of a Cookie header (§5.4), which moves on; false at the end. */
PROTO_MUST_USE bool client_cookie_next(struct span *rest, struct span *ret_name);

#endif
