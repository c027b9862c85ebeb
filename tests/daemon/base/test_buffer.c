/* The growing buffer: appends at the capacity and one past it, printing, consuming, huge asks. */
#include "daemon/base/buffer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

Test(base_buffer, a_zeroed_buffer_is_empty_and_deinit_is_legal)
{
	struct buffer buffer = {0};
	cr_assert_eq(buffer_span(&buffer).n_bytes, 0);
	cr_assert_eq(buffer_append(&buffer, SPAN_NONE), 0);
	buffer_deinit(&buffer);
	buffer_deinit(&buffer);
}

Test(base_buffer, appends_at_and_past_the_capacity)
{
	struct buffer buffer = {0};
	uint8_t expected[2000];
	for (size_t i = 0; i < sizeof(expected); i++) {
		expected[i] = (uint8_t)(i * 31);
		cr_assert_eq(buffer_append(&buffer, span_bytes(&expected[i], 1)), 0);
		cr_assert_leq(buffer.n_bytes, buffer.capacity);
	}
	cr_assert(span_equal(buffer_span(&buffer), span_bytes(expected, sizeof(expected))));
	buffer_deinit(&buffer);
}

Test(base_buffer, reserve_exactly_what_is_there_does_not_move)
{
	struct buffer buffer = {0};
	cr_assert_eq(buffer_reserve(&buffer, 10), 0);
	size_t capacity = buffer.capacity;
	uint8_t *data = buffer.data;
	cr_assert_eq(buffer_reserve(&buffer, capacity), 0);
	cr_assert_eq(buffer.data, data);
	cr_assert_eq(buffer_reserve(&buffer, capacity + 1), 0);
	cr_assert_gt(buffer.capacity, capacity);
	buffer_deinit(&buffer);
}

Test(base_buffer, refuses_what_no_memory_can_hold)
{
	struct buffer buffer = {0};
	cr_assert_eq(buffer_append(&buffer, span_of("abc")), 0);
	cr_assert_eq(buffer_reserve(&buffer, SIZE_MAX), -ENOMEM);
	cr_assert_eq(buffer_reserve(&buffer, SIZE_MAX / 2), -ENOMEM);
	cr_assert(span_is(buffer_span(&buffer), "abc"));
	buffer_deinit(&buffer);
}

Test(base_buffer, prints_short_and_long_texts_without_the_nul)
{
	struct buffer buffer = {0};
	cr_assert_eq(buffer_printf(&buffer, "%s=%d;", "a", 1), 0);
	cr_assert_eq(buffer_printf(&buffer, "%*s", 5000, "x"), 0);
	cr_assert_eq(buffer.n_bytes, 4 + 5000);
	cr_assert_eq(memcmp(buffer.data, "a=1;    ", 8), 0);
	cr_assert_eq(buffer.data[5003], 'x');
	buffer_deinit(&buffer);
}

Test(base_buffer, prints_where_the_text_fits_exactly_but_for_the_nul)
{
	struct buffer buffer = {0};
	cr_assert_eq(buffer_reserve(&buffer, 1), 0);
	int room = (int)buffer.capacity;
	cr_assert_eq(buffer_printf(&buffer, "%0*d", room, 7), 0);
	cr_assert_eq(buffer.n_bytes, (size_t)room);
	cr_assert_eq(buffer.data[room - 1], '7');
	buffer_deinit(&buffer);
}

Test(base_buffer, consumes_some_and_all)
{
	struct buffer buffer = {0};
	cr_assert_eq(buffer_append(&buffer, span_of("abcdef")), 0);
	buffer_consume(&buffer, 0);
	buffer_consume(&buffer, 2);
	cr_assert(span_is(buffer_span(&buffer), "cdef"));
	buffer_consume(&buffer, 4);
	cr_assert_eq(buffer.n_bytes, 0);
	buffer_deinit(&buffer);
}
