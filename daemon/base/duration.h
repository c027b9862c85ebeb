/*
 * Durations as people write them: `6 months`, `2 weeks`, `30 minutes`, or plain seconds.
 *
 * Any thread. 1 month = 30 days, 1 year = 365 days: the same duration is the same number of
 * seconds whenever it is read.
 */
#ifndef DAEMON_BASE_DURATION_H
#define DAEMON_BASE_DURATION_H

#include "daemon/base/error.h"
#include "proto/span.h"

enum duration_outcome {
	DURATION_E_FORM = 1,  /* not a number and a unit */
	DURATION_E_RANGE = 2, /* more seconds than 64 bits hold */
};

/*
 * `<number> <unit>`, one space or none between them; the unit is second, minute, hour, day, week,
 * month or year, with or without a plural `s`. Without a unit the number is seconds. One number
 * and one unit: no fractions, no sums, no sign, no leading zero.
 */
MUST_USE int duration_parse(struct span text, uint64_t *ret_s);

/*
 * The shortest exact form in English, such as "6 months" for 15552000: the largest unit that
 * divides it. NUL-terminated, cut to the capacity; 32 bytes are always enough.
 */
void duration_format(uint64_t duration_s, char *ret, size_t capacity);

#endif
