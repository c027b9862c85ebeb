/*
 * Texts that come from visitors, policies and the daemon, made safe for where they are printed.
 *
 * Any thread. A terminal obeys control characters, a spreadsheet obeys what begins like a formula,
 * and bidirectional overrides make a line read as another one. All three are printed as escapes
 * (`\n`, `\x1b`, `\u202e`), in every format; JSON escapes them in its own way.
 */
#ifndef CLIENT_CTL_TEXT_H
#define CLIENT_CTL_TEXT_H

#include <stdio.h>

#include "proto/span.h"

enum text_lines {
	TEXT_ONE_LINE,   /* line feeds and tabs are escaped too: a table's cell, a message */
	TEXT_MANY_LINES, /* they stay: a page or a policy that is shown whole */
};

/* Writes the text with everything escaped that a terminal could obey. */
void text_print(FILE *stream, struct span text, enum text_lines lines);

/*
 * Writes a whole document, ended by a line feed: as it is, or escaped where `terminal` says that a
 * terminal shows it.
 */
void text_print_whole(FILE *stream, struct span text, bool terminal);

/* text_print on one line, in memory of its own (free it); NULL without memory. */
char *text_cell(struct span text);

/*
 * One field of RFC 4180: quoted where it must be; a text that begins as a formula does (= + - @,
 * full-width ones included) gets a leading apostrophe.
 */
void text_print_csv(FILE *stream, struct span text);

/*
 * Writes JSON that jansson dumped, with DEL, C1 and bidirectional controls as \uXXXX. They can only
 * stand inside strings there, so the document stays the same.
 */
void text_print_json(FILE *stream, struct span json);

#endif
