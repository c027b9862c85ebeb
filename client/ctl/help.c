/*
 * Two columns, the right one at a fixed place, so that help looks the same for every command.
 */
#include "client/ctl/help.h"

#include <stdlib.h>
#include <string.h>

#include "client/ctl/exit.h"
#include "client/ctl/globals.h"

enum { COLUMN = 28 };

void help_print_usage(FILE *stream, const struct command *command)
{
	fputs(command->name, stream);
	if (command->n_options > 0)
		fputs(" [OPTION…]", stream);
	for (uint32_t i = 0; i < command->n_positionals; i++) {
		const struct command_positional *p = &command->positionals[i];

		fprintf(stream, " %s%s%s%s", p->optional ? "[" : "", p->name, p->many ? "…" : "",
		        p->optional ? "]" : "");
	}
}

void help_print_option(FILE *stream, const struct command_option *option)
{
	if (option->letter)
		fprintf(stream, "-%c, ", option->letter);
	fprintf(stream, "--%s", option->name);
	if (option->value)
		fprintf(stream, " %s", option->value);
}

/* Columns that a text fills: characters, not bytes. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void print_pair(FILE *stream, const char *left, const char *right)
{
	int width = width_of(left);

	fprintf(stream, "  %s", left);
	if (width > COLUMN - 4)
		fprintf(stream, "\n%*s", COLUMN, "");
	else
		fprintf(stream, "%*s", COLUMN - 2 - width, "");
	fprintf(stream, "%s\n", right);
}

static char *option_text(const struct command_option *option)
{
	char *text = NULL;
	size_t n_bytes = 0;
	FILE *stream = open_memstream(&text, &n_bytes);

	if (!stream)
		exit_without_memory();
	help_print_option(stream, option);
	if (fclose(stream) != 0)
		exit_without_memory();
	return text;
}

static void print_choices(FILE *stream, const char *const *choices)
{
	fprintf(stream, "%*sone of", COLUMN, "");
	for (size_t i = 0; choices[i]; i++)
		fprintf(stream, "%s %s", i > 0 ? "," : "", choices[i]);
	putc('\n', stream);
}

static void print_options(FILE *stream, const struct command_option *options, uint32_t n_options)
{
	for (uint32_t i = 0; i < n_options; i++) {
		char *text = option_text(&options[i]);

		print_pair(stream, text, options[i].help);
		if (options[i].choices)
			print_choices(stream, options[i].choices);
		free(text);
	}
}

void help_print_all(FILE *stream)
{
	fputs("consentctl keeps and asks for visitors' cookie choices, at a running consentd.\n\n"
	      "Usage: consentctl [OPTION…] COMMAND [ARGUMENT…]\n\nCommands:\n",
	        stream);
	for (uint32_t i = 0; i < n_commands; i++)
		print_pair(stream, commands[i]->name, commands[i]->summary);
	fputs("\nOptions of every command:\n", stream);
	print_options(stream, globals_options, globals_n_options);
	fputs("\n`consentctl help COMMAND` says more about one. See also consentctl(1).\n", stream);
}

void help_print_group(FILE *stream, struct span group)
{
	fputs("Commands:\n", stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		if (commands_member(commands[i], group))
			print_pair(stream, commands[i]->name, commands[i]->summary);
	}
	fprintf(stream, "\n`consentctl help %.*s COMMAND` says more about one.\n", SPAN_ARG(group));
}

static void print_positionals(FILE *stream, const struct command *command)
{
	if (command->n_positionals == 0)
		return;
	fputs("\nArguments:\n", stream);
	for (uint32_t i = 0; i < command->n_positionals; i++) {
		const struct command_positional *positional = &command->positionals[i];

		print_pair(stream, positional->name, positional->help);
		if (positional->choices)
			print_choices(stream, positional->choices);
	}
}

/* Examples are indented, as a whole. */
static void print_example(FILE *stream, const char *example)
{
	bool begins = true;

	fputs("\nExample:\n", stream);
	for (; *example; example++) {
		if (begins)
			fputs("  ", stream);
		putc(*example, stream);
		begins = *example == '\n';
	}
	putc('\n', stream);
}

/* An option of the command's own stands in the place of the global one of that name. */
static void print_globals(FILE *stream, const struct command *command)
{
	for (uint32_t i = 0; i < globals_n_options; i++) {
		const char *name = globals_options[i].name;

		if (!command_option_find(command->options, command->n_options, name, strlen(name)))
			print_options(stream, &globals_options[i], 1);
	}
}

void help_print_command(FILE *stream, const struct command *command)
{
	fputs("Usage: consentctl ", stream);
	help_print_usage(stream, command);
	fprintf(stream, "\n\n%s\n", command->details);
	print_positionals(stream, command);
	if (command->n_options > 0)
		fputs("\nOptions:\n", stream);
	print_options(stream, command->options, command->n_options);
	fputs("\nOptions of every command:\n", stream);
	print_globals(stream, command);
	if (command->example)
		print_example(stream, command->example);
}
