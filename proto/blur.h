/* What is kept of a cookie name that nobody declared: enough to find it, no identifier. Any thread. */
#ifndef PROTO_BLUR_H
#define PROTO_BLUR_H

#include "proto/tables.h"

/*
 * Runs of digits, and runs of at least four hex digits that hold a digit or are at least eight
 * long, become `#`; then at most PROTO_LIMIT_UNDECLARED_NAME_BYTES bytes, no character cut in two.
 * Returns the length.
 */
size_t proto_name_blur(struct span name, uint8_t ret[PROTO_LIMIT_UNDECLARED_NAME_BYTES]);

#endif
