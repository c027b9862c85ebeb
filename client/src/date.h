/* The dates of cookies: read as by RFC 6265 §5.1.1, written as by RFC 9110 §5.6.7. Any thread. */
#ifndef CLIENT_SRC_DATE_H
#define CLIENT_SRC_DATE_H

#include "proto/span.h"

enum { CLIENT_DATE_BYTES = 29 }; /* "Thu, 01 Jan 1970 00:00:00 GMT" */

/* Seconds since 1970 UTC (before it: negative); false where a browser would ignore the date. */
PROTO_MUST_USE bool client_date_parse(struct span text, int64_t *ret_seconds);

/* Writes CLIENT_DATE_BYTES, without a NUL. Years past 9999 become the end of 9999. */
void client_date_format(int64_t seconds, char *ret);

#endif
