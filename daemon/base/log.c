/*
 * One line, one write(2): lines of two threads never mix, and a line that was written is out even
 * when the process dies next.
 *
 * A line is cut at LINE_BYTES. Bytes below space would let a text from elsewhere (a policy's) forge
 * a second line or drive a terminal, so they are replaced. A write that fails is lost: there is
 * nobody left to tell.
 */
#include "daemon/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES = 4096 };

static enum log_level max_level = LOG_LEVEL_INFO;
static bool to_journal;
static pthread_once_t journal_once = PTHREAD_ONCE_INIT;

/* JOURNAL_STREAM is "device:inode" of the stream that systemd connected to the journal. */
static void find_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	if (stream == NULL)
		return;
	char *end;
	unsigned long long device = strtoull(stream, &end, 10);
	if (*end != ':')
		return;
	unsigned long long inode = strtoull(end + 1, &end, 10);
	if (*end != '\0')
		return;
	if (fstat(STDERR_FILENO, &st) == 0)
		to_journal = st.st_dev == device && st.st_ino == inode;
}

static const char *prefix_of(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return to_journal ? "<3>" : "consentd: error: ";
	case LOG_LEVEL_WARNING:
		return to_journal ? "<4>" : "consentd: warning: ";
	case LOG_LEVEL_INFO:
		return to_journal ? "<6>" : "consentd: ";
	case LOG_LEVEL_DEBUG:
		return to_journal ? "<7>" : "consentd: debug: ";
	}
	return "";
}

static void write_line(const char *line, size_t n_bytes)
{
	ssize_t n;
	do {
		n = write(STDERR_FILENO, line, n_bytes);
	} while (n < 0 && errno == EINTR);
}

/* snprintf's answer as the number of bytes that are there. */
static size_t written(int n, size_t capacity)
{
	if (n < 0)
		return 0;
	return (size_t)n < capacity ? (size_t)n : capacity - 1;
}

void log_set_level(enum log_level level)
{
	max_level = level;
}

void log_write(enum log_level level, const char *format, ...)
{
	if (level > max_level)
		return;
	int saved_errno = errno;
	pthread_once(&journal_once, find_journal);

	char line[LINE_BYTES];
	size_t n = written(snprintf(line, sizeof(line), "%s", prefix_of(level)), sizeof(line));
	va_list args;
	va_start(args, format);
	errno = saved_errno; /* for %m */
	n += written(vsnprintf(line + n, sizeof(line) - n, format, args), sizeof(line) - n);
	va_end(args);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = ' ';
	line[n] = '\n';
	write_line(line, n + 1);
	errno = saved_errno;
}
