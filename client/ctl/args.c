/*
 * Two passes in one: options are read as they come, positionals are collected and given their
 * places at the end, when it is known how many there are. Nothing is guessed: a word is an option
 * exactly when it begins with a dash and is more than one.
 */
#include "client/ctl/args.h"

#include <stdlib.h>

#include "client/ctl/args_value.h"
#include "client/ctl/suggest.h"

/* Where the values of options that may stand again are collected: a row of the pool for each. */
struct pool {
	const char **words;
	size_t n_a_row;
};

struct parse {
	struct args *args;
	const struct args_target *targets; /* looked up in this order */
	uint32_t n_targets;
	struct pool pool;
};

const struct command_option *command_option_find(
        const struct command_option *options, uint32_t n_options, const char *name, size_t n_bytes)
{
	for (uint32_t i = 0; i < n_options; i++) {
		if (strlen(options[i].name) == n_bytes &&
		        memcmp(options[i].name, name, n_bytes) == 0)
			return &options[i];
	}
	return NULL;
}

const struct command_option *command_option_letter(
        const struct command_option *options, uint32_t n_options, char letter)
{
	for (uint32_t i = 0; i < n_options; i++) {
		if (options[i].letter == letter)
			return &options[i];
	}
	return NULL;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* Finds a long or short option; `ret_value` is what is joined to it, or NULL. */
static const struct command_option *find_option(const struct parse *parse, const char *word,
        const struct args_target **ret_target, const char **ret_value)
{
	bool is_long = word[1] == '-';
	const char *equals = is_long ? strchr(word, '=') : NULL;
	size_t n_bytes = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;

	for (uint32_t i = 0; i < parse->n_targets; i++) {
		const struct args_target *target = &parse->targets[i];
		const struct command_option *option =
		        is_long ? command_option_find(
		                          target->options, target->n_options, word + 2, n_bytes)
		                : command_option_letter(
		                          target->options, target->n_options, word[1]);

		if (option) {
			*ret_target = target;
			*ret_value = is_long ? (equals ? equals + 1 : NULL)
			                     : (word[2] ? word + 2 : NULL);
			return option;
		}
	}
	return NULL;
}

static int unknown_option(const struct parse *parse, const char *word)
{
	struct suggest suggest;
	size_t n_bytes = strcspn(word, "=");

	suggest_init(&suggest, span_bytes(word + 2, n_bytes > 2 ? n_bytes - 2 : 0));
	for (uint32_t i = 0; word[1] == '-' && i < parse->n_targets; i++) {
		for (uint32_t j = 0; j < parse->targets[i].n_options; j++)
			suggest_word(&suggest, span_of(parse->targets[i].options[j].name));
	}
	if (span_present(suggest.best))
		return exit_fail(CTL_USAGE, "there is no option %.*s; did you mean --%.*s?",
		        (int)n_bytes, word, SPAN_ARG(suggest.best));
	return exit_fail(
	        CTL_USAGE, "there is no option %.*s; --help lists them", (int)n_bytes, word);
}

static int put_flag(const struct command_option *option, const char *joined, void *values)
{
	if (joined)
		return exit_fail(CTL_USAGE, "--%s takes no value", option->name);
	*(bool *)((char *)values + option->offset) = true;
	return CTL_OK;
}

/* The row of the pool that belongs to the option: rows are in the order of the table. */
static const char **pool_row(const struct pool *pool, const struct args_target *target,
        const struct command_option *option)
{
	size_t row = 1;

	for (const struct command_option *o = target->options; o < option; o++)
		row += o->type == COMMAND_TEXTS;
	return pool->words + row * pool->n_a_row;
}

static int add_text(const struct parse *parse, const struct args_target *target,
        const struct command_option *option, const char *word)
{
	struct command_words *words = (void *)((char *)target->values + option->offset);
	const char **row = pool_row(&parse->pool, target, option);

	if (option->limits && words->n_words == option->limits->most)
		return exit_fail(CTL_INVALID, "--%s stands more than %llu times", option->name,
		        (unsigned long long)option->limits->most);
	row[words->n_words] = word;
	words->words = row;
	words->n_words++;
	return CTL_OK;
}

static int parse_option(const struct parse *parse, const char *word)
{
	const struct args_target *target;
	const char *value;
	const struct command_option *option = find_option(parse, word, &target, &value);

	if (!option)
		return unknown_option(parse, word);
	if (option->type == COMMAND_FLAG)
		return put_flag(option, value, target->values);
	if (!value && parse->args->at == parse->args->n_words)
		return exit_fail(CTL_USAGE, "--%s takes a value: --%s %s", option->name,
		        option->name, option->value);
	if (!value)
		value = parse->args->words[parse->args->at++];
	if (option->type == COMMAND_TEXTS)
		return add_text(parse, target, option, value);
	return args_value_option(option, value, target->values);
}

int args_parse_global(struct args *args, const struct args_target *global)
{
	struct parse parse = {args, global, 1, {NULL, 0}};

	while (args->at < args->n_words && is_option(args->words[args->at])) {
		int code = parse_option(&parse, args->words[args->at++]);

		if (code != CTL_OK)
			return code;
	}
	return CTL_OK;
}

/* Reads everything that is left; positionals go to the pool's first row. */
static int parse_words(const struct parse *parse, uint32_t *ret_n_positionals)
{
	struct args *args = parse->args;
	bool ended = false;
	uint32_t n = 0;

	while (args->at < args->n_words) {
		const char *word = args->words[args->at++];
		int code = CTL_OK;

		if (!ended && strcmp(word, "--") == 0)
			ended = true;
		else if (!ended && is_option(word))
			code = parse_option(parse, word);
		else
			parse->pool.words[n++] = word;
		if (code != CTL_OK)
			return code;
	}
	*ret_n_positionals = n;
	return CTL_OK;
}

static int missing(const struct command *command, const struct command_positional *positional)
{
	return exit_fail(CTL_USAGE, "%s is missing: %s; `consentctl help %s` says more",
	        positional->name, positional->help, command->name);
}

static int put_positionals(
        const struct command *command, const char **words, uint32_t n_words, void *values)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < command->n_positionals; i++) {
		const struct command_positional *positional = &command->positionals[i];
		uint32_t n = positional->many ? n_words - at : at < n_words;
		int code;

		if (n == 0 && positional->optional)
			continue;
		if (n == 0)
			return missing(command, positional);
		code = args_value_positional(
		        positional, (struct command_words){words + at, n}, values);
		if (code != CTL_OK)
			return code;
		at += n;
	}
	if (at < n_words)
		return exit_fail(CTL_USAGE,
		        "`%s` is one word too many; `consentctl help %s` says more", words[at],
		        command->name);
	return CTL_OK;
}

static size_t n_rows(const struct command *command)
{
	size_t n = 1;

	for (uint32_t i = 0; i < command->n_options; i++)
		n += command->options[i].type == COMMAND_TEXTS;
	return n;
}

static bool wants_help(const struct args_target *global)
{
	const struct command_option *help =
	        command_option_find(global->options, global->n_options, "help", 4);

	return help && *(bool *)((char *)global->values + help->offset);
}

int args_parse_command(struct args *args, const struct command *command,
        const struct args_target *global, void *values, const char ***ret_pool)
{
	const struct args_target targets[] = {
	        {command->options, command->n_options, values}, *global};
	size_t n_a_row = (size_t)(args->n_words - args->at) + 1;
	struct parse parse = {
	        args, targets, 2, {calloc(n_rows(command) * n_a_row, sizeof(char *)), n_a_row}};
	uint32_t n_positionals;
	int code;

	if (!parse.pool.words)
		exit_without_memory();
	*ret_pool = parse.pool.words;
	memset(values, 0, command->n_values_bytes);
	code = parse_words(&parse, &n_positionals);
	if (code != CTL_OK || wants_help(global))
		return code;
	return put_positionals(command, parse.pool.words, n_positionals, values);
}
