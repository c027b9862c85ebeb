/*
 * What a running command has: the global options, the output, and the daemon.
 *
 * One thread. Commands call the daemon through ctl_call, which says what went wrong, so that most
 * of them are: fill in a request, call, print the result.
 */
#ifndef CLIENT_CTL_CTL_H
#define CLIENT_CTL_CTL_H

#include <consent.h>

#include "client/ctl/command.h"
#include "client/ctl/exit.h"
#include "client/ctl/globals.h"
#include "client/ctl/output.h"
#include "proto/messages.h"

struct ctl {
	struct globals globals;
	struct output out;
	struct consent_client *client; /* opened by the first call */
};

/*
 * One exchange. Returns CTL_OK, or says what went wrong and returns the exit code for it. Spans in
 * `result` are valid until the next call.
 */
PROTO_MUST_USE int ctl_call(struct ctl *ctl, enum proto_op op, const void *request, void *result);

/*
 * The same without a word where it fails: for commands that make something of a failure.
 * ctl_explain says it then, and returns the exit code.
 */
PROTO_MUST_USE enum consent_error ctl_try(
        struct ctl *ctl, enum proto_op op, const void *request, void *result);
int ctl_explain(const struct ctl *ctl, enum consent_error error);

/* The exit code that stands for an error of the library. */
enum ctl_exit ctl_exit_of(enum consent_error error);

/* ctl_call, and the result printed as one message. */
PROTO_MUST_USE int ctl_call_and_print(
        struct ctl *ctl, enum proto_op op, const void *request, void *result);

/* The path that the client connects to; ends in NUL. */
const char *ctl_socket(const struct ctl *ctl);
/* Whether it can be one's path: CTL_OK, or CTL_USAGE after a message that says who named it. */
int ctl_check_socket(const struct ctl *ctl);

/*
 * Asks "… [y/N]" where a person sits at the terminal; CTL_OK when the answer is yes, or when there
 * is nobody to ask or `yes` says that they agreed already. Else CTL_NO.
 */
PROTO_MUST_USE int ctl_confirm(bool yes, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Whether ctl_confirm has somebody to ask. */
bool ctl_can_ask(void);

/* Whether to show progress: stderr is a terminal. */
bool ctl_shows_progress(void);

/* The format in force: the one asked for, else `usual`. */
enum output_format ctl_format(const struct ctl *ctl, enum output_format usual);

/* Closes what was opened. */
void ctl_deinit(struct ctl *ctl);

#endif
