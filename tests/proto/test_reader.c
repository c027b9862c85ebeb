/*
 * The reader on every form that MessagePack has, and on bytes that are none. Inputs stand in
 * blocks of exactly their size, so that the sanitizer finds a read one past the end.
 */
#include "tests/support/wire.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct proto_reader reader_on(const char *hex)
{
	return proto_reader_of(wire_hex(hex));
}

static void expect_uint(const char *hex, uint64_t want)
{
	struct proto_reader r = reader_on(hex);
	uint64_t got = 0;

	cr_assert_eq(proto_reader_uint(&r, &got), 0, "%s", hex);
	cr_assert_eq(got, want, "%s", hex);
	cr_assert(proto_reader_at_end(&r), "%s", hex);
}

Test(reader, integers_of_every_width_are_one_value)
{
	expect_uint("00", 0);
	expect_uint("07", 7);
	expect_uint("7f", 127);
	expect_uint("cc 07", 7);
	expect_uint("cd 0007", 7);
	expect_uint("ce 00000007", 7);
	expect_uint("cf 0000000000000007", 7);
	expect_uint("d0 07", 7);
	expect_uint("d1 0007", 7);
	expect_uint("d2 00000007", 7);
	expect_uint("d3 0000000000000007", 7);
}

Test(reader, integers_at_the_ends_of_their_widths)
{
	expect_uint("cc ff", 255);
	expect_uint("cd 0100", 256);
	expect_uint("cd ffff", 65535);
	expect_uint("ce ffffffff", UINT32_MAX);
	expect_uint("cf ffffffffffffffff", UINT64_MAX);
	expect_uint("d0 7f", INT8_MAX);
	expect_uint("d1 7fff", INT16_MAX);
	expect_uint("d2 7fffffff", INT32_MAX);
	expect_uint("d3 7fffffffffffffff", INT64_MAX);
}

/* Tries all functions on the value; the one of its kind must take it, all others must refuse. */
static void expect_kind(const char *hex, enum proto_kind want)
{
	const struct proto_reader r = reader_on(hex);
	struct proto_reader nil = r, boolean = r, uint = r, text = r, bin = r, array = r, map = r;
	enum proto_kind kind;
	struct span span;
	uint64_t number;
	uint32_t n;
	bool flag;

	cr_assert_eq(proto_reader_peek(&r, &kind), 0, "%s", hex);
	cr_assert_eq(kind, want, "%s: kind %d", hex, (int)kind);
#define EXPECT(call, KIND)                                                                         \
	cr_assert_eq(call, want == PROTO_KIND_##KIND ? 0 : PROTO_E_TYPE, "%s: %s", hex, #call)
	EXPECT(proto_reader_nil(&nil), NIL);
	EXPECT(proto_reader_bool(&boolean, &flag), BOOL);
	EXPECT(proto_reader_uint(&uint, &number), UINT);
	EXPECT(proto_reader_text(&text, &span), TEXT);
	EXPECT(proto_reader_bin(&bin, &span), BIN);
	EXPECT(proto_reader_array(&array, &n), ARRAY);
	EXPECT(proto_reader_map(&map, &n), MAP);
#undef EXPECT
	cr_assert(want == PROTO_KIND_NIL || nil.at == r.at, "%s", hex);
	cr_assert(want == PROTO_KIND_BOOL || boolean.at == r.at, "%s", hex);
	cr_assert(want == PROTO_KIND_UINT || uint.at == r.at, "%s", hex);
	cr_assert(want == PROTO_KIND_TEXT || text.at == r.at, "%s", hex);
	cr_assert(want == PROTO_KIND_BIN || bin.at == r.at, "%s", hex);
	cr_assert(want == PROTO_KIND_ARRAY || array.at == r.at, "%s", hex);
	cr_assert(want == PROTO_KIND_MAP || map.at == r.at, "%s", hex);
}

Test(reader, every_form_has_its_kind)
{
	static const struct {
		const char *hex;
		enum proto_kind kind;
	} forms[] = {
	        {"c0", PROTO_KIND_NIL},
	        {"c2", PROTO_KIND_BOOL},
	        {"c3", PROTO_KIND_BOOL},
	        {"00", PROTO_KIND_UINT},
	        {"d0 05", PROTO_KIND_UINT},
	        {"ff", PROTO_KIND_INT},
	        {"e0", PROTO_KIND_INT},
	        {"d0 ff", PROTO_KIND_INT},
	        {"d0 80", PROTO_KIND_INT},
	        {"d1 8000", PROTO_KIND_INT},
	        {"d2 80000000", PROTO_KIND_INT},
	        {"d3 8000000000000000", PROTO_KIND_INT},
	        {"ca 3f800000", PROTO_KIND_FLOAT},
	        {"cb 3ff0000000000000", PROTO_KIND_FLOAT},
	        {"a0", PROTO_KIND_TEXT},
	        {"a1 61", PROTO_KIND_TEXT},
	        {"d9 01 61", PROTO_KIND_TEXT},
	        {"da 0001 61", PROTO_KIND_TEXT},
	        {"db 00000001 61", PROTO_KIND_TEXT},
	        {"c4 01 61", PROTO_KIND_BIN},
	        {"c5 0001 61", PROTO_KIND_BIN},
	        {"c6 00000001 61", PROTO_KIND_BIN},
	        {"90", PROTO_KIND_ARRAY},
	        {"91 c0", PROTO_KIND_ARRAY},
	        {"dc 0001 c0", PROTO_KIND_ARRAY},
	        {"dd 00000001 c0", PROTO_KIND_ARRAY},
	        {"80", PROTO_KIND_MAP},
	        {"81 c0 c0", PROTO_KIND_MAP},
	        {"de 0001 c0 c0", PROTO_KIND_MAP},
	        {"df 00000001 c0 c0", PROTO_KIND_MAP},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		expect_kind(forms[i].hex, forms[i].kind);
}

/* Every function refuses the bytes with the same outcome and stays where it was. */
static void expect_refused(struct span bytes, int want)
{
	struct proto_reader r = proto_reader_of(bytes);
	struct span span;

	cr_assert_eq(proto_reader_skip(&r, &span), want, "%02x", bytes.data[0]);
	cr_assert_eq(r.at, bytes.data);
}

Test(reader, ext_types_and_the_unused_byte_are_refused)
{
	static const uint8_t refused[] = {0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8};

	for (size_t i = 0; i < sizeof(refused); i++) {
		uint8_t bytes[32] = {refused[i], 1, 1};
		struct proto_reader r = proto_reader_of(span_bytes(bytes, sizeof(bytes)));
		enum proto_kind kind;

		cr_assert_eq(proto_reader_peek(&r, &kind), PROTO_E_MALFORMED);
		expect_refused(span_bytes(bytes, sizeof(bytes)), PROTO_E_MALFORMED);
	}
}

Test(reader, every_cut_is_truncated)
{
	static const char *const values[] = {"cc 07", "cd 0007", "ce 00000007",
	        "cf 0000000000000007", "d0 07", "d1 0007", "d2 00000007", "d3 0000000000000007",
	        "ca 3f800000", "cb 3ff0000000000000", "a3 616263", "d9 03 616263", "da 0003 616263",
	        "db 00000003 616263", "c4 03 616263", "c5 0003 616263", "c6 00000003 616263",
	        "92 c0 c0", "dc 0002 c0c0", "dd 00000002 c0c0", "82 c0c0 c0c0", "de 0002 c0c0c0c0",
	        "df 00000002 c0c0c0c0", "92 93 010203 81 a161 c3"};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct span whole = wire_hex(values[i]);
		struct proto_reader r = proto_reader_of(whole);
		struct span value;

		cr_assert_eq(proto_reader_skip(&r, &value), 0, "%s", values[i]);
		cr_assert(span_equal(value, whole), "%s", values[i]);
		cr_assert(proto_reader_at_end(&r), "%s", values[i]);
		for (size_t n = 1; n < whole.n_bytes; n++)
			expect_refused(wire_exact(span_bytes(whole.data, n)), PROTO_E_TRUNCATED);
	}
}

Test(reader, nothing_is_truncated)
{
	struct proto_reader r = proto_reader_of(wire_exact(SPAN_NONE));
	enum proto_kind kind;
	struct span span;

	cr_assert_eq(proto_reader_peek(&r, &kind), PROTO_E_TRUNCATED);
	cr_assert_eq(proto_reader_text(&r, &span), PROTO_E_TRUNCATED);
	cr_assert_eq(proto_reader_skip(&r, &span), PROTO_E_TRUNCATED);
}

Test(reader, a_count_is_at_most_the_bytes_left)
{
	struct proto_reader fits = reader_on("93 01 02 03"), lies = reader_on("93 01 02");
	struct proto_reader map_fits = reader_on("82 01 02 03 04");
	struct proto_reader map_lies = reader_on("82 01 02 03");
	struct proto_reader huge = reader_on("dd ffffffff 00"),
	                    huge_map = reader_on("df ffffffff 00");
	uint32_t n;

	cr_assert_eq(proto_reader_array(&fits, &n), 0);
	cr_assert_eq(n, 3);
	cr_assert_eq(proto_reader_array(&lies, &n), PROTO_E_TRUNCATED);
	cr_assert_eq(proto_reader_map(&map_fits, &n), 0);
	cr_assert_eq(n, 2);
	cr_assert_eq(proto_reader_map(&map_lies, &n), PROTO_E_TRUNCATED);
	cr_assert_eq(proto_reader_array(&huge, &n), PROTO_E_TRUNCATED);
	cr_assert_eq(proto_reader_map(&huge_map, &n), PROTO_E_TRUNCATED);
}

/* n arrays, each in the other, the innermost empty. */
static struct span nested(unsigned int n)
{
	uint8_t bytes[64];

	memset(bytes, 0x91, n);
	bytes[n - 1] = 0x90;
	return wire_exact(span_bytes(bytes, n));
}

Test(reader, skip_goes_as_deep_as_the_limit_and_no_deeper)
{
	struct proto_reader r = proto_reader_of(nested(PROTO_LIMIT_DEPTH));
	struct span value;

	cr_assert_eq(proto_reader_skip(&r, &value), 0);
	expect_refused(nested(PROTO_LIMIT_DEPTH + 1), PROTO_E_MALFORMED);
}

Test(reader, skip_stops_behind_its_value)
{
	struct proto_reader r = reader_on("92 81 a161 90 c4 02 0102 07");
	struct span value;
	uint64_t number;

	cr_assert_eq(proto_reader_skip(&r, &value), 0);
	cr_assert_eq(value.n_bytes, 9);
	cr_assert_eq(proto_reader_uint(&r, &number), 0);
	cr_assert_eq(number, 7);
}

static bool is_text(const char *hex)
{
	const struct span bytes = wire_hex(hex);
	struct proto_writer w = wire_writer();
	struct proto_reader r;
	struct span text;

	proto_writer_text(&w, bytes);
	r = proto_reader_of(wire_exact(proto_writer_span(&w)));
	cr_assert_eq(proto_reader_text(&r, &text), proto_text_valid(bytes) ? 0 : PROTO_E_MALFORMED);
	return proto_text_valid(bytes);
}

Test(reader, text_is_utf8_as_rfc_3629_has_it)
{
	static const char *const valid[] = {"", "00", "7f", "c2 80", "df bf", "e0 a0 80",
	        "ec bf bf", "ed 80 80", "ed 9f bf", "ee 80 80", "ef bf bf", "f0 90 80 80",
	        "f3 bf bf bf", "f4 8f bf bf", "61 c3a9 62"};
	static const char *const invalid[] = {"80", "bf", "c0 80", "c1 bf", "c2", "c2 7f", "c2 c0",
	        "e0 9f bf", "e0 a0", "e0 a0 7f", "e1 7f 80", "ed a0 80", "ed bf bf", "ef bf",
	        "f0 8f bf bf", "f0 90 80", "f0 90 80 7f", "f0 90 7f 80", "f4 90 80 80",
	        "f5 80 80 80", "ff", "fe", "61 80", "c3a9 c3"};

	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		cr_assert(is_text(valid[i]), "%s", valid[i]);
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		cr_assert_not(is_text(invalid[i]), "%s", invalid[i]);
}

/* A bad byte is found wherever it stands among words of ASCII. */
Test(reader, no_place_hides_a_bad_byte)
{
	for (size_t n = 1; n <= 40; n++) {
		for (size_t i = 0; i < n; i++) {
			uint8_t bytes[40];

			memset(bytes, 'a', n);
			cr_assert(proto_text_valid(wire_exact(span_bytes(bytes, n))));
			bytes[i] = 0xff;
			cr_assert_not(proto_text_valid(wire_exact(span_bytes(bytes, n))),
			        "byte %zu of %zu", i, n);
		}
	}
}

/* Decodes by the definition: every code point, then whether this was its shortest form. */
static bool is_utf8_by_definition(const uint8_t *bytes, size_t n)
{
	static const uint32_t shortest[] = {0, 0, 0x80, 0x800, 0x10000};

	for (size_t i = 0; i < n;) {
		const uint8_t first = bytes[i];
		const size_t length = first < 0x80       ? 1
		                      : first >> 5 == 6  ? 2
		                      : first >> 4 == 14 ? 3
		                      : first >> 3 == 30 ? 4
		                                         : 0;
		uint32_t point = length == 1 ? first : first & (0x7fU >> length);

		if (length == 0 || length > n - i)
			return false;
		for (size_t j = 1; j < length; j++) {
			if (bytes[i + j] >> 6 != 2)
				return false;
			point = point << 6 | (bytes[i + j] & 0x3fU);
		}
		if (point < shortest[length] || point > 0x10ffff ||
		        (point >= 0xd800 && point < 0xe000))
			return false;
		i += length;
	}
	return true;
}

/* All first two bytes with every end of a range behind them. */
Test(reader, text_is_what_its_definition_says)
{
	static const uint8_t ends[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
	const uint32_t n_ends = sizeof(ends);

	for (uint32_t i = 0; i < 65536 * n_ends * n_ends; i++) {
		const uint32_t two = i / (n_ends * n_ends);
		const uint8_t bytes[4] = {(uint8_t)(two >> 8), (uint8_t)two,
		        ends[i / n_ends % n_ends], ends[i % n_ends]};
		const size_t n = bytes[0] >= 0xf0 ? 4 : 3;

		if (n == 3 && i % n_ends)
			continue;
		cr_assert_eq(proto_text_valid(span_bytes(bytes, n)),
		        is_utf8_by_definition(bytes, n), "%02x %02x %02x %02x", bytes[0], bytes[1],
		        bytes[2], bytes[3]);
	}
}
