/* Cookie dates: the algorithm of RFC 6265 §5.1.1 by table, and the date that is written. */
#include "client/src/date.h"

#include <criterion/criterion.h>

static const struct {
	const char *text;
	int64_t seconds;
} valid[] = {
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Thu, 01-Jan-70 00:00:00 GMT", 0},
        {"Thu Jan  1 00:00:00 1970", 0},
        {"1 jan 1970 0:0:0", 0},
        {"0:0:0 1970 JANUARY 1", 0},
        {"1 jan 70 0:0:0", 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"\t;;06/Nov/1994,,08:49:37", 784111777},
        {"08:49:37x 06th Nov 1994AD", 784111777},
        /* The day is taken first, so a later two-digit token is the year. */
        {"01 Feb 03 04:05:06", 1044072306},
        {"Tue, 19 Jan 2038 03:14:08 GMT", 2147483648},
        {"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
        {"29 feb 2000 0:0:0", 951782400},
        {"31 dec 69 23:59:59", 3155759999},
        {"31 dec 1969 23:59:59", -1},
        {"1 jan 1601 0:0:0", -11644473600},
        {"31 dec 9999 23:59:59", 253402300799},
        {"1 jan 070 0:0:0", 0},
        {"1 jan 1970 00:00:00 2:3:4 5 feb 1999", 0},
};

static const char *const invalid[] = {
        "",
        "   ",
        "tomorrow",
        "Thu, 01 Jan 1970",  /* no time */
        "01 1970 00:00:00",  /* no month */
        "Jan 1970 00:00:00", /* no day */
        "01 Jan 00:00:00",   /* no year */
        "01 Jan 1970 24:00:00",
        "01 Jan 1970 00:60:00",
        "01 Jan 1970 00:00:60",
        "01 Jan 1970 00:00",
        "01 Jan 1970 000:00:00",
        "00 Jan 1970 00:00:00",
        "32 Jan 1970 00:00:00",
        "31 Apr 1970 00:00:00",
        "29 Feb 2023 00:00:00",
        "29 Feb 1900 00:00:00",
        "31 Dec 1600 23:59:59",
        "01 Jan 19700 00:00:00",
        "001 Jan 1970 00:00:00",
        "01 Ja 1970 00:00:00",
        "01 \xc3\x89v 1970 00:00:00",
};

Test(date, reads_what_browsers_read)
{
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		int64_t seconds = 0x5555;
		cr_assert(client_date_parse(span_of(valid[i].text), &seconds), "%s", valid[i].text);
		cr_expect_eq(
		        seconds, valid[i].seconds, "%s: %lld", valid[i].text, (long long)seconds);
	}
}

Test(date, ignores_what_browsers_ignore)
{
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		int64_t seconds = 0x5555;
		cr_expect_not(
		        client_date_parse(span_of(invalid[i]), &seconds), "\"%s\"", invalid[i]);
		cr_expect_eq(seconds, 0x5555);
	}
}

Test(date, reads_only_its_bytes)
{
	int64_t seconds;
	struct span text = span_bytes("01 Jan 1970 00:00:001", 20);
	cr_assert(client_date_parse(text, &seconds));
	cr_expect_eq(seconds, 0);
	cr_expect_not(client_date_parse(SPAN_NONE, &seconds));
}

Test(date, writes_what_it_reads)
{
	static const int64_t times[] = {0, 1, 86399, 86400, 784111777, 951782400, 1709164800,
	        2147483648, 4102444800, 253402300799};
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		char text[CLIENT_DATE_BYTES];
		int64_t seconds;
		client_date_format(times[i], text);
		cr_assert(client_date_parse(span_bytes(text, sizeof(text)), &seconds));
		cr_expect_eq(seconds, times[i], "%.29s", text);
	}
}

Test(date, writes_the_form_of_http)
{
	char text[CLIENT_DATE_BYTES];
	client_date_format(784111777, text);
	cr_expect(span_is(span_bytes(text, sizeof(text)), "Sun, 06 Nov 1994 08:49:37 GMT"));
	client_date_format(-5, text);
	cr_expect(span_is(span_bytes(text, sizeof(text)), "Thu, 01 Jan 1970 00:00:00 GMT"));
	client_date_format(253402300800, text);
	cr_expect(span_is(span_bytes(text, sizeof(text)), "Fri, 31 Dec 9999 23:59:59 GMT"));
	client_date_format(INT64_MAX, text);
	cr_expect(span_is(span_bytes(text, sizeof(text)), "Fri, 31 Dec 9999 23:59:59 GMT"));
}
