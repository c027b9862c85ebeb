/*
 * fish: one `complete` a command, option and positional, each with the condition under which it
 * is offered. A command of one word may share it with a member of a group (`check`), so its
 * condition excludes the groups.
 */
#include "client/ctl/completion.h"

#include "client/ctl/globals.h"

static const char sites[] = "function __consentctl_sites\n"
                            "\t" COMPLETION_SITES " | tail -n +2 | cut -d, -f1\n"
                            "end\n\n";

static void print_quoted(FILE *stream, const char *text)
{
	putc('\'', stream);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putc('\\', stream);
		putc(*text, stream);
	}
	putc('\'', stream);
}

/* The condition that this command is being typed. */
static void print_seen(FILE *stream, const struct command *command)
{
	const char *space = strchr(command->name, ' ');

	if (space) {
		fprintf(stream,
		        "__fish_seen_subcommand_from %.*s; and __fish_seen_subcommand_from %s",
		        (int)(space - command->name), command->name, space + 1);
		return;
	}
	fprintf(stream, "__fish_seen_subcommand_from %s", command->name);
	for (uint32_t i = 0; i < n_commands; i++) {
		struct span group = commands_group_at(i);

		if (span_present(group))
			fprintf(stream, "; and not __fish_seen_subcommand_from %.*s",
			        SPAN_ARG(group));
	}
}

static void print_choices(FILE *stream, const char *const *choices)
{
	fputs(" -a '", stream);
	for (size_t i = 0; choices[i]; i++)
		fprintf(stream, "%s%s", i > 0 ? " " : "", choices[i]);
	putc('\'', stream);
}

/* Behind the condition: names, what the option takes, and its help. */
static void print_option(FILE *stream, const struct command_option *option)
{
	if (option->letter)
		fprintf(stream, " -s %c", option->letter);
	fprintf(stream, " -l %s", option->name);
	if (option->type == COMMAND_FILE)
		fputs(" -r -F", stream);
	else if (option->type != COMMAND_FLAG)
		fputs(" -x", stream);
	if (option->choices)
		print_choices(stream, option->choices);
	fputs(" -d ", stream);
	print_quoted(stream, option->help);
	putc('\n', stream);
}

/* A command that has an option of the same name excludes the global one. */
static void print_global(FILE *stream, const struct command_option *option)
{
	fputs("complete -c consentctl", stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		const struct command *command = commands[i];

		if (!command_option_find(command->options, command->n_options, option->name,
		            strlen(option->name)))
			continue;
		fputs(" -n 'not begin; ", stream);
		print_seen(stream, command);
		fputs("; end'", stream);
	}
	print_option(stream, option);
}

static void print_options(FILE *stream, const struct command *command)
{
	for (uint32_t i = 0; i < command->n_options; i++) {
		fputs("complete -c consentctl -n '", stream);
		print_seen(stream, command);
		putc('\'', stream);
		print_option(stream, &command->options[i]);
	}
}

/* The number of the word in the line, from 1 for the program. */
static unsigned int word_number(const struct command *command, uint32_t number)
{
	return number + (strchr(command->name, ' ') ? 3U : 2U);
}

static void print_positional(FILE *stream, const struct command *command, uint32_t number)
{
	const struct command_positional *positional = &command->positionals[number];

	if (positional->completion == COMMAND_COMPLETE_NOTHING ||
	        positional->completion == COMMAND_COMPLETE_COMMAND)
		return;
	fputs("complete -c consentctl -n '", stream);
	print_seen(stream, command);
	fprintf(stream, "; and __fish_is_nth_token %u'", word_number(command, number));
	if (positional->completion == COMMAND_COMPLETE_SITE)
		fputs(" -a '(__consentctl_sites)'", stream);
	else if (positional->completion == COMMAND_COMPLETE_FILE)
		fputs(" -F", stream);
	else
		print_choices(stream, positional->choices);
	putc('\n', stream);
}

static void print_name(FILE *stream, const char *condition, struct span word, const char *summary)
{
	fprintf(stream, "complete -c consentctl -n '%s' -a %.*s -d ", condition, SPAN_ARG(word));
	print_quoted(stream, summary);
	putc('\n', stream);
}

static void print_names(FILE *stream)
{
	for (uint32_t i = 0; i < n_commands; i++) {
		const struct command *command = commands[i];
		const char *space = strchr(command->name, ' ');
		struct span group = commands_group_at(i);
		char condition[128];

		if (span_present(group))
			print_name(stream, "__fish_use_subcommand", group, "commands for policies");
		if (space) {
			int n_bytes = (int)(space - command->name);

			snprintf(condition, sizeof(condition),
			        "__fish_seen_subcommand_from %.*s; and __fish_is_nth_token 2",
			        n_bytes, command->name);
			print_name(stream, condition, span_of(space + 1), command->summary);
		} else {
			print_name(stream, "__fish_use_subcommand", span_of(command->name),
			        command->summary);
		}
	}
}

void completion_print_fish(FILE *stream)
{
	fputs("# Completes consentctl in fish; printed by `consentctl completion fish`.\n\n",
	        stream);
	fputs(sites, stream);
	fputs("complete -c consentctl -f\n", stream);
	for (uint32_t i = 0; i < globals_n_options; i++)
		print_global(stream, &globals_options[i]);
	print_names(stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		print_options(stream, commands[i]);
		for (uint32_t j = 0; j < commands[i]->n_positionals; j++)
			print_positional(stream, commands[i], j);
	}
}
