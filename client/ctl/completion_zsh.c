/*
 * zsh: a specification of _arguments for each command, which brings the help of every option to
 * the terminal. Two levels: commands of one word, and those of a group.
 */
#include "client/ctl/completion.h"

#include "client/ctl/globals.h"

static const char sites[] =
        "_consentctl_sites()\n"
        "{\n"
        "\tlocal -a sites\n"
        "\tsites=(${(f)\"$(" COMPLETION_SITES " | tail -n +2 | cut -d, -f1)\"})\n"
        "\tcompadd -a sites\n"
        "}\n"
        "\n";

/* Text within single quotes; where a specification is read, its own marks are escaped as well. */
static void print_quoted(FILE *stream, const char *text, const char *marks)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stream);
		else if (strchr(marks, *text))
			fprintf(stream, "\\%c", *text);
		else
			putc(*text, stream);
	}
}

static void print_action(
        FILE *stream, const char *const *choices, enum command_completion completion)
{
	switch (completion) {
	case COMMAND_COMPLETE_NOTHING:
		fputs(" ", stream);
		break;
	case COMMAND_COMPLETE_SITE:
		fputs("_consentctl_sites", stream);
		break;
	case COMMAND_COMPLETE_FILE:
		fputs("_files", stream);
		break;
	case COMMAND_COMPLETE_COMMAND:
		fputs("_consentctl_commands", stream);
		break;
	case COMMAND_COMPLETE_CHOICES:
		putc('(', stream);
		for (size_t i = 0; choices[i]; i++)
			fprintf(stream, "%s%s", i > 0 ? " " : "", choices[i]);
		putc(')', stream);
		break;
	}
}

static void print_option_form(FILE *stream, const struct command_option *option, const char *form)
{
	bool again = option->type == COMMAND_TEXTS, valued = option->type != COMMAND_FLAG;

	fprintf(stream, " \\\n\t\t'%s%s%s[", again ? "*" : "", form, valued ? "=" : "");
	print_quoted(stream, option->help, "[]:");
	putc(']', stream);
	if (valued) {
		putc(':', stream);
		print_quoted(stream, option->value, "[]:");
		putc(':', stream);
		print_action(stream, option->choices,
		        option->type == COMMAND_FILE     ? COMMAND_COMPLETE_FILE
		        : option->type == COMMAND_CHOICE ? COMMAND_COMPLETE_CHOICES
		                                         : COMMAND_COMPLETE_NOTHING);
	}
	putc('\'', stream);
}

static void print_options(FILE *stream, const struct command_option *options, uint32_t n_options)
{
	for (uint32_t i = 0; i < n_options; i++) {
		char form[64];

		snprintf(form, sizeof(form), "--%s", options[i].name);
		print_option_form(stream, &options[i], form);
	}
}

static void print_globals(FILE *stream, const struct command *command)
{
	for (uint32_t i = 0; i < globals_n_options; i++) {
		const char *name = globals_options[i].name;

		if (!command_option_find(command->options, command->n_options, name, strlen(name)))
			print_options(stream, &globals_options[i], 1);
	}
}

static void print_positionals(FILE *stream, const struct command *command)
{
	for (uint32_t i = 0; i < command->n_positionals; i++) {
		const struct command_positional *positional = &command->positionals[i];

		fprintf(stream, " \\\n\t\t'%s:%s%s:", positional->many ? "*" : "",
		        positional->optional && !positional->many ? ":" : "", positional->name);
		print_action(stream, positional->choices, positional->completion);
		putc('\'', stream);
	}
}

static void print_arguments(FILE *stream, const char *word, const struct command *command)
{
	fprintf(stream, "\t%s)\n\t\t_arguments -s", word);
	print_options(stream, command->options, command->n_options);
	print_globals(stream, command);
	print_positionals(stream, command);
	fputs("\n\t\t;;\n", stream);
}

static void describe(FILE *stream, struct span word, const char *summary)
{
	fprintf(stream, "\t\t'%.*s:", SPAN_ARG(word));
	print_quoted(stream, summary, ":");
	fputs("'\n", stream);
}

static void print_descriptions(FILE *stream, struct span group)
{
	for (uint32_t i = 0; i < n_commands; i++) {
		const char *member = span_present(group) ? commands_member(commands[i], group)
		                     : strchr(commands[i]->name, ' ') ? NULL
		                                                      : commands[i]->name;

		if (member)
			describe(stream, span_of(member), commands[i]->summary);
		else if (!span_present(group) && span_present(commands_group_at(i)))
			describe(stream, commands_group_at(i), "commands for policies");
	}
}

static void print_dispatch(FILE *stream, struct span group)
{
	fputs("\tcase $words[1] in\n", stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		struct span inner = commands_group_at(i);
		const char *member = span_present(group) ? commands_member(commands[i], group)
		                     : strchr(commands[i]->name, ' ') ? NULL
		                                                      : commands[i]->name;

		if (member)
			print_arguments(stream, member, commands[i]);
		else if (!span_present(group) && span_present(inner))
			fprintf(stream, "\t%.*s) _consentctl_%.*s ;;\n", SPAN_ARG(inner),
			        SPAN_ARG(inner));
	}
	fputs("\tesac\n", stream);
}

/* One level: a list of commands, then the arguments of the one that was typed. */
static void print_level(FILE *stream, struct span group)
{
	char suffix[64] = "";

	if (span_present(group))
		snprintf(suffix, sizeof(suffix), "_%.*s", SPAN_ARG(group));
	fprintf(stream, "_consentctl%s_commands()\n{\n\tlocal -a commands\n\tcommands=(\n", suffix);
	print_descriptions(stream, group);
	fputs("\t)\n\t_describe command commands\n}\n\n", stream);
	fprintf(stream,
	        "_consentctl%s()\n{\n\tlocal curcontext=$curcontext state line\n"
	        "\tlocal -A opt_args\n\t_arguments -C -A '-*'",
	        suffix);
	print_options(stream, globals_options, globals_n_options);
	fprintf(stream,
	        " \\\n\t\t'1:command:_consentctl%s_commands' '*::argument:->arguments'\n"
	        "\t[[ $state == arguments ]] || return\n",
	        suffix);
	print_dispatch(stream, group);
	fputs("}\n\n", stream);
}

void completion_print_zsh(FILE *stream)
{
	fputs("#compdef consentctl\n"
	      "# Completes consentctl in zsh; printed by `consentctl completion zsh`.\n\n",
	        stream);
	fputs(sites, stream);
	for (uint32_t i = 0; i < n_commands; i++) {
		if (span_present(commands_group_at(i)))
			print_level(stream, commands_group_at(i));
	}
	print_level(stream, SPAN_NONE);
	fputs("if [[ $funcstack[1] == _consentctl ]]; then\n\t_consentctl \"$@\"\nelse\n"
	      "\tcompdef _consentctl consentctl\nfi\n",
	        stream);
}
