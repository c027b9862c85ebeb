/*
 * Error messages. They hold what the user typed and what the daemon said, so they are escaped like
 * everything else that goes to a terminal; a message of several lines (a policy's faults) keeps
 * its line feeds.
 */
#include "client/ctl/exit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/ctl/text.h"

static void say(const char *format, va_list args)
{
	char *message = NULL;
	int n_bytes = vasprintf(&message, format, args);

	if (n_bytes < 0)
		exit_without_memory();
	fflush(stdout);
	fputs("consentctl: ", stderr);
	text_print(stderr, span_bytes(message, (size_t)n_bytes), TEXT_MANY_LINES);
	putc('\n', stderr);
	free(message);
}

int exit_fail(enum ctl_exit code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return (int)code;
}

void exit_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

void exit_without_memory(void)
{
	fputs("consentctl: out of memory\n", stderr);
	exit(CTL_PARTLY);
}
