/*
 * consentctl: reads the command line, runs one command, and ends with its exit code. What a
 * command does stands in its own file; what there is stands in commands.c.
 */
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/ctl/commands.h"
#include "client/ctl/ctl.h"
#include "client/ctl/help.h"

/*
 * A standard descriptor that is closed would be given to the connection, and what is
 * printed would go there. Opened the wrong way round, so that using it fails as it did before.
 */
static bool standard_descriptors_keep(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		        open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

/* Everything that is printed is UTF-8, whatever the locale says; only widths ask it. */
static void set_locale(void)
{
	if (setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "C");
}

/* https://no-color.org: set and not empty. */
static bool wants_color(const struct globals *globals)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return !globals->no_color && !(no_color && *no_color) && isatty(STDOUT_FILENO) && term &&
	       strcmp(term, "dumb") != 0;
}

static int finish(struct ctl *ctl, int code)
{
	bool written = output_finish(&ctl->out);

	ctl_deinit(ctl);
	if (!written && code != CTL_USAGE)
		return exit_fail(CTL_PARTLY, "the output could not be written");
	return code;
}

static int run_command(struct ctl *ctl, const struct command *command, void *values)
{
	if (ctl->globals.help) {
		help_print_command(stdout, command);
		return CTL_OK;
	}
	int code = command->offline ? CTL_OK : ctl_check_socket(ctl);
	if (code != CTL_OK)
		return code;
	output_init(&ctl->out, stdout, ctl_format(ctl, OUTPUT_TABLE), wants_color(&ctl->globals));
	return command->run_fn(ctl, values);
}

/* "policy", alone or with --help: what there is in the group. */
static bool asks_for_group(const struct args *args)
{
	const char *next = args->at + 1 < args->n_words ? args->words[args->at + 1] : NULL;

	return commands_is_group(span_of(args->words[args->at])) && next &&
	       (strcmp(next, "--help") == 0 || strcmp(next, "-h") == 0);
}

static int parse_and_run(struct ctl *ctl, struct args *args, const struct args_target *global)
{
	const struct command *command = commands_take(args);
	const char **pool = NULL;
	void *values;
	int code;

	if (!command)
		return CTL_USAGE;
	values = calloc(1, command->n_values_bytes + 1);
	if (!values)
		exit_without_memory();
	code = args_parse_command(args, command, global, values, &pool);
	if (code == CTL_OK)
		code = run_command(ctl, command, values);
	free(pool);
	free(values);
	return code;
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.client = NULL};
	struct args args = {argv, argc, 1};
	const struct args_target global = {globals_options, globals_n_options, &ctl.globals};
	int code;

	if (!standard_descriptors_keep())
		return CTL_PARTLY;
	set_locale();
	output_init(&ctl.out, stdout, OUTPUT_TABLE, false);
	code = args_parse_global(&args, &global);
	if (code != CTL_OK)
		return code;
	if (ctl.globals.version)
		printf("consentctl %s\n", consent_version());
	else if (ctl.globals.help && args.at == args.n_words)
		help_print_all(stdout);
	else if (args.at == args.n_words)
		code = exit_fail(CTL_USAGE, "a command is missing; `consentctl help` lists them");
	else if (asks_for_group(&args))
		help_print_group(stdout, span_of(args.words[args.at]));
	else
		code = parse_and_run(&ctl, &args, &global);
	return finish(&ctl, code);
}
