/*
 * What a command of consentctl is: a description from which its parser, its help, the completions
 * and the man page follow, and a function.
 *
 * Any thread; descriptions are constant. A command is a file cmd_<name>.c with one of these, and a
 * row in commands.c. The parser writes into a struct of the command's own, at the offsets given
 * here, so the function reads plain members: spans, numbers, flags.
 */
#ifndef CLIENT_CTL_COMMAND_H
#define CLIENT_CTL_COMMAND_H

#include "proto/tables.h"

/* What an option takes, and what it is in C. */
enum command_type {
	COMMAND_FLAG,   /* nothing: bool */
	COMMAND_TEXT,   /* a text: struct span */
	COMMAND_FILE,   /* a path: struct span that ends in NUL (completed as a file) */
	COMMAND_NUMBER, /* an integer: uint64_t */
	COMMAND_CHOICE, /* one of `choices`: its index + 1 as uint64_t, so that 0 is absent */
	COMMAND_TEXTS,  /* a text, and the option may stand again: struct command_words */
};

/* What completes a positional. */
enum command_completion {
	COMMAND_COMPLETE_NOTHING,
	COMMAND_COMPLETE_SITE,
	COMMAND_COMPLETE_FILE,
	COMMAND_COMPLETE_CHOICES,
	COMMAND_COMPLETE_COMMAND,
};

struct command_words {
	const char *const *words;
	uint32_t n_words;
};

struct command_option {
	const char *name;  /* without its dashes */
	const char *value; /* how help calls what it takes; NULL for a FLAG */
	const char *help;  /* one line, without a full stop */
	enum command_type type;
	uint32_t offset;
	char letter; /* 0: it has no short form */
	const struct proto_field_row
	        *limits;            /* of the field that it becomes; NULL: the two below */
	uint64_t least, most;       /* of a NUMBER; most 0: no bound */
	const char *const *choices; /* of a CHOICE, ended by NULL */
};

struct command_positional {
	const char *name; /* "SITE" */
	const char *help;
	uint32_t offset;
	bool optional;
	bool many;    /* the rest: struct command_words; else a struct span */
	bool anybody; /* of a subject: takes "-" as well, a visitor without an id */
	enum command_completion completion;
	const struct proto_field_row *limits; /* of the field that it becomes, or NULL */
	const char *const *choices;           /* COMPLETE_CHOICES, ended by NULL */
};

struct ctl;

struct command {
	const char *name;    /* one word, or two: "policy apply" */
	const char *summary; /* one line, no full stop */
	const char *details; /* paragraphs for help and the man page */
	const char *example; /* lines of a shell, each a whole command */
	const struct command_positional *positionals;
	const struct command_option *options;
	uint32_t n_positionals, n_options;
	uint32_t n_values_bytes; /* of the struct that `offset`s are in */
	bool offline;            /* it does not speak to the daemon */
	/* Runs it; `values` is that struct, to which it may write. Returns enum ctl_exit. */
	int (*run_fn)(struct ctl *ctl, void *values);
};

/* Sizes of the two tables above. */
#define COMMAND_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The option that has the name (or the letter), or NULL. */
const struct command_option *command_option_find(
        const struct command_option *options, uint32_t n_options, const char *name, size_t n_bytes);
const struct command_option *command_option_letter(
        const struct command_option *options, uint32_t n_options, char letter);

#endif
