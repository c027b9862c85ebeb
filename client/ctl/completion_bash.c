/*
 * bash: one function that finds the command and the number of the positional, and then asks three
 * `case` lists that are printed here. Words of options with a value are skipped when positionals
 * are counted, so those are listed too.
 */
#include "client/ctl/completion.h"

#include "client/ctl/globals.h"

static const char head[] =
        "# Completes consentctl in bash; printed by `consentctl completion bash`.\n"
        "\n"
        "_consentctl_sites()\n"
        "{\n"
        "\t" COMPLETION_SITES " | tail -n +2 | cut -d, -f1\n"
        "}\n"
        "\n";

static const char walk[] =
        "_consentctl()\n"
        "{\n"
        "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
        "\tlocal command='' n=0 i word\n"
        "\tCOMPREPLY=()\n"
        "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
        "\t\tword=${COMP_WORDS[i]}\n"
        "\t\tif _consentctl_takes_value \"$word\"; then\n"
        "\t\t\t((i++))\n"
        "\t\telif [[ $word == -?* ]]; then\n"
        "\t\t\t:\n"
        "\t\telif [[ -z $command ]]; then\n"
        "\t\t\tcommand=$word\n"
        "\t\telif _consentctl_is_group \"$command\"; then\n"
        "\t\t\tcommand=\"$command $word\"\n"
        "\t\telse\n"
        "\t\t\t((n++))\n"
        "\t\tfi\n"
        "\tdone\n"
        "\tif _consentctl_takes_value \"$prev\"; then\n"
        "\t\t_consentctl_value \"$command\" \"$prev\"\n"
        "\telif [[ $cur == -* ]]; then\n"
        "\t\t_consentctl_options \"$command\"\n"
        "\telse\n"
        "\t\t_consentctl_word \"$command\" \"$n\"\n"
        "\tfi\n"
        "}\n"
        "\n"
        "complete -F _consentctl consentctl\n";

static void print_words(FILE *stream, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		fprintf(stream, "%s%s", i > 0 ? " " : "", words[i]);
}

/* Completes from a list of words that was begun with this. */
static void begin_reply(FILE *stream)
{
	fputs("mapfile -t COMPREPLY < <(compgen -W \"", stream);
}

static void end_reply(FILE *stream)
{
	fputs("\" -- \"$cur\")", stream);
}

static const char file_reply[] = "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";

/* Whether the globals, or a command before this one, have an option of the name. */
static bool was_printed(uint32_t n_before, const char *name)
{
	if (command_option_find(globals_options, globals_n_options, name, strlen(name)))
		return true;
	for (uint32_t i = 0; i < n_before; i++) {
		if (command_option_find(
		            commands[i]->options, commands[i]->n_options, name, strlen(name)))
			return true;
	}
	return false;
}

static void print_pattern(FILE *stream, const struct command_option *option)
{
	if (option->type == COMMAND_FLAG)
		return;
	fprintf(stream, "\t--%s", option->name);
	if (option->letter)
		fprintf(stream, " | -%c", option->letter);
	fputs(") return 0 ;;\n", stream);
}

static void print_takes_value(FILE *stream)
{
	fputs("_consentctl_takes_value()\n{\n\tcase $1 in\n", stream);
	for (uint32_t i = 0; i < globals_n_options; i++)
		print_pattern(stream, &globals_options[i]);
	for (uint32_t i = 0; i < n_commands; i++) {
		for (uint32_t j = 0; j < commands[i]->n_options; j++) {
			if (!was_printed(i, commands[i]->options[j].name))
				print_pattern(stream, &commands[i]->options[j]);
		}
	}
	fputs("\tesac\n\treturn 1\n}\n\n", stream);
}
static void print_is_group(FILE *stream)
{
	fputs("_consentctl_is_group()\n{\n\tcase $1 in\n", stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		struct span group = commands_group_at(i);

		if (span_present(group))
			fprintf(stream, "\t%.*s) return 0 ;;\n", SPAN_ARG(group));
	}
	fputs("\tesac\n\treturn 1\n}\n\n", stream);
}

static void print_value_of(
        FILE *stream, const char *command, const struct command_option *options, uint32_t n_options)
{
	for (uint32_t i = 0; i < n_options; i++) {
		const struct command_option *option = &options[i];

		if (option->type != COMMAND_CHOICE && option->type != COMMAND_FILE)
			continue;
		fprintf(stream, "\t%s--%s", command, option->name);
		if (option->letter)
			fprintf(stream, " | %s-%c", command, option->letter);
		fputs(") ", stream);
		if (option->type == COMMAND_FILE) {
			fputs(file_reply, stream);
		} else {
			begin_reply(stream);
			print_words(stream, option->choices);
			end_reply(stream);
		}
		fputs(" ;;\n", stream);
	}
}

static void print_value(FILE *stream)
{
	fputs("_consentctl_value()\n{\n\tcase \"$1:$2\" in\n", stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		char command[64];

		snprintf(command, sizeof(command), "'%s:'", commands[i]->name);
		print_value_of(stream, command, commands[i]->options, commands[i]->n_options);
	}
	print_value_of(stream, "*:", globals_options, globals_n_options);
	fputs("\tesac\n}\n\n", stream);
}

static void print_option_words(
        FILE *stream, const struct command_option *options, uint32_t n_options)
{
	for (uint32_t i = 0; i < n_options; i++)
		fprintf(stream, " --%s", options[i].name);
}

static void print_options(FILE *stream)
{
	fputs("_consentctl_options()\n{\n\tlocal options='", stream);
	print_option_words(stream, globals_options, globals_n_options);
	fputs("'\n\tcase $1 in\n", stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		if (commands[i]->n_options == 0)
			continue;
		fprintf(stream, "\t'%s') options+='", commands[i]->name);
		print_option_words(stream, commands[i]->options, commands[i]->n_options);
		fputs("' ;;\n", stream);
	}
	fputs("\tesac\n\t", stream);
	begin_reply(stream);
	fputs("$options", stream);
	end_reply(stream);
	fputs("\n}\n\n", stream);
}

/* First words of commands, each once. */
static void print_first_words(FILE *stream)
{
	for (uint32_t i = 0; i < n_commands; i++) {
		struct span group = commands_group_at(i);

		if (span_present(group))
			fprintf(stream, " %.*s", SPAN_ARG(group));
		else if (!strchr(commands[i]->name, ' '))
			fprintf(stream, " %s", commands[i]->name);
	}
}

static void print_members(FILE *stream, struct span group)
{
	fprintf(stream, "\t%.*s:*) ", SPAN_ARG(group));
	begin_reply(stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		const char *member = commands_member(commands[i], group);

		if (member)
			fprintf(stream, " %s", member);
	}
	end_reply(stream);
	fputs(" ;;\n", stream);
}

static void print_positional(FILE *stream, const struct command *command, uint32_t number)
{
	const struct command_positional *positional = &command->positionals[number];

	if (positional->completion == COMMAND_COMPLETE_NOTHING)
		return;
	fprintf(stream, "\t'%s:%u') ", command->name, number);
	if (positional->completion == COMMAND_COMPLETE_FILE) {
		fputs(file_reply, stream);
	} else {
		begin_reply(stream);
		if (positional->completion == COMMAND_COMPLETE_SITE)
			fputs("$(_consentctl_sites)", stream);
		else if (positional->completion == COMMAND_COMPLETE_COMMAND)
			print_first_words(stream);
		else
			print_words(stream, positional->choices);
		end_reply(stream);
	}
	fputs(" ;;\n", stream);
}

static void print_word(FILE *stream)
{
	fputs("_consentctl_word()\n{\n\tcase \"$1:$2\" in\n\t:*) ", stream);
	begin_reply(stream);
	print_first_words(stream);
	end_reply(stream);
	fputs(" ;;\n", stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		for (uint32_t j = 0; j < commands[i]->n_positionals; j++)
			print_positional(stream, commands[i], j);
	}
	for (uint32_t i = 0; i < n_commands; i++) {
		if (span_present(commands_group_at(i)))
			print_members(stream, commands_group_at(i));
	}
	fputs("\tesac\n}\n\n", stream);
}

void completion_print_bash(FILE *stream)
{
	fputs(head, stream);
	print_takes_value(stream);
	print_is_group(stream);
	print_value(stream);
	print_options(stream);
	print_word(stream);
	fputs(walk, stream);
}
