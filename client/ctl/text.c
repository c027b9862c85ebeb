/*
 * Escaping by code point. The text is walked as UTF-8 by RFC 3629; a byte that is no part of it is
 * escaped by itself (`\xff`), so what is written is always valid, whatever was read. Never decides
 * by locale: the same text looks the same everywhere.
 */
#include "client/ctl/text.h"

#include <stdlib.h>

/* One step through a text: a code point, or (n_bytes 1, valid false) a byte that is none. */
struct step {
	uint32_t code;
	size_t n_bytes;
	bool valid;
};

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

static size_t sequence_bytes(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if ((lead & 0xf0) == 0xe0)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* Overlong forms, surrogates and what lies past U+10FFFF are no characters. */
static bool is_character(uint32_t code, size_t n_bytes)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return code >= least[n_bytes] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

static struct step step_of(struct span text)
{
	const struct step broken = {text.data[0], 1, false};
	size_t n_bytes = sequence_bytes(text.data[0]);
	uint32_t code;

	if (n_bytes == 1)
		return (struct step){text.data[0], 1, true};
	if (n_bytes == 0 || n_bytes > text.n_bytes)
		return broken;
	code = text.data[0] & (0x7fU >> n_bytes);
	for (size_t i = 1; i < n_bytes; i++) {
		if (!is_continuation(text.data[i]))
			return broken;
		code = code << 6 | (text.data[i] & 0x3fU);
	}
	return is_character(code, n_bytes) ? (struct step){code, n_bytes, true} : broken;
}

/* Marks and overrides of the bidirectional algorithm, and the other line and paragraph ends. */
static bool is_invisible_control(uint32_t code)
{
	return code == 0x061c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
	       code == 0xfeff;
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || is_invisible_control(code);
}

static void print_escape(FILE *stream, struct step step)
{
	if (!step.valid || step.code == 0x7f)
		fprintf(stream, "\\x%02x", (unsigned int)step.code);
	else if (step.code == '\n')
		fputs("\\n", stream);
	else if (step.code == '\r')
		fputs("\\r", stream);
	else if (step.code == '\t')
		fputs("\\t", stream);
	else if (step.code < 0x20)
		fprintf(stream, "\\x%02x", (unsigned int)step.code);
	else
		fprintf(stream, "\\u%04x", (unsigned int)step.code);
}

static bool must_escape(struct step step, enum text_lines lines)
{
	if (!step.valid)
		return true;
	if (lines == TEXT_MANY_LINES && (step.code == '\n' || step.code == '\t'))
		return false;
	return is_control(step.code);
}

void text_print(FILE *stream, struct span text, enum text_lines lines)
{
	while (text.n_bytes > 0) {
		struct step step = step_of(text);

		if (must_escape(step, lines))
			print_escape(stream, step);
		else
			fwrite(text.data, 1, step.n_bytes, stream);
		text.data += step.n_bytes;
		text.n_bytes -= step.n_bytes;
	}
}

void text_print_whole(FILE *stream, struct span text, bool terminal)
{
	if (terminal)
		text_print(stream, text, TEXT_MANY_LINES);
	else
		fwrite(text.data, 1, text.n_bytes, stream);
	if (text.n_bytes > 0 && text.data[text.n_bytes - 1] != '\n')
		putc('\n', stream);
}

char *text_cell(struct span text)
{
	char *cell = NULL;
	size_t n_bytes = 0;
	FILE *stream = open_memstream(&cell, &n_bytes);
	bool failed;

	if (!stream)
		return NULL;
	text_print(stream, text, TEXT_ONE_LINE);
	failed = ferror(stream) != 0;
	if (fclose(stream) != 0 || failed) {
		free(cell);
		return NULL;
	}
	return cell;
}

static bool begins_as_formula(struct span text)
{
	static const uint32_t starts[] = {'=', '+', '-', '@', 0xff1d, 0xff0b, 0xff0d, 0xff20};

	if (text.n_bytes == 0)
		return false;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (step_of(text).code == starts[i])
			return true;
	}
	return false;
}

static bool needs_quotes(struct span text)
{
	if (text.n_bytes > 0 && (text.data[0] == ' ' || text.data[text.n_bytes - 1] == ' '))
		return true;
	for (size_t i = 0; i < text.n_bytes; i++) {
		if (text.data[i] == ',' || text.data[i] == '"' || text.data[i] == ';')
			return true;
	}
	return false;
}

void text_print_csv(FILE *stream, struct span text)
{
	bool quoted = needs_quotes(text);

	if (quoted)
		putc('"', stream);
	if (begins_as_formula(text))
		putc('\'', stream);
	while (text.n_bytes > 0) {
		const uint8_t *quote = memchr(text.data, '"', text.n_bytes);
		size_t n_bytes = quote ? (size_t)(quote - text.data) : text.n_bytes;

		text_print(stream, span_bytes(text.data, n_bytes), TEXT_ONE_LINE);
		if (quote) {
			fputs("\"\"", stream);
			n_bytes++;
		}
		text.data += n_bytes;
		text.n_bytes -= n_bytes;
	}
	if (quoted)
		putc('"', stream);
}

void text_print_json(FILE *stream, struct span json)
{
	while (json.n_bytes > 0) {
		struct step step = step_of(json);

		if (step.valid && step.code >= 0x7f && is_control(step.code))
			fprintf(stream, "\\u%04x", (unsigned int)step.code);
		else
			fwrite(json.data, 1, step.n_bytes, stream);
		json.data += step.n_bytes;
		json.n_bytes -= step.n_bytes;
	}
}
