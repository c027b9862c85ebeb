/* Language tags: their form, comparing, and the way from the special to the general. */
#include "daemon/base/language.h"

#include <criterion/criterion.h>

Test(base_language, forms_that_are_tags)
{
	const char *tags[] = {"en", "no", "fr-CA", "zh-Hant-CN", "de-1996", "es-419", "de-x-foo",
	        "abcdefgh", "aa-bbbbbbbb-cccccccc-dddddddd-eeeee"};
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		cr_assert(language_valid(span_of(tags[i])), "%s", tags[i]);
}

Test(base_language, forms_that_are_none)
{
	const char *texts[] = {"", "e", "e1", "en-", "-en", "en--us", "en_US", "english-", "fr CA",
	        "abcdefghi", "en-abcdefghi", "1e", "é", "*",
	        "aa-bbbbbbbb-cccccccc-dddddddd-eeeeee"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_assert_not(language_valid(span_of(texts[i])), "%s", texts[i]);
	cr_assert_not(language_valid(SPAN_NONE));
}

Test(base_language, case_makes_no_difference)
{
	cr_assert(language_equal(span_of("fr-CA"), span_of("FR-ca")));
	cr_assert_not(language_equal(span_of("fr"), span_of("fr-CA")));
	cr_assert(language_equal(SPAN_NONE, SPAN_NONE));
}

Test(base_language, parents)
{
	cr_assert(span_is(language_parent(span_of("zh-Hant-CN")), "zh-Hant"));
	cr_assert(span_is(language_parent(span_of("zh-Hant")), "zh"));
	cr_assert(span_is(language_parent(span_of("de-x-foo")), "de"));
	cr_assert_not(span_present(language_parent(span_of("zh"))));
	cr_assert_not(span_present(language_parent(SPAN_NONE)));
}
