/* Faults: all are kept, in order; warnings do not count; formatting is cut, not overrun. */
#include "daemon/base/faults.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(base_faults, keeps_many_in_order)
{
	struct faults faults = {.file = "p.yaml"};
	for (unsigned int i = 0; i < 100; i++)
		faults_error(&faults, i + 1, i + 2, "fault %u", i);
	cr_assert_eq(faults.n_items, 100);
	cr_assert_eq(faults.n_errors, 100);
	for (unsigned int i = 0; i < 100; i++) {
		char text[64], expected[64];
		fault_format(&faults, i, text, sizeof(text));
		snprintf(expected, sizeof(expected), "p.yaml:%u:%u: fault %u", i + 1, i + 2, i);
		cr_assert_str_eq(text, expected);
	}
	faults_deinit(&faults);
	cr_assert_eq(faults.n_items, 0);
}

Test(base_faults, warnings_are_no_errors)
{
	struct faults faults = {.file = "p.yaml"};
	faults_warning(&faults, 3, 4, "long %s", "max_age");
	cr_assert_not(faults_any_error(&faults));
	char text[64];
	fault_format(&faults, 0, text, sizeof(text));
	cr_assert_str_eq(text, "p.yaml:3:4: warning: long max_age");
	faults_error(&faults, 0, 0, "empty");
	cr_assert(faults_any_error(&faults));
	fault_format(&faults, 1, text, sizeof(text));
	cr_assert_str_eq(text, "p.yaml: empty");
	faults_deinit(&faults);
}

Test(base_faults, what_could_not_be_noted_counts)
{
	struct faults faults = {.out_of_memory = true};
	cr_assert(faults_any_error(&faults));
}

Test(base_faults, formatting_is_cut_to_the_capacity)
{
	struct faults faults = {.file = "p.yaml"};
	faults_error(&faults, 1, 1, "a long message");
	char text[8];
	fault_format(&faults, 0, text, sizeof(text));
	cr_assert_str_eq(text, "p.yaml:");
	faults_deinit(&faults);
}
