/* Arenas: zeroed, aligned, big and small, and nothing that overflows. */
#include "daemon/base/arena.h"

#include <criterion/criterion.h>
#include <stdalign.h>

Test(base_arena, gives_zeroed_and_aligned_memory_of_any_size)
{
	struct arena *arena = arena_new();
	cr_assert_not_null(arena);
	for (size_t n = 0; n < 40000; n += 997) {
		uint8_t *memory = arena_alloc(arena, n);
		cr_assert_not_null(memory);
		cr_assert_eq((uintptr_t)memory % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			cr_assert_eq(memory[i], 0);
		memset(memory, 0xff, n);
	}
	cr_assert_null(arena_free(arena));
}

Test(base_arena, refuses_what_overflows)
{
	struct arena *arena = arena_new();
	cr_assert_null(arena_array(arena, SIZE_MAX / 2, 3));
	cr_assert_null(arena_alloc(arena, SIZE_MAX));
	cr_assert_not_null(arena_array(arena, 10, 8));
	arena_free(arena);
	cr_assert_null(arena_free(NULL));
}

Test(base_arena, copies_are_strings)
{
	struct arena *arena = arena_new();
	struct span copy = SPAN_NONE;
	cr_assert_eq(arena_copy(arena, span_bytes("abc", 2), &copy), 0);
	cr_assert_eq(copy.n_bytes, 2);
	cr_assert_str_eq((const char *)copy.data, "ab");
	cr_assert_eq(arena_copy(arena, SPAN_NONE, &copy), 0);
	cr_assert(span_present(copy));
	cr_assert_eq(copy.n_bytes, 0);
	arena_free(arena);
}
