/*
 * Two passes over the text. The first goes through libyaml's events and refuses whatever could make
 * the second expensive or ambiguous: an alias costs nothing to write and may stand for a document
 * a million times as large, and a tag would let the document choose its own types. Only then does
 * the document API build its tree, which keeps the position of every node.
 *
 * Nothing of libyaml's resolver is used: whether a scalar is a number or a text, the schema says.
 */
#include "daemon/base/yaml.h"

#include <errno.h>

enum { SCAN_ERRORS = 32 }; /* structural errors noted before the rest is left unread */

struct scan {
	struct faults *faults;
	size_t n_nodes, n_documents;
	unsigned int depth;
	bool gave_up; /* what follows would be noise */
};

static void scan_error(struct scan *scan, yaml_mark_t mark, const char *message)
{
	faults_error(scan->faults, (unsigned int)mark.line + 1, (unsigned int)mark.column + 1, "%s",
	        message);
	if (scan->faults->n_errors >= SCAN_ERRORS)
		scan->gave_up = true;
}

static void scan_fatal(struct scan *scan, yaml_mark_t mark, const char *message)
{
	scan_error(scan, mark, message);
	scan->gave_up = true;
}

static void scan_node(
        struct scan *scan, yaml_mark_t mark, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		scan_error(scan, mark, "anchors are not allowed here; repeat the text instead");
	if (tag != NULL)
		scan_error(scan, mark, "tags are not allowed here; write the value without one");
	if (++scan->n_nodes > YAML_NODES)
		scan_fatal(scan, mark, "too many values; a document holds at most 65536");
}

static void scan_open(struct scan *scan, yaml_mark_t mark)
{
	if (++scan->depth > YAML_DEPTH)
		scan_fatal(scan, mark, "nested too deeply; at most 12 levels");
}

static void scan_event(struct scan *scan, const yaml_event_t *event)
{
	yaml_mark_t mark = event->start_mark;
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		scan_error(scan, mark, "aliases are not allowed here; repeat the text instead");
		break;
	case YAML_SCALAR_EVENT:
		scan_node(scan, mark, event->data.scalar.anchor, event->data.scalar.tag);
		break;
	case YAML_SEQUENCE_START_EVENT:
		scan_node(scan, mark, event->data.sequence_start.anchor,
		        event->data.sequence_start.tag);
		scan_open(scan, mark);
		break;
	case YAML_MAPPING_START_EVENT:
		scan_node(scan, mark, event->data.mapping_start.anchor,
		        event->data.mapping_start.tag);
		scan_open(scan, mark);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		scan->depth--;
		break;
	case YAML_DOCUMENT_START_EVENT:
		if (++scan->n_documents > 1)
			scan_fatal(scan, mark, "a second document; a file holds one");
		break;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
}

/* The reader tells a byte's offset only; lines and columns (in characters) are counted here. */
static yaml_mark_t mark_of_offset(struct span text, size_t offset)
{
	yaml_mark_t mark = {.index = offset};
	for (size_t i = 0; i < offset && i < text.n_bytes; i++) {
		if (text.data[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((text.data[i] & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

static int parser_failed(const yaml_parser_t *parser, struct span text, struct faults *faults)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	yaml_mark_t mark = parser->problem_mark;
	const char *problem = parser->problem ? parser->problem : "not readable";
	if (parser->error == YAML_READER_ERROR)
		mark = mark_of_offset(text, parser->problem_offset);
	faults_error(faults, (unsigned int)mark.line + 1, (unsigned int)mark.column + 1,
	        "not YAML%s: %s%s%s", parser->error == YAML_READER_ERROR ? " in UTF-8" : "",
	        problem, parser->context ? " " : "", parser->context ? parser->context : "");
	return YAML_E_FAULTY;
}

/* UTF-8 is set, never detected: two spare bytes in front must not make a document UTF-16. */
static int parser_start(yaml_parser_t *parser, struct span text)
{
	if (!yaml_parser_initialize(parser))
		return -ENOMEM;
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	static const uint8_t nothing[1];
	yaml_parser_set_input_string(parser, text.data ? text.data : nothing, text.n_bytes);
	return 0;
}

static int scan_text(struct span text, struct faults *faults)
{
	struct scan scan = {.faults = faults};
	size_t n_errors = faults->n_errors;
	yaml_parser_t parser;
	int r = parser_start(&parser, text);
	if (r != 0)
		return r;
	for (bool end = false; !end && !scan.gave_up;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			r = parser_failed(&parser, text, faults);
			break;
		}
		scan_event(&scan, &event);
		end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (r == 0 && scan.n_documents == 0)
		faults_error(faults, 0, 0, "is empty");
	if (r == 0 && (faults->n_errors != n_errors || faults->out_of_memory))
		r = YAML_E_FAULTY;
	return r;
}

int yaml_read(struct span text, size_t max_bytes, struct faults *faults, yaml_document_t *ret)
{
	if (text.n_bytes > max_bytes) {
		faults_error(faults, 0, 0, "is %zu bytes long; at most %zu are read", text.n_bytes,
		        max_bytes);
		return YAML_E_FAULTY;
	}
	int r = scan_text(text, faults);
	if (r != 0)
		return r;
	yaml_parser_t parser;
	r = parser_start(&parser, text);
	if (r != 0)
		return r;
	yaml_document_t document;
	if (!yaml_parser_load(&parser, &document))
		r = parser_failed(&parser, text, faults);
	else
		*ret = document;
	yaml_parser_delete(&parser);
	return r;
}
