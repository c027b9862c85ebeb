/*
 * Bounds come from the table of fields, so what is too long is refused here with the same limit
 * that the daemon has, before anything is sent.
 */
#include "client/ctl/args_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/ctl/exit.h"
#include "proto/reader.h"

/* `most` is in bytes, and 0 where nothing bounds it. */
static int check_text(const char *name, const char *word, uint64_t least, uint64_t most)
{
	size_t n_bytes = strlen(word);

	if (n_bytes < least)
		return exit_fail(CTL_INVALID, "%s is empty", name);
	if (most > 0 && n_bytes > most)
		return exit_fail(CTL_INVALID, "%s is %zu bytes long; at most %llu are allowed",
		        name, n_bytes, (unsigned long long)most);
	if (!proto_text_valid(span_of(word)))
		return exit_fail(CTL_INVALID, "%s is not UTF-8", name);
	return CTL_OK;
}

static int check_word(const char *name, const char *word, const struct proto_field_row *limits)
{
	if (!limits)
		return check_text(name, word, 0, 0);
	if (limits->type == PROTO_TYPE_TEXT)
		return check_text(name, word, limits->least, limits->most);
	return check_text(name, word, 1, limits->item_bytes);
}

static int parse_number(const struct command_option *option, const char *word, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(word, &end, 10);
	if (*word < '0' || *word > '9' || *end != '\0')
		return exit_fail(CTL_USAGE, "--%s takes a whole number, and `%s` is none",
		        option->name, word);
	if (errno != 0)
		*ret = UINT64_MAX;
	return CTL_OK;
}

static int put_number(const struct command_option *option, const char *word, uint64_t *at)
{
	const struct proto_field_row *limits = option->limits;
	uint64_t least = limits ? limits->least : option->least;
	uint64_t most = limits ? limits->most : option->most;
	uint64_t number;
	int code = parse_number(option, word, &number);

	if (code != CTL_OK)
		return code;
	if (most == 0)
		most = UINT64_MAX;
	if (number < least || number > most)
		return exit_fail(limits ? CTL_INVALID : CTL_USAGE,
		        "--%s takes a number from %llu to %llu, and `%s` is outside", option->name,
		        (unsigned long long)least, (unsigned long long)most, word);
	*at = number;
	return CTL_OK;
}

/* Lists the choices, "a, b or c", into `ret`. */
static void list_choices(const char *const *choices, char *ret, size_t capacity)
{
	size_t n = 0;

	ret[0] = '\0';
	for (size_t i = 0; choices[i] && n < capacity; i++) {
		const char *joint = i == 0 ? "" : choices[i + 1] ? ", " : " or ";
		int more = snprintf(ret + n, capacity - n, "%s%s", joint, choices[i]);

		n += more > 0 ? (size_t)more : 0;
	}
}

static int find_choice(
        const char *name, const char *const *choices, const char *word, uint64_t *ret)
{
	char all[256];

	for (uint64_t i = 0; choices[i]; i++) {
		if (strcmp(choices[i], word) == 0) {
			*ret = i + 1;
			return CTL_OK;
		}
	}
	list_choices(choices, all, sizeof(all));
	return exit_fail(CTL_USAGE, "%s is %s, not `%s`", name, all, word);
}

/* "-" stands for a visitor without an id, of whom nothing can be kept, shown or erased. */
static int check_somebody(const char *name, const char *word, const struct proto_field_row *limits)
{
	bool is_subject = limits == &proto_fields[PROTO_FIELD_SUBJECT] ||
	                  limits == &proto_fields[PROTO_FIELD_ACCOUNT];

	if (!is_subject || strcmp(word, "-") != 0)
		return CTL_OK;
	return exit_fail(CTL_USAGE, "%s is -, a visitor without an id; only check takes one", name);
}

int args_value_option(const struct command_option *option, const char *word, void *values)
{
	void *at = (char *)values + option->offset;
	char name[64];
	int code;

	snprintf(name, sizeof(name), "--%s", option->name);
	if (option->type == COMMAND_NUMBER)
		return put_number(option, word, at);
	if (option->type == COMMAND_CHOICE)
		return find_choice(name, option->choices, word, at);
	code = check_word(name, word, option->limits);
	if (code == CTL_OK)
		code = check_somebody(name, word, option->limits);
	if (code == CTL_OK)
		*(struct span *)at = span_of(word);
	return code;
}

static int check_words(const struct command_positional *positional, struct command_words words)
{
	const struct proto_field_row *limits = positional->limits;

	if (limits && words.n_words > limits->most)
		return exit_fail(CTL_INVALID, "%u times %s; at most %llu are allowed",
		        words.n_words, positional->name, (unsigned long long)limits->most);
	for (uint32_t i = 0; i < words.n_words; i++) {
		int code = check_word(positional->name, words.words[i], limits);

		if (code != CTL_OK)
			return code;
	}
	return CTL_OK;
}

static int put_word(const struct command_positional *positional, const char *word, void *at)
{
	uint64_t index;
	int code = check_word(positional->name, word, positional->limits);

	if (code == CTL_OK && !positional->anybody)
		code = check_somebody(positional->name, word, positional->limits);
	if (code == CTL_OK && positional->choices)
		code = find_choice(positional->name, positional->choices, word, &index);
	if (code == CTL_OK)
		*(struct span *)at = span_of(word);
	return code;
}

int args_value_positional(
        const struct command_positional *positional, struct command_words words, void *values)
{
	void *at = (char *)values + positional->offset;
	int code;

	if (!positional->many)
		return put_word(positional, words.words[0], at);
	code = check_words(positional, words);
	if (code == CTL_OK)
		*(struct command_words *)at = words;
	return code;
}
