/*
 * The table as documentation. What the manual says of a key is the row that reads it, so the two
 * cannot differ; a test compares the manual page with this output.
 */
#include "daemon/base/schema_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "daemon/base/duration.h"

/* A number of the row's type, as it is written in a document. */
static void amount_format(enum schema_type type, uint64_t amount, char *ret, size_t capacity)
{
	if (type == SCHEMA_DURATION)
		duration_format(amount, ret, capacity);
	else if (type == SCHEMA_OCTAL)
		snprintf(ret, capacity, "0%" PRIo64, amount);
	else
		snprintf(ret, capacity, "%" PRIu64 "%s", amount,
		        type == SCHEMA_SIZE ? " bytes" : "");
}

static const char *type_name(enum schema_type type)
{
	switch (type) {
	case SCHEMA_TEXT:
		return "text";
	case SCHEMA_BOOL:
		return "true or false";
	case SCHEMA_UINT:
		return "a number";
	case SCHEMA_SIZE:
		return "a size such as 64 MiB";
	case SCHEMA_DURATION:
		return "a duration such as 6 months or 30 minutes";
	case SCHEMA_OCTAL:
		return "an octal number";
	case SCHEMA_WORD:
		return "one of";
	case SCHEMA_WORDS:
		return "a list of any of";
	case SCHEMA_MAP:
		return "map";
	case SCHEMA_LIST:
		return "list of maps";
	case SCHEMA_DICT:
		return "map from names to maps";
	case SCHEMA_TEXT_LIST:
		return "list of texts";
	case SCHEMA_TEXTS:
		return "text, in one or several languages";
	}
	return "?";
}

static bool is_amount(enum schema_type type)
{
	return type == SCHEMA_UINT || type == SCHEMA_SIZE || type == SCHEMA_DURATION ||
	       type == SCHEMA_OCTAL;
}

/* ", at least A" and the like; empty where the row has no bounds. */
static void range_format(const struct schema_row *row, char *ret, size_t capacity)
{
	char least[32], most[32];
	amount_format(row->type, row->least, least, sizeof(least));
	amount_format(row->type, row->most, most, sizeof(most));
	if (row->least != 0 && row->most != 0)
		snprintf(ret, capacity, ", from %s to %s", least, most);
	else if (row->least != 0)
		snprintf(ret, capacity, ", at least %s", least);
	else if (row->most != 0)
		snprintf(ret, capacity, ", at most %s", most);
	else
		ret[0] = '\0';
}

void schema_expected(const struct schema_row *row, char ret[static SCHEMA_EXPECTED])
{
	size_t n = 0;
	char range[96] = "";
	if (is_amount(row->type))
		range_format(row, range, sizeof(range));
	n = (size_t)snprintf(ret, SCHEMA_EXPECTED, "%s%s", type_name(row->type), range);
	const char *between = is_amount(row->type) ? ", or " : " ";
	for (const struct schema_word *word = row->words; word && word->name; word++) {
		if (n < SCHEMA_EXPECTED)
			n += (size_t)snprintf(
			        ret + n, SCHEMA_EXPECTED - n, "%s%s", between, word->name);
		between = word[1].name && word[2].name == NULL ? " or " : ", ";
	}
}

static int put(struct buffer *page, const char *text)
{
	return buffer_append(page, span_of(text));
}

/* Text for scdoc: what it would take for markup is escaped, words in backticks become bold. */
static int put_escaped(struct buffer *page, const char *text)
{
	int r = 0;
	for (; *text != '\0' && r == 0; text++) {
		if (strchr("*_\\#", *text) != NULL)
			r = put(page, "\\");
		if (r == 0)
			r = *text == '`' ? put(page, "*")
			                 : buffer_append(page, span_bytes(text, 1));
	}
	return r;
}

static int put_tabs(struct buffer *page, unsigned int depth)
{
	int r = 0;
	for (unsigned int i = 0; i < depth && r == 0; i++)
		r = put(page, "\t");
	return r;
}

/* "**key**: type, required; default …" */
static int print_head(struct buffer *page, const struct schema_row *row, unsigned int depth)
{
	char expected[SCHEMA_EXPECTED];
	schema_expected(row, expected);
	int r = put_tabs(page, depth);
	if (r == 0)
		r = buffer_printf(page, "*%s*: ", row->key);
	if (r == 0)
		r = put_escaped(page, expected);
	if (r == 0 && row->required)
		r = put(page, "; required");
	if (r == 0 && row->preset != NULL)
		r = put(page, "; default: ");
	if (r == 0 && row->preset != NULL)
		r = put_escaped(page, row->preset);
	return r == 0 ? put(page, "\n") : r;
}

static int print_meaning(struct buffer *page, const struct schema_row *row, unsigned int depth)
{
	int r = put_tabs(page, depth + 1);
	if (r == 0)
		r = put_escaped(page, row->meaning);
	return r == 0 ? put(page, "\n\n") : r;
}

static int print_rows(struct buffer *page, const struct schema *schema, unsigned int depth)
{
	int r = 0;
	for (size_t i = 0; i < schema->n_rows && r == 0; i++) {
		const struct schema_row *row = &schema->rows[i];
		r = print_head(page, row, depth);
		if (r == 0)
			r = print_meaning(page, row, depth);
		if (r == 0 && row->schema != NULL)
			r = print_rows(page, row->schema, depth + 1);
	}
	return r;
}

int schema_print(const struct schema *schema, struct buffer *page)
{
	return print_rows(page, schema, 0);
}
