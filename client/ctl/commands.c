/*
 * A row a command. Parser, help, completions and the lists of the man page walk this table.
 */
#include "client/ctl/commands.h"

#include "client/ctl/suggest.h"

extern const struct command cmd_check, cmd_give, cmd_refuse, cmd_withdraw, cmd_show, cmd_history,
        cmd_bind, cmd_erase, cmd_list, cmd_export, cmd_policy_apply, cmd_policy_check,
        cmd_policy_show, cmd_policy_list, cmd_policy_diff, cmd_policy_render, cmd_status, cmd_stats,
        cmd_bench, cmd_completion, cmd_help;

const struct command *const commands[] = {
        &cmd_check,
        &cmd_give,
        &cmd_refuse,
        &cmd_withdraw,
        &cmd_show,
        &cmd_history,
        &cmd_bind,
        &cmd_erase,
        &cmd_list,
        &cmd_export,
        &cmd_policy_apply,
        &cmd_policy_check,
        &cmd_policy_show,
        &cmd_policy_list,
        &cmd_policy_diff,
        &cmd_policy_render,
        &cmd_status,
        &cmd_stats,
        &cmd_bench,
        &cmd_completion,
        &cmd_help,
};

const uint32_t n_commands = COMMAND_COUNT(commands);

const struct command *commands_find(const char *name)
{
	for (uint32_t i = 0; i < n_commands; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

const char *commands_member(const struct command *command, struct span group)
{
	const char *name = command->name;

	if (strncmp(name, (const char *)group.data, group.n_bytes) != 0 ||
	        name[group.n_bytes] != ' ')
		return NULL;
	return name + group.n_bytes + 1;
}

struct span commands_group_at(uint32_t number)
{
	const char *name = commands[number]->name, *space = strchr(name, ' ');
	struct span group = span_bytes(name, space ? (size_t)(space - name) : 0);

	if (!space || (number > 0 && commands_member(commands[number - 1], group)))
		return SPAN_NONE;
	return group;
}

bool commands_is_group(struct span word)
{
	for (uint32_t i = 0; i < n_commands; i++) {
		if (commands_member(commands[i], word))
			return true;
	}
	return false;
}

static const struct command *no_command(const char *word)
{
	struct suggest suggest;

	suggest_init(&suggest, span_of(word));
	for (uint32_t i = 0; i < n_commands; i++) {
		const char *space = strchr(commands[i]->name, ' ');

		if (!space)
			suggest_word(&suggest, span_of(commands[i]->name));
		else if (span_present(commands_group_at(i)))
			suggest_word(&suggest, commands_group_at(i));
	}
	if (span_present(suggest.best))
		exit_fail(CTL_USAGE, "there is no command %s; did you mean %.*s?", word,
		        SPAN_ARG(suggest.best));
	else
		exit_fail(CTL_USAGE, "there is no command %s; `consentctl help` lists them", word);
	return NULL;
}

static const struct command *no_member(struct span group, const char *word)
{
	struct suggest suggest;

	suggest_init(&suggest, span_of(word));
	for (uint32_t i = 0; i < n_commands; i++) {
		const char *member = commands_member(commands[i], group);

		if (member)
			suggest_word(&suggest, span_of(member));
	}
	if (span_present(suggest.best))
		exit_fail(CTL_USAGE, "there is no command %.*s %s; did you mean %.*s?",
		        SPAN_ARG(group), word, SPAN_ARG(suggest.best));
	else
		exit_fail(CTL_USAGE,
		        "%.*s needs a command of its own; `consentctl help %.*s` lists them",
		        SPAN_ARG(group), SPAN_ARG(group));
	return NULL;
}

static const struct command *take_member(struct args *args, struct span group)
{
	const char *word = args->at < args->n_words ? args->words[args->at] : "";

	for (uint32_t i = 0; i < n_commands; i++) {
		const char *member = commands_member(commands[i], group);

		if (member && strcmp(member, word) == 0) {
			args->at++;
			return commands[i];
		}
	}
	return no_member(group, word);
}

const struct command *commands_take(struct args *args)
{
	const char *word = args->words[args->at++];
	const struct command *command = commands_find(word);

	if (command)
		return command;
	return commands_is_group(span_of(word)) ? take_member(args, span_of(word))
	                                        : no_command(word);
}
