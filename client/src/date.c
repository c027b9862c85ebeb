/*
 * Cookie dates. Browsers read them by an algorithm that looks for four tokens in any order and
 * ignores the rest, so that "Thu, 01-Jan-70 00:00:00 GMT" and "1 jan 1970 0:0:0" are the same; this
 * is that algorithm, because what a browser takes for the past is a deletion and nothing else is.
 *
 * No locale, no time zone and no function of libc's calendar is involved.
 */
#include "client/src/date.h"

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1 January 1970 was a Thursday */

#define NAME_BYTES ((size_t)3)

enum { DAY_SECONDS = 86400 };

struct date {
	bool has_time, has_day, has_month, has_year;
	int hour, minute, second, day, month, year;
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_delimiter(uint8_t c)
{
	return c == 0x09 || (c >= 0x20 && c <= 0x2f) || (c >= 0x3b && c <= 0x40) ||
	       (c >= 0x5b && c <= 0x60) || (c >= 0x7b && c <= 0x7e);
}

/* Reads `least` to `most` digits that no further digit follows, and moves behind them. */
static bool digits(struct span *text, size_t least, size_t most, int *ret)
{
	size_t n = 0;
	int value = 0;
	for (; n < text->n_bytes && is_digit(text->data[n]); n++) {
		if (n == most)
			return false;
		value = value * 10 + (text->data[n] - '0');
	}
	if (n < least)
		return false;
	*text = (struct span){text->data + n, text->n_bytes - n};
	*ret = value;
	return true;
}

static bool colon(struct span *text)
{
	if (text->n_bytes == 0 || text->data[0] != ':')
		return false;
	*text = (struct span){text->data + 1, text->n_bytes - 1};
	return true;
}

static bool read_time(struct span token, struct date *date)
{
	return digits(&token, 1, 2, &date->hour) && colon(&token) &&
	       digits(&token, 1, 2, &date->minute) && colon(&token) &&
	       digits(&token, 1, 2, &date->second);
}

static bool read_month(struct span token, struct date *date)
{
	if (token.n_bytes < NAME_BYTES)
		return false;
	for (size_t month = 0; month < 12; month++) {
		const char *name = months + month * NAME_BYTES;
		size_t n = 0;
		while (n < NAME_BYTES && (token.data[n] | 0x20) == (name[n] | 0x20))
			n++;
		if (n == NAME_BYTES) {
			date->month = (int)month + 1;
			return true;
		}
	}
	return false;
}

/* A token is the first thing that it can be and that was not found yet. */
static void read_token(struct span token, struct date *date)
{
	struct span rest = token;
	if (!date->has_time && read_time(token, date))
		date->has_time = true;
	else if (!date->has_day && digits(&rest, 1, 2, &date->day))
		date->has_day = true;
	else if (!date->has_month && read_month(token, date))
		date->has_month = true;
	else if (!date->has_year && digits(&token, 2, 4, &date->year))
		date->has_year = true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static bool is_valid(const struct date *date)
{
	return date->has_time && date->has_day && date->has_month && date->has_year &&
	       date->year >= 1601 && date->day >= 1 &&
	       date->day <= month_days(date->year, date->month) && date->hour <= 23 &&
	       date->minute <= 59 && date->second <= 59;
}

/* Days before the first of January of a year, counted from 1970. */
static int64_t days_before(int64_t year)
{
	int64_t past = year - 1;
	return 365 * (year - 1970) + (past / 4 - past / 100 + past / 400) - 477;
}

static int64_t seconds_of(const struct date *date)
{
	int64_t days = days_before(date->year) + date->day - 1;
	for (int month = 1; month < date->month; month++)
		days += month_days(date->year, month);
	return days * DAY_SECONDS + (int64_t)date->hour * 3600 + (int64_t)date->minute * 60 +
	       date->second;
}

bool client_date_parse(struct span text, int64_t *ret_seconds)
{
	struct date date = {.has_time = false};
	size_t i = 0;
	while (i < text.n_bytes) {
		size_t begin = i;
		while (i < text.n_bytes && !is_delimiter(text.data[i]))
			i++;
		if (i > begin)
			read_token((struct span){text.data + begin, i - begin}, &date);
		else
			i++;
	}
	if (date.has_year && date.year <= 99)
		date.year += date.year >= 70 ? 1900 : 2000;
	if (!is_valid(&date))
		return false;
	*ret_seconds = seconds_of(&date);
	return true;
}

static void put_number(char **at, int value, int n_digits)
{
	for (int i = n_digits; i-- > 0; value /= 10)
		(*at)[i] = (char)('0' + value % 10);
	*at += n_digits;
}

static void put_text(char **at, const char *text, size_t n_bytes)
{
	memcpy(*at, text, n_bytes);
	*at += n_bytes;
}

static struct date date_of(int64_t days, int seconds)
{
	struct date date = {.year = 1970, .month = 1};
	while (days_before(date.year + 1) <= days)
		date.year++;
	days -= days_before(date.year);
	for (; days >= month_days(date.year, date.month); date.month++)
		days -= month_days(date.year, date.month);
	date.day = (int)days + 1;
	date.hour = seconds / 3600;
	date.minute = seconds / 60 % 60;
	date.second = seconds % 60;
	return date;
}

void client_date_format(int64_t seconds, char *ret)
{
	int64_t last = days_before(10000) * DAY_SECONDS - 1;
	if (seconds < 0)
		seconds = 0;
	if (seconds > last)
		seconds = last;
	int64_t days = seconds / DAY_SECONDS;
	struct date date = date_of(days, (int)(seconds % DAY_SECONDS));
	put_text(&ret, weekdays + (size_t)(days % 7) * NAME_BYTES, NAME_BYTES);
	put_text(&ret, ", ", 2);
	put_number(&ret, date.day, 2);
	put_text(&ret, " ", 1);
	put_text(&ret, months + (size_t)(date.month - 1) * NAME_BYTES, NAME_BYTES);
	put_text(&ret, " ", 1);
	put_number(&ret, date.year, 4);
	put_text(&ret, " ", 1);
	put_number(&ret, date.hour, 2);
	put_text(&ret, ":", 1);
	put_number(&ret, date.minute, 2);
	put_text(&ret, ":", 1);
	put_number(&ret, date.second, 2);
	put_text(&ret, " GMT", 4);
}
