/*
 * Language tags (RFC 5646). Any thread.
 */
#ifndef DAEMON_BASE_LANGUAGE_H
#define DAEMON_BASE_LANGUAGE_H

#include "proto/span.h"

/*
 * Whether a text has the outer form of a tag (RFC 5646 §2.1): subtags of 1 to 8 letters or digits,
 * joined by `-`, the first of 2 to 8 letters; at most 35 bytes. No registry is asked.
 */
bool language_valid(struct span tag);

/* Tags compare without regard to case (RFC 5646 §2.1.1). */
bool language_equal(struct span a, struct span b);

/*
 * The next more general tag (RFC 4647 §3.4): `zh-Hant-CN` gives `zh-Hant`, `de-x-foo` gives `de`;
 * SPAN_NONE behind a tag of one subtag.
 */
struct span language_parent(struct span tag);

#endif
