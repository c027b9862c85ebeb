/*
 * The writer: shortest forms, and an overflow that nobody can overlook.
 */
#include "tests/support/wire.h"

#include <criterion/criterion.h>

static void write_everything(struct proto_writer *w)
{
	proto_writer_array(w, 9);
	proto_writer_nil(w);
	proto_writer_bool(w, true);
	proto_writer_bool(w, false);
	proto_writer_uint(w, 127);
	proto_writer_uint(w, 128);
	proto_writer_uint(w, UINT64_MAX);
	proto_writer_text(w, span_of("abc"));
	proto_writer_bin(w, span_of("de"));
	proto_writer_map(w, 1);
	proto_writer_raw(w, wire_hex("a161 c0"));
}

static const char everything[] =
        "99 c0 c3 c2 7f cc80 cf ffffffffffffffff a3616263 c4026465 81 a161c0";

Test(writer, the_forms_are_the_shortest)
{
	struct proto_writer w = wire_writer();

	write_everything(&w);
	cr_assert_not(w.overflow);
	cr_assert(span_equal(proto_writer_span(&w), wire_hex(everything)));
}

Test(writer, absent_text_is_empty_text)
{
	struct proto_writer w = wire_writer();

	proto_writer_text(&w, SPAN_NONE);
	proto_writer_bin(&w, SPAN_NONE);
	proto_writer_raw(&w, SPAN_NONE);
	cr_assert(span_equal(proto_writer_span(&w), wire_hex("a0 c400")));
}

Test(writer, every_capacity_but_the_whole_overflows)
{
	const size_t whole = wire_hex(everything).n_bytes;

	for (size_t capacity = 0; capacity <= whole; capacity++) {
		uint8_t *block = malloc(capacity ? capacity : 1);
		struct proto_writer w = proto_writer_of(block, capacity);

		write_everything(&w);
		cr_assert_eq(w.overflow, capacity < whole, "capacity %zu", capacity);
		cr_assert_leq(w.n_bytes, capacity);
		free(block);
	}
}

Test(writer, nothing_is_written_after_an_overflow)
{
	uint8_t block[8];
	struct proto_writer w = proto_writer_of(block, sizeof(block));

	proto_writer_uint(&w, 1);
	proto_writer_text(&w, span_of("longer than the block"));
	cr_assert(w.overflow);
	const size_t n_bytes = w.n_bytes;
	proto_writer_nil(&w);
	proto_writer_raw(&w, wire_hex("c0"));
	cr_assert(w.overflow);
	cr_assert_eq(w.n_bytes, n_bytes);
}

/* The widths at which a header grows, read back by the reader. */
Test(writer, lengths_at_the_ends_of_their_widths)
{
	static const size_t lengths[] = {0, 1, 31, 32, 255, 256, 65535, 65536};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct proto_writer w = wire_writer();
		struct span text, bin;
		struct proto_reader r;

		proto_writer_text(&w, wire_repeat('t', lengths[i]));
		proto_writer_bin(&w, wire_repeat('b', lengths[i]));
		r = proto_reader_of(proto_writer_span(&w));
		cr_assert_eq(proto_reader_text(&r, &text), 0);
		cr_assert_eq(proto_reader_bin(&r, &bin), 0);
		cr_assert_eq(text.n_bytes, lengths[i]);
		cr_assert_eq(bin.n_bytes, lengths[i]);
		cr_assert(proto_reader_at_end(&r));
	}
}
