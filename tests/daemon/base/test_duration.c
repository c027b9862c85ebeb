/* Durations: every unit, both spellings, the limits of the number, and back again. */
#include "daemon/base/duration.h"

#include <criterion/criterion.h>

static int parse(const char *text, uint64_t *ret)
{
	return duration_parse(span_of(text), ret);
}

static void gives(const char *text, uint64_t expected)
{
	uint64_t seconds = 77;
	cr_assert_eq(parse(text, &seconds), 0, "%s", text);
	cr_assert_eq(seconds, expected, "%s", text);
}

static void refuses(const char *text, int outcome)
{
	uint64_t seconds = 77;
	cr_assert_eq(parse(text, &seconds), outcome, "%s", text);
	cr_assert_eq(seconds, 77, "%s", text);
}

Test(base_duration, every_unit_in_both_spellings)
{
	gives("1 second", 1);
	gives("2 seconds", 2);
	gives("1 minute", 60);
	gives("30 minutes", 1800);
	gives("1 hour", 3600);
	gives("24 hours", 86400);
	gives("1 day", 86400);
	gives("2 weeks", 1209600);
	gives("6 months", 15552000);
	gives("13 months", 33696000);
	gives("1 year", 31536000);
	gives("10years", 315360000);
	gives("0", 0);
	gives("86400", 86400);
}

Test(base_duration, other_forms_are_refused)
{
	const char *wrong[] = {"", " ", "months", "six months", "1  month", "1 monthss", "1 month ",
	        " 1 month", "-1 day", "+1 day", "1.5 days", "1 Month", "01 day", "1e3", "0x10",
	        "1 day 2 hours", "1 s", "s", "1 fortnight"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refuses(wrong[i], DURATION_E_FORM);
}

Test(base_duration, sixty_four_bits_and_one_past_them)
{
	gives("18446744073709551615", UINT64_MAX);
	refuses("18446744073709551616", DURATION_E_RANGE);
	gives("307445734561825860 minutes", UINT64_C(18446744073709551600));
	refuses("307445734561825861 minutes", DURATION_E_RANGE);
	refuses("99999999999999999999999999 years", DURATION_E_RANGE);
}

static void formats(uint64_t seconds, const char *expected)
{
	char text[32];
	duration_format(seconds, text, sizeof(text));
	cr_assert_str_eq(text, expected);
	gives(text, seconds);
}

Test(base_duration, is_written_as_it_is_read)
{
	formats(0, "0 seconds");
	formats(1, "1 second");
	formats(61, "61 seconds");
	formats(1800, "30 minutes");
	formats(86400, "1 day");
	formats(1209600, "2 weeks");
	formats(15552000, "6 months");
	formats(31536000, "1 year");
	formats(33696000, "13 months");
	formats(UINT64_MAX, "18446744073709551615 seconds");
	char cut[4];
	duration_format(1800, cut, sizeof(cut));
	cr_assert_str_eq(cut, "30 ");
}
