/*
 * One table of options: it is parsed by, and it is what --help prints.
 */
#include "daemon/run/options.h"

#include <getopt.h>
#include <string.h>

enum letter {
	LETTER_CONFIG = 1000,
	LETTER_DATA,
	LETTER_SOCKET,
	LETTER_POLICY,
	LETTER_POLICIES,
	LETTER_CHECK,
	LETTER_ACCEPT_CLOCK,
	LETTER_REBUILD_VIEW,
	LETTER_VERSION,
	LETTER_HELP,
};

static const struct row {
	const char *name;
	enum letter letter;
	const char *argument; /* NULL: none */
	const char *meaning;
} rows[] = {
        {"config", LETTER_CONFIG, "FILE", "read the configuration from FILE"},
        {"data", LETTER_DATA, "DIR", "keep ledger, view and key in DIR"},
        {"socket", LETTER_SOCKET, "PATH", "listen at PATH"},
        {"policy", LETTER_POLICY, "FILE", "apply the policy in FILE; may be repeated"},
        {"policies", LETTER_POLICIES, "DIR", "apply every *.yaml in DIR"},
        {"accept-clock", LETTER_ACCEPT_CLOCK, NULL, "take the machine's clock for true"},
        {"rebuild-view", LETTER_REBUILD_VIEW, NULL, "make the view anew from the ledger"},
        {"check", LETTER_CHECK, NULL, "report what is wrong with configurations and policies"},
        {"version", LETTER_VERSION, NULL, "print the version"},
        {"help", LETTER_HELP, NULL, "print this"},
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static void make_long_options(struct option ret[N_ROWS + 1])
{
	for (size_t i = 0; i < N_ROWS; i++) {
		ret[i] = (struct option){
		        .name = rows[i].name,
		        .has_arg = rows[i].argument ? required_argument : no_argument,
		        .val = (int)rows[i].letter,
		};
	}
	ret[N_ROWS] = (struct option){.name = NULL};
}

/* OPTIONS_E_USAGE where the option cannot be had. */
static int apply(struct options *options, int letter, const char *argument)
{
	switch (letter) {
	case LETTER_CONFIG:
		options->config = argument;
		return 0;
	case LETTER_DATA:
		options->data = argument;
		return 0;
	case LETTER_SOCKET:
		options->socket = argument;
		return 0;
	case LETTER_POLICY:
		if (options->n_policy_files == OPTIONS_MAX_POLICIES) {
			fprintf(stderr,
			        "consentd: more than %d --policy; put the files into a directory "
			        "and "
			        "name that with --policies\n",
			        OPTIONS_MAX_POLICIES);
			return OPTIONS_E_USAGE;
		}
		options->policy_files[options->n_policy_files++] = argument;
		return 0;
	case LETTER_POLICIES:
		options->policies = argument;
		return 0;
	case LETTER_CHECK:
		options->action = OPTIONS_CHECK;
		return 0;
	case LETTER_ACCEPT_CLOCK:
		options->accept_clock = true;
		return 0;
	case LETTER_REBUILD_VIEW:
		options->rebuild_view = true;
		return 0;
	case LETTER_VERSION:
		options->action = OPTIONS_VERSION;
		return 0;
	case LETTER_HELP:
		options->action = OPTIONS_HELP;
		return 0;
	default:
		fprintf(stderr, "consentd: see consentd --help\n");
		return OPTIONS_E_USAGE; /* getopt has said what it is */
	}
}

/* What is left behind the options: files of --check, and nothing otherwise. */
static int take_rest(struct options *options, char **rest)
{
	options->check_files = rest;
	if (options->action == OPTIONS_CHECK && !rest[0]) {
		fprintf(stderr, "consentd: --check needs the files to check\n");
		return OPTIONS_E_USAGE;
	}
	if (options->action == OPTIONS_RUN && rest[0]) {
		fprintf(stderr,
		        "consentd: what is \"%s\"? Policies are given with --policy, files to "
		        "check "
		        "with --check\n",
		        rest[0]);
		return OPTIONS_E_USAGE;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret)
{
	struct option long_options[N_ROWS + 1];
	int letter;

	make_long_options(long_options);
	*ret = (struct options){.action = OPTIONS_RUN};
	optind = 0; /* glibc: begin anew */
	while ((letter = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (apply(ret, letter == 'h' ? LETTER_HELP : letter, optarg) != 0)
			return OPTIONS_E_USAGE;
		if (ret->action == OPTIONS_HELP || ret->action == OPTIONS_VERSION)
			return 0;
	}
	return take_rest(ret, argv + optind);
}

void options_print_help(FILE *stream)
{
	fprintf(stream,
	        "usage: consentd [--config FILE] [--data DIR] [--socket PATH] "
	        "[--policy FILE]...\n"
	        "       consentd --check FILE...\n\n"
	        "Keeps cookie-consent records, and answers whether a cookie may be set.\n\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		const char *argument = rows[i].argument ? rows[i].argument : "";

		fprintf(stream, "  --%s %-*s %s\n", rows[i].name, (int)(18 - strlen(rows[i].name)),
		        argument, rows[i].meaning);
	}
	fprintf(stream,
	        "\nWithout --config and --data, /etc/consentd/consentd.yaml is read, where there\n"
	        "is one.\nSee consentd(8), consentd.yaml(5), consentd-policy(5).\n");
}
