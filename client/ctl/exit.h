/*
 * How consentctl ends, and how it says why. Any thread.
 *
 * Scripts act on these numbers; they are stable and stand in the man page.
 */
#ifndef CLIENT_CTL_EXIT_H
#define CLIENT_CTL_EXIT_H

enum ctl_exit {
	CTL_OK = 0,        /* done; of a check: all cookies are allowed */
	CTL_NO = 1,        /* denied, not found, differs, not confirmed */
	CTL_USAGE = 2,     /* the command line cannot be understood */
	CTL_CONNECT = 3,   /* nobody listens at the socket, or the connection broke */
	CTL_FORBIDDEN = 4, /* the peer does not hold the role that the operation takes */
	CTL_INVALID = 5,   /* the daemon, or the limits of the protocol, refuse what was given */
	CTL_TIMEOUT = 6,   /* no answer in time */
	CTL_PARTLY = 7,    /* begun, and not finished: some of it failed, or the output did */
};

/* Writes "consentctl: …" to stderr, escaped for a terminal, and returns `code`. */
int exit_fail(enum ctl_exit code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same where nothing failed: a word beside the output. */
void exit_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says that memory ran out, and ends the program with CTL_PARTLY. */
_Noreturn void exit_without_memory(void);

#endif
