/* The table of commands is sound: what it says can be parsed, and each row is complete. */
#include "client/ctl/commands.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/ctl/globals.h"
#include "client/ctl/help.h"

static uint32_t value_bytes(const struct command_option *option)
{
	switch (option->type) {
	case COMMAND_FLAG:
		return sizeof(bool);
	case COMMAND_TEXT:
	case COMMAND_FILE:
		return sizeof(struct span);
	case COMMAND_NUMBER:
	case COMMAND_CHOICE:
		return sizeof(uint64_t);
	case COMMAND_TEXTS:
		return sizeof(struct command_words);
	}
	return 0;
}

static void check_option(const struct command *command, const struct command_option *option)
{
	cr_expect_leq(option->offset + value_bytes(option), command->n_values_bytes, "%s --%s",
	        command->name, option->name);
	cr_expect_eq(option->value == NULL, option->type == COMMAND_FLAG, "%s --%s", command->name,
	        option->name);
	cr_expect_eq(option->choices != NULL, option->type == COMMAND_CHOICE, "%s --%s",
	        command->name, option->name);
	cr_expect(option->help && !strchr(option->help, '\n'), "%s --%s", command->name,
	        option->name);
	if (option->letter)
		cr_expect_eq(
		        command_option_letter(command->options, command->n_options, option->letter),
		        option, "%s -%c stands for two", command->name, option->letter);
	cr_expect_eq(command_option_find(command->options, command->n_options, option->name,
	                     strlen(option->name)),
	        option, "%s --%s stands twice", command->name, option->name);
}

static void check_positional(const struct command *command, uint32_t number)
{
	const struct command_positional *positional = &command->positionals[number];

	cr_expect_leq(positional->offset + sizeof(struct span), command->n_values_bytes, "%s %s",
	        command->name, positional->name);
	cr_expect(!positional->many || number + 1 == command->n_positionals,
	        "%s: nothing can follow many", command->name);
	cr_expect(number == 0 || positional->optional || !command->positionals[number - 1].optional,
	        "%s: %s follows an optional one", command->name, positional->name);
}

Test(commands, every_row_is_complete)
{
	for (uint32_t i = 0; i < n_commands; i++) {
		const struct command *command = commands[i];

		cr_expect(command->summary && command->details && command->run_fn, "%s",
		        command->name);
		cr_expect_eq(
		        commands_find(command->name), command, "%s stands twice", command->name);
		for (uint32_t j = 0; j < command->n_options; j++)
			check_option(command, &command->options[j]);
		for (uint32_t j = 0; j < command->n_positionals; j++)
			check_positional(command, j);
	}
}

Test(commands, a_group_stands_together)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < n_commands; i++)
		n += span_present(commands_group_at(i));
	cr_expect_eq(n, 1, "`policy` is the only group, and its rows are neighbours");
	cr_expect(commands_is_group(span_of("policy")));
	cr_expect_not(commands_is_group(span_of("pol")));
	cr_expect_not(commands_is_group(span_of("check")));
}

static void expect_taken(const char *first, const char *second, const char *wanted)
{
	char *words[] = {(char *)first, (char *)second};
	struct args args = {words, second ? 2 : 1, 0};
	const struct command *command = commands_take(&args);

	if (!wanted) {
		cr_expect_null(command);
		return;
	}
	cr_assert_not_null(command);
	cr_expect_str_eq(command->name, wanted);
	cr_expect_eq(args.at, strchr(wanted, ' ') && !strchr(first, ' ') ? 2 : 1);
}

Test(commands, are_found_by_one_word_or_two, .init = cr_redirect_stderr)
{
	expect_taken("check", "policy", "check");
	expect_taken("policy", "check", "policy check");
	expect_taken("policy", "apply", "policy apply");
	expect_taken("policy", NULL, NULL);
	expect_taken("policy", "chec", NULL);
	expect_taken("policy check", NULL, "policy check");
	expect_taken("chck", NULL, NULL);
	expect_taken("", NULL, NULL);
}

Test(commands, typos_are_understood, .init = cr_redirect_stderr)
{
	expect_taken("chekc", NULL, NULL);
	expect_taken("policy", "aply", NULL);
	expect_taken("polcy", NULL, NULL);
	expect_taken("xyzzy", NULL, NULL);
	fflush(stderr);
	cr_expect_stderr_eq_str(
	        "consentctl: there is no command chekc; did you mean check?\n"
	        "consentctl: there is no command policy aply; did you mean apply?\n"
	        "consentctl: there is no command polcy; did you mean policy?\n"
	        "consentctl: there is no command xyzzy; `consentctl help` lists them\n");
}

/* Whether the command has an option of its own by the name of a global one. */
static bool replaces(const struct command *command, const char *name)
{
	return command_option_find(command->options, command->n_options, name, strlen(name)) !=
	       NULL;
}

Test(commands, help_names_everything)
{
	for (uint32_t i = 0; i < n_commands; i++) {
		char *text = NULL;
		size_t n_bytes;
		FILE *stream = open_memstream(&text, &n_bytes);

		cr_assert_not_null(stream);
		help_print_command(stream, commands[i]);
		fclose(stream);
		cr_expect_not_null(strstr(text, commands[i]->details));
		for (uint32_t j = 0; j < commands[i]->n_options; j++)
			cr_expect_not_null(strstr(text, commands[i]->options[j].help));
		for (uint32_t j = 0; j < globals_n_options; j++)
			cr_expect_eq(strstr(text, globals_options[j].help) == NULL,
			        replaces(commands[i], globals_options[j].name));
		free(text);
	}
}
