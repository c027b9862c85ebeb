/*
 * One table of units for reading and for writing, so that what is written is read back as the same
 * number. Calendar arithmetic is never done here: validity must not depend on the month.
 */
#include "daemon/base/duration.h"

#include <inttypes.h>
#include <stdio.h>

static const struct unit {
	const char *name;
	uint32_t seconds;
} units[] = {
        /* The largest first, in which order durations are written. */
        {"year", 365 * 86400},
        {"month", 30 * 86400},
        {"week", 7 * 86400},
        {"day", 86400},
        {"hour", 3600},
        {"minute", 60},
        {"second", 1},
};

enum { N_UNITS = sizeof(units) / sizeof(units[0]) };

static const struct unit *unit_find(struct span name)
{
	struct span singular = name;
	if (name.n_bytes != 0 && name.data[name.n_bytes - 1] == 's')
		singular.n_bytes--;
	for (size_t i = 0; i < N_UNITS; i++) {
		if (span_is(singular, units[i].name))
			return &units[i];
	}
	return NULL;
}

/* The digits at the front; `ret_n` of them, 0 where there are none or the first is a 0 too many. */
static int number_parse(struct span text, uint64_t *ret, size_t *ret_n)
{
	uint64_t value = 0;
	size_t n = 0;
	bool overflow = false;
	for (; n < text.n_bytes && text.data[n] >= '0' && text.data[n] <= '9'; n++) {
		overflow |= __builtin_mul_overflow(value, UINT64_C(10), &value);
		overflow |= __builtin_add_overflow(value, (uint64_t)(text.data[n] - '0'), &value);
	}
	if (n == 0 || (n > 1 && text.data[0] == '0'))
		return DURATION_E_FORM;
	*ret = value;
	*ret_n = n;
	return overflow ? DURATION_E_RANGE : 0;
}

int duration_parse(struct span text, uint64_t *ret_s)
{
	uint64_t number = 0;
	size_t n = 0;
	int outcome = number_parse(text, &number, &n);
	if (outcome == DURATION_E_FORM)
		return outcome;
	struct span name = {text.data + n, text.n_bytes - n};
	uint32_t factor = 1;
	if (name.n_bytes != 0) {
		if (name.data[0] == ' ')
			name = (struct span){name.data + 1, name.n_bytes - 1};
		const struct unit *unit = unit_find(name);
		if (unit == NULL)
			return DURATION_E_FORM;
		factor = unit->seconds;
	}
	if (outcome != 0 || __builtin_mul_overflow(number, (uint64_t)factor, &number))
		return DURATION_E_RANGE;
	*ret_s = number;
	return 0;
}

void duration_format(uint64_t duration_s, char *ret, size_t capacity)
{
	const struct unit *unit = &units[N_UNITS - 1];
	for (size_t i = 0; i < N_UNITS && duration_s != 0; i++) {
		if (duration_s % units[i].seconds == 0) {
			unit = &units[i];
			break;
		}
	}
	uint64_t number = duration_s / unit->seconds;
	snprintf(ret, capacity, "%" PRIu64 " %s%s", number, unit->name, number == 1 ? "" : "s");
}
