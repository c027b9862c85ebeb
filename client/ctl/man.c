/*
 * scdoc's marks are escaped where a text holds them. The page itself is written by hand; what
 * stands between its markers is compared with this by a test, so neither can leave the other.
 */
#include "client/ctl/man.h"

#include <ctype.h>

#include "client/ctl/commands.h"
#include "client/ctl/globals.h"

/* Underscores between letters are plain text to scdoc; at a word's edge they begin emphasis. */
static void print_text(FILE *stream, const char *text)
{
	for (; *text; text++) {
		if (strchr("*_\\<>#[]~.", *text) && *text)
			putc('\\', stream);
		if (*text == '`')
			continue;
		putc(*text, stream);
	}
}

static void print_option(FILE *stream, const struct command_option *option)
{
	if (option->letter)
		fprintf(stream, "*-%c*, ", option->letter);
	fprintf(stream, "*--%s*", option->name);
	if (option->value)
		fprintf(stream, " _%s_", option->value);
	fputs("\n\t", stream);
	print_text(stream, option->help);
	for (size_t i = 0; option->choices && option->choices[i]; i++)
		fprintf(stream, "%s *%s*", i == 0 ? ": one of" : ",", option->choices[i]);
	fputs("\n\n", stream);
}

static void print_options(FILE *stream, const struct command_option *options, uint32_t n_options)
{
	for (uint32_t i = 0; i < n_options; i++)
		print_option(stream, &options[i]);
}

static void print_synopsis(FILE *stream, const struct command *command)
{
	fprintf(stream, "*consentctl %s*", command->name);
	if (command->n_options > 0)
		fputs(" [_OPTION_…]", stream);
	for (uint32_t i = 0; i < command->n_positionals; i++) {
		const struct command_positional *p = &command->positionals[i];

		fprintf(stream, " %s_%s_%s%s", p->optional ? "[" : "", p->name, p->many ? "…" : "",
		        p->optional ? "]" : "");
	}
	fputs("\n\n", stream);
}

static void print_command(FILE *stream, const struct command *command)
{
	fputs("## ", stream);
	for (const char *c = command->name; *c; c++)
		putc(toupper((unsigned char)*c), stream);
	fputs("\n\n", stream);
	print_synopsis(stream, command);
	print_text(stream, command->details);
	fputs("\n\n", stream);
	for (uint32_t i = 0; i < command->n_positionals; i++) {
		fprintf(stream, "_%s_\n\t", command->positionals[i].name);
		print_text(stream, command->positionals[i].help);
		fputs("\n\n", stream);
	}
	print_options(stream, command->options, command->n_options);
}

void man_print(FILE *stream)
{
	fputs("# COMMANDS\n\n", stream);
	for (uint32_t i = 0; i < n_commands; i++)
		print_command(stream, commands[i]);
	fputs("# OPTIONS\n\nThese are options of every command. They may stand before it or after "
	      "it.\n\n",
	        stream);
	print_options(stream, globals_options, globals_n_options);
}
