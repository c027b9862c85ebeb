/*
 * Known answers of the fingerprint, made by another implementation of BLAKE2b: the numbers are
 * stored with every bit, so a change of the encoding asks every visitor of every site again.
 */
#include "daemon/policy/fingerprint.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void gives(struct fingerprint_fields fields, const char *expected)
{
	uint8_t fingerprint[16];
	char hex[33] = "";
	fingerprint_make(&fields, fingerprint);
	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", fingerprint[i]);
	cr_assert_str_eq(hex, expected);
}

static struct fingerprint_fields adnetwork(void)
{
	return (struct fingerprint_fields){.provider = span_of("Ad Network Inc."),
	        .category = span_of("third_party"),
	        .basis = PROTO_BASIS_CONSENT,
	        .third_party = true};
}

Test(policy_fingerprint, known_answers)
{
	struct fingerprint_fields fields = {.provider = span_of("Opendatasoft"),
	        .category = span_of("necessary"),
	        .basis = PROTO_BASIS_NECESSARY};
	gives(fields, "2643d1df138cd96288c58d42d4991d44");
	gives(adnetwork(), "b642c8a59ba8456d378ffe3ca5218851");
	fields = (struct fingerprint_fields){.provider = span_of("Société"),
	        .category = span_of("statistics"),
	        .basis = PROTO_BASIS_AUDIENCE_MEASUREMENT,
	        .material = UINT32_MAX};
	gives(fields, "507e3491f7bdaef43a440bbe988d9d4f");
}

Test(policy_fingerprint, every_field_counts)
{
	struct fingerprint_fields fields = adnetwork();
	fields.material = 1;
	gives(fields, "488f9dfb3d0082bdc580f0ae99a7e4be");
	fields = adnetwork();
	fields.third_party = false;
	gives(fields, "5df87d7a16f9fa2420af740982b42e4e");
	fields = adnetwork();
	fields.basis = PROTO_BASIS_OPT_OUT;
	gives(fields, "143bc1171467d18fd926391a6db4f20b");
}

Test(policy_fingerprint, fields_do_not_run_together)
{
	struct fingerprint_fields fields = adnetwork();
	fields.provider = span_of("Ad Network Inc.third");
	fields.category = span_of("_party");
	gives(fields, "b1df38fe186b976008d69111b96f67c1");
}
