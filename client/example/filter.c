/*
 * Takes out of a response's head, on stdin, what this visitor does not allow to be set:
 *
 *     consent-filter SITE [SUBJECT] <head
 *
 * What an application server does before it sends a response; without SUBJECT for a visitor who
 * has not chosen yet. Says on stderr what became of each Set-Cookie line, and why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <consent.h>

enum { MAX_LINES = 100 };

static const char set_cookie[] = "Set-Cookie:";

/* The value of a Set-Cookie line, or NULL where the line is another header. */
static const char *value_of(const char *line)
{
	if (strncasecmp(line, set_cookie, sizeof(set_cookie) - 1) != 0)
		return NULL;
	line += sizeof(set_cookie) - 1;
	return line + strspn(line, " \t");
}

/* Reads to the end; SIZE_MAX where there is more than a head may have. */
static size_t read_head(char *lines[MAX_LINES])
{
	size_t n = 0, capacity = 0;

	while (n < MAX_LINES && getline(&lines[n], &capacity, stdin) >= 0) {
		lines[n][strcspn(lines[n], "\r\n")] = '\0';
		n++;
		capacity = 0;
	}
	return getc(stdin) == EOF ? n : SIZE_MAX;
}

static void print(const char *line, const struct consent_set_cookie *header)
{
	if (!value_of(line)) {
		printf("%s\n", line);
		return;
	}
	fprintf(stderr, "%s %.*s: %s\n", header->keep ? "kept   " : "dropped",
	        (int)strcspn(header->value, "="), header->value,
	        consent_reason_name(header->reason));
	if (header->keep)
		printf("%s %.*s\n", set_cookie, (int)header->text_bytes, header->text);
}

static enum consent_error filter(struct consent_client *client,
        const struct consent_visitor *visitor, char *const *lines, size_t n_lines)
{
	struct consent_set_cookie headers[MAX_LINES];
	size_t n_headers = 0;
	enum consent_error error;

	for (size_t i = 0; i < n_lines; i++) {
		if (value_of(lines[i]))
			headers[n_headers++] = (struct consent_set_cookie){
			        .value = value_of(lines[i]), .value_bytes = CONSENT_NUL_TERMINATED};
	}
	error = consent_filter_set_cookie(client, visitor, headers, n_headers);
	for (size_t i = 0, at = 0; i < n_lines; i++) {
		print(lines[i], &headers[at]);
		at += value_of(lines[i]) != NULL;
	}
	return error;
}

int main(int argc, char **argv)
{
	char *lines[MAX_LINES] = {NULL};
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	struct consent_client *client = NULL;
	size_t n_lines = read_head(lines);
	enum consent_error error = CONSENT_ERROR_INVALID_ARGUMENT;

	if (argc > 1 && n_lines != SIZE_MAX && consent_client_open(NULL, &client) == CONSENT_OK) {
		visitor.site = argv[1];
		visitor.subject = argc > 2 ? argv[2] : NULL;
		error = filter(client, &visitor, lines, n_lines);
	}
	if (error != CONSENT_OK)
		fprintf(stderr, "consent-filter: %s\n",
		        client ? consent_client_message(client) : consent_error_text(error));
	consent_client_close(client);
	for (size_t i = 0; i < MAX_LINES; i++)
		free(lines[i]);
	return error == CONSENT_OK ? 0 : 1;
}
