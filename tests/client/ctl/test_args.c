/* The parser: where options may stand, what they take, and what each mistake says. */
#include "client/ctl/args.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>

#include "client/ctl/globals.h"

static const char *const choices[] = {"red", "green", NULL};

struct values {
	struct span first, second, text;
	struct command_words rest, many, more;
	uint64_t number, limited, choice;
	bool flag;
};

static const struct command_option options[] = {
        {.name = "flag",
                .help = "h",
                .type = COMMAND_FLAG,
                .letter = 'g',
                .offset = offsetof(struct values, flag)},
        {.name = "text",
                .value = "T",
                .help = "h",
                .type = COMMAND_TEXT,
                .letter = 't',
                .limits = &proto_fields[PROTO_FIELD_METHOD],
                .offset = offsetof(struct values, text)},
        {.name = "number",
                .value = "N",
                .help = "h",
                .type = COMMAND_NUMBER,
                .least = 2,
                .most = 9,
                .offset = offsetof(struct values, number)},
        {.name = "limited",
                .value = "N",
                .help = "h",
                .type = COMMAND_NUMBER,
                .limits = &proto_fields[PROTO_FIELD_LIMIT],
                .offset = offsetof(struct values, limited)},
        {.name = "choice",
                .value = "C",
                .help = "h",
                .type = COMMAND_CHOICE,
                .choices = choices,
                .offset = offsetof(struct values, choice)},
        {.name = "many",
                .value = "M",
                .help = "h",
                .type = COMMAND_TEXTS,
                .offset = offsetof(struct values, many)},
        {.name = "more",
                .value = "M",
                .help = "h",
                .type = COMMAND_TEXTS,
                .limits = &proto_fields[PROTO_FIELD_ATTRIBUTES],
                .offset = offsetof(struct values, more)},
};

static const struct command_positional positionals[] = {
        {.name = "FIRST",
                .help = "the first",
                .offset = offsetof(struct values, first),
                .limits = &proto_fields[PROTO_FIELD_ID]},
        {.name = "SECOND", .help = "the second", .offset = offsetof(struct values, second)},
        {.name = "REST",
                .help = "the rest",
                .optional = true,
                .many = true,
                .limits = &proto_fields[PROTO_FIELD_COOKIES],
                .offset = offsetof(struct values, rest)},
};

static int no_run(struct ctl *ctl, void *values)
{
	(void)ctl;
	(void)values;
	return CTL_OK;
}

static const struct command command = {
        .name = "test",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct values),
        .run_fn = no_run,
};

static struct values values;
static struct globals globals;
static const char **pool;

/* Words end in NULL. */
static int parse(const char **words)
{
	struct args args = {(char **)words, 0, 0};
	const struct args_target global = {globals_options, globals_n_options, &globals};

	while (words[args.n_words])
		args.n_words++;
	free(pool);
	pool = NULL;
	globals = (struct globals){.format = 0};
	return args_parse_command(&args, &command, &global, &values, &pool);
}

#define PARSE(...) parse((const char *[]){__VA_ARGS__, NULL})

static void setup(void)
{
	cr_redirect_stderr();
}

static void teardown(void)
{
	free(pool);
	pool = NULL;
}

TestSuite(args, .init = setup, .fini = teardown);

Test(args, positionals_take_their_places)
{
	cr_expect_eq(PARSE("a", "b"), CTL_OK);
	cr_expect(span_is(values.first, "a") && span_is(values.second, "b"));
	cr_expect_eq(values.rest.n_words, 0);
	cr_expect_eq(PARSE("a", "b", "c", "d"), CTL_OK);
	cr_assert_eq(values.rest.n_words, 2);
	cr_expect_str_eq(values.rest.words[1], "d");
}

Test(args, options_stand_anywhere)
{
	cr_expect_eq(
	        PARSE("--flag", "a", "--text=x=y", "b", "--number", "3", "c", "--format", "csv"),
	        CTL_OK);
	cr_expect(values.flag);
	cr_expect(span_is(values.text, "x=y"));
	cr_expect_eq(values.number, 3);
	cr_expect_eq(values.rest.n_words, 1);
	cr_expect_eq(globals.format, 4);
}

Test(args, letters_work_too)
{
	cr_expect_eq(PARSE("-g", "-tx", "a", "-t", "y", "b"), CTL_OK);
	cr_expect(values.flag);
	cr_expect(span_is(values.text, "y"), "the last one wins");
}

Test(args, a_dash_and_what_follows_two_are_positionals)
{
	cr_expect_eq(PARSE("-", "--", "--flag", "--"), CTL_OK);
	cr_expect(span_is(values.first, "-"));
	cr_expect(span_is(values.second, "--flag"));
	cr_expect_str_eq(values.rest.words[0], "--");
	cr_expect_not(values.flag);
}

Test(args, values_may_begin_with_a_dash)
{
	cr_expect_eq(PARSE("a", "b", "--text", "--flag"), CTL_OK);
	cr_expect(span_is(values.text, "--flag"));
}

Test(args, some_options_stand_again)
{
	cr_expect_eq(PARSE("a", "--many", "1", "--more", "x", "b", "--many=2", "--more=y"), CTL_OK);
	cr_assert_eq(values.many.n_words, 2);
	cr_expect_str_eq(values.many.words[0], "1");
	cr_expect_str_eq(values.many.words[1], "2");
	cr_assert_eq(values.more.n_words, 2);
	cr_expect_str_eq(values.more.words[1], "y");
}

Test(args, so_often_and_no_more)
{
	const char *words[2 * 17 + 3] = {"a", "b"};

	for (int i = 0; i < 17; i++) {
		words[2 + 2 * i] = "--more";
		words[3 + 2 * i] = "x";
	}
	cr_expect_eq(parse(words), CTL_INVALID);
	words[2 + 2 * 16] = NULL;
	cr_expect_eq(parse(words), CTL_OK);
}

Test(args, numbers_have_bounds)
{
	cr_expect_eq(PARSE("a", "b", "--number", "2"), CTL_OK);
	cr_expect_eq(PARSE("a", "b", "--number", "9"), CTL_OK);
	cr_expect_eq(PARSE("a", "b", "--number", "1"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--number", "10"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--number", "-3"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--number", "3x"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--number", ""), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--number", " 3"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--number", "99999999999999999999999"), CTL_USAGE);
}

Test(args, fields_have_the_bounds_of_the_protocol)
{
	char name[PROTO_LIMIT_NAME_BYTES + 2];

	cr_expect_eq(PARSE("a", "b", "--limited", "1000"), CTL_OK);
	cr_expect_eq(PARSE("a", "b", "--limited", "1001"), CTL_INVALID);
	memset(name, 'x', sizeof(name));
	name[PROTO_LIMIT_NAME_BYTES] = '\0';
	cr_expect_eq(PARSE(name, "b"), CTL_OK);
	name[PROTO_LIMIT_NAME_BYTES] = 'x';
	name[PROTO_LIMIT_NAME_BYTES + 1] = '\0';
	cr_expect_eq(PARSE(name, "b"), CTL_INVALID);
	cr_expect_eq(PARSE("", "b"), CTL_INVALID);
	cr_expect_eq(PARSE("\xff", "b"), CTL_INVALID);
	cr_expect_eq(PARSE("a", "b", "--text", "123456789012345678901234567890123"), CTL_INVALID);
	cr_expect_eq(PARSE("a", "b", "--text", "12345678901234567890123456789012"), CTL_OK);
}

Test(args, words_have_a_number_and_a_size)
{
	const char *words[2 + 257 + 1] = {"a", "b"};
	char name[PROTO_LIMIT_COOKIE_NAME_BYTES + 2];

	for (int i = 2; i < 2 + 257; i++)
		words[i] = "c";
	cr_expect_eq(parse(words), CTL_INVALID);
	words[2 + 256] = NULL;
	cr_expect_eq(parse(words), CTL_OK);
	memset(name, 'x', sizeof(name));
	name[PROTO_LIMIT_COOKIE_NAME_BYTES + 1] = '\0';
	cr_expect_eq(PARSE("a", "b", "c", name), CTL_INVALID);
	name[PROTO_LIMIT_COOKIE_NAME_BYTES] = '\0';
	cr_expect_eq(PARSE("a", "b", "c", name), CTL_OK);
}

Test(args, choices_are_their_numbers)
{
	cr_expect_eq(PARSE("a", "b"), CTL_OK);
	cr_expect_eq(values.choice, 0);
	cr_expect_eq(PARSE("a", "b", "--choice", "green"), CTL_OK);
	cr_expect_eq(values.choice, 2);
	cr_expect_eq(PARSE("a", "b", "--choice", "blue"), CTL_USAGE);
}

Test(args, help_excuses_what_is_missing)
{
	cr_expect_eq(PARSE("--help"), CTL_OK);
	cr_expect(globals.help);
	cr_expect_eq(PARSE("--help", "--nonsense"), CTL_USAGE);
}

Test(args, mistakes_say_what_would_be_right)
{
	cr_expect_eq(PARSE("a"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--flg"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--fromat=json"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--zzzzzz"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "-z"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--flag=1"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--number"), CTL_USAGE);
	cr_expect_eq(PARSE("a", "b", "--choice", "blue"), CTL_USAGE);
	fflush(stderr);
	cr_expect_stderr_eq_str(
	        "consentctl: SECOND is missing: the second; `consentctl help test` says more\n"
	        "consentctl: there is no option --flg; did you mean --flag?\n"
	        "consentctl: there is no option --fromat; did you mean --format?\n"
	        "consentctl: there is no option --zzzzzz; --help lists them\n"
	        "consentctl: there is no option -z; --help lists them\n"
	        "consentctl: --flag takes no value\n"
	        "consentctl: --number takes a value: --number N\n"
	        "consentctl: --choice is red or green, not `blue`\n");
}

static int parse_globals(const char **words, int n_words, int *ret_at)
{
	struct args args = {(char **)words, n_words, 0};
	const struct args_target global = {globals_options, globals_n_options, &globals};
	int code;

	globals = (struct globals){.format = 0};
	code = args_parse_global(&args, &global);
	*ret_at = args.at;
	return code;
}

Test(args, globals_stand_before_the_command)
{
	const char *words[] = {"--format=json", "-s", "/x", "check", "--gpc"};
	int at;

	cr_expect_eq(parse_globals(words, 5, &at), CTL_OK);
	cr_expect_eq(at, 3);
	cr_expect_eq(globals.format, 2);
	cr_expect(span_is(globals.socket, "/x"));
	words[3] = "--gpc";
	cr_expect_eq(parse_globals(words, 5, &at), CTL_USAGE);
}
