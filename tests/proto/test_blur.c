/* What is kept of names: words, and no numbers. */
#include "proto/blur.h"

#include <criterion/criterion.h>

static void blurs(const char *name, const char *want)
{
	uint8_t kept[PROTO_LIMIT_UNDECLARED_NAME_BYTES];
	uint8_t again[PROTO_LIMIT_UNDECLARED_NAME_BYTES];
	size_t n = proto_name_blur(span_of(name), kept);
	size_t n_again = proto_name_blur(span_bytes(kept, n), again);

	cr_expect(span_is(span_bytes(kept, n), want), "%s: %.*s", name, (int)n, kept);
	cr_expect(span_is(span_bytes(again, n_again), want), "%s twice", name);
}

Test(blur, numbers_in_names_are_replaced)
{
	blurs("", "");
	blurs("cookie", "cookie");
	blurs("cookie1", "cookie#");
	blurs("_ga_1234567", "_ga_#");
	blurs("a1b22c333", "#");
	blurs("x1y22z333", "x#y#z#");
	blurs("12ab", "#");
	blurs("1ab", "#ab");
	blurs("cafe", "cafe");
	blurs("decade", "decade");
	blurs("cafe1", "#");
	blurs("deadbeef", "#");
	blurs("deadbee", "deadbee");
	blurs("DEADBEEFX", "#X");
	blurs("_pk_id.1.1fff", "_pk_id.#.#");
	blurs("550e8400-e29b-41d4-a716-446655440000", "#-#-#-#-#");
	blurs("sess=0123456789abcdef;x", "sess=#;x");
}

Test(blur, names_are_cut)
{
	blurs("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
	blurs("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnno", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
	/* No character in two: of 2, 3 and 4 bytes, cut after each of theirs. */
	blurs("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\xc3\xab", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\xc3\xab");
	blurs("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\xc3\xab", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
	blurs("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\xe2\x82\xac", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
	blurs("nnnnnnnnnnnnnnnnnnnnnnnnnnnnn\xf0\x9f\x8d\xaa", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
	blurs("nnnnnnnnnnnnnnnnnnnnnnnnnnnn\xf0\x9f\x8d\xaa",
	        "nnnnnnnnnnnnnnnnnnnnnnnnnnnn\xf0\x9f\x8d\xaa");
}
