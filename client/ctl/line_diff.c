/*
 * Longest common subsequence by its table, between the first and the last line that differ. The
 * table is bounded: two texts that differ in thousands of lines everywhere are shown as one
 * replaced by the other, which is what a reader would see anyway.
 */
#include "client/ctl/line_diff.h"

#include <stdlib.h>

#include "client/ctl/exit.h"
#include "client/ctl/text.h"

enum { MAX_CELLS = 16 << 20, CONTEXT = 3 };

struct lines {
	struct span *at;
	size_t n;
};

/* One line of the script that leads from one text to the other. */
struct step {
	char mark;            /* ' ', '-' or '+' */
	size_t before, after; /* line numbers, from 0, of the next line on each side */
};

struct script {
	struct step *steps;
	size_t n;
};

static void *must(void *memory)
{
	if (!memory)
		exit_without_memory();
	return memory;
}

static size_t count_lines(struct span text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n_bytes; i++)
		n += text.data[i] == '\n';
	return n + (text.n_bytes > 0 && text.data[text.n_bytes - 1] != '\n');
}

static struct lines split(struct span text)
{
	struct lines lines = {must(calloc(count_lines(text) + 1, sizeof(struct span))), 0};

	while (text.n_bytes > 0) {
		const uint8_t *feed = memchr(text.data, '\n', text.n_bytes);
		size_t n_bytes = feed ? (size_t)(feed - text.data) : text.n_bytes;

		lines.at[lines.n++] = span_bytes(text.data, n_bytes);
		n_bytes += feed != NULL;
		text.data += n_bytes;
		text.n_bytes -= n_bytes;
	}
	return lines;
}

static void add(struct script *script, char mark, size_t before, size_t after)
{
	script->steps[script->n++] = (struct step){mark, before, after};
}

/* The part of both texts in which they differ: [from, end) of each. */
struct middle {
	const struct lines *before, *after;
	size_t from, before_end, after_end;
};

static struct middle middle_of(const struct lines *before, const struct lines *after)
{
	struct middle m = {before, after, 0, before->n, after->n};

	while (m.from < m.before_end && m.from < m.after_end &&
	        span_equal(before->at[m.from], after->at[m.from]))
		m.from++;
	while (m.before_end > m.from && m.after_end > m.from &&
	        span_equal(before->at[m.before_end - 1], after->at[m.after_end - 1])) {
		m.before_end--;
		m.after_end--;
	}
	return m;
}

/* lengths[i * (cols + 1) + j]: of the longest common subsequence from before i and after j on. */
static uint16_t *lengths_of(const struct middle *m, size_t rows, size_t cols)
{
	uint16_t *lengths = must(calloc((rows + 1) * (cols + 1), sizeof(*lengths)));

	for (size_t i = rows; i-- > 0;) {
		uint16_t *row = lengths + i * (cols + 1), *below = row + cols + 1;

		for (size_t j = cols; j-- > 0;) {
			bool same =
			        span_equal(m->before->at[m->from + i], m->after->at[m->from + j]);

			row[j] = same                    ? (uint16_t)(below[j + 1] + 1)
			         : below[j] > row[j + 1] ? below[j]
			                                 : row[j + 1];
		}
	}
	return lengths;
}

static void follow(const struct middle *m, const uint16_t *lengths, struct script *script)
{
	size_t i = m->from, j = m->from, cols = m->after_end - m->from;

	while (i < m->before_end && j < m->after_end) {
		const uint16_t *cell = lengths + (i - m->from) * (cols + 1) + (j - m->from);

		if (span_equal(m->before->at[i], m->after->at[j])) {
			add(script, ' ', i++, j);
			j++;
		} else if (cell[cols + 1] >= cell[1]) {
			add(script, '-', i++, j);
		} else {
			add(script, '+', i, j++);
		}
	}
	while (i < m->before_end)
		add(script, '-', i++, j);
	while (j < m->after_end)
		add(script, '+', i, j++);
}

static void replace(const struct middle *m, struct script *script)
{
	for (size_t i = m->from; i < m->before_end; i++)
		add(script, '-', i, m->from);
	for (size_t j = m->from; j < m->after_end; j++)
		add(script, '+', m->before_end, j);
}

static struct script script_of(const struct lines *before, const struct lines *after)
{
	struct script script = {must(calloc(before->n + after->n + 1, sizeof(struct step))), 0};
	struct middle m = middle_of(before, after);
	size_t rows = m.before_end - m.from, cols = m.after_end - m.from;

	for (size_t i = 0; i < m.from; i++)
		add(&script, ' ', i, i);
	if (cols == 0 || rows <= MAX_CELLS / (cols + 1) - 1) {
		uint16_t *lengths = lengths_of(&m, rows, cols);

		follow(&m, lengths, &script);
		free(lengths);
	} else {
		replace(&m, &script);
	}
	for (size_t i = m.before_end, j = m.after_end; i < before->n; i++, j++)
		add(&script, ' ', i, j);
	return script;
}

/* The end of the hunk that begins at the step: CONTEXT lines after its last change. */
static size_t hunk_end(const struct script *script, size_t at)
{
	size_t last = at;

	for (size_t i = at; i < script->n && i <= last + 2 * CONTEXT + 1; i++) {
		if (script->steps[i].mark != ' ')
			last = i;
	}
	return last + CONTEXT + 1 < script->n ? last + CONTEXT + 1 : script->n;
}

static void print_range(FILE *stream, char sign, size_t from, size_t n)
{
	fprintf(stream, "%c%zu,%zu ", sign, n > 0 ? from + 1 : from, n);
}

static void print_head(
        FILE *stream, const struct line_diff *diff, const struct step *steps, size_t n)
{
	size_t n_before = 0, n_after = 0;

	for (size_t i = 0; i < n; i++) {
		n_before += steps[i].mark != '+';
		n_after += steps[i].mark != '-';
	}
	fputs(diff->color ? "\033[36m@@ " : "@@ ", stream);
	print_range(stream, '-', steps[0].before, n_before);
	print_range(stream, '+', steps[0].after, n_after);
	fputs(diff->color ? "@@\033[0m\n" : "@@\n", stream);
}

static void print_line(FILE *stream, const struct line_diff *diff, char mark, struct span line)
{
	bool painted = diff->color && mark != ' ';

	if (painted)
		fputs(mark == '-' ? "\033[31m" : "\033[32m", stream);
	putc(mark, stream);
	if (diff->terminal)
		text_print(stream, line, TEXT_MANY_LINES);
	else
		fwrite(line.data, 1, line.n_bytes, stream);
	fputs(painted ? "\033[0m\n" : "\n", stream);
}

static void print_script(FILE *stream, const struct line_diff *diff, const struct script *script,
        const struct lines *before, const struct lines *after)
{
	for (size_t i = 0; i < script->n; i++) {
		size_t from, end;

		if (script->steps[i].mark == ' ')
			continue;
		from = i > CONTEXT ? i - CONTEXT : 0;
		end = hunk_end(script, i);
		print_head(stream, diff, script->steps + from, end - from);
		for (size_t j = from; j < end; j++) {
			const struct step *step = &script->steps[j];

			print_line(stream, diff, step->mark,
			        step->mark == '+' ? after->at[step->after]
			                          : before->at[step->before]);
		}
		i = end - 1;
	}
}

void line_diff_print(FILE *stream, const struct line_diff *diff)
{
	struct lines before, after;
	struct script script;

	if (span_equal(diff->before, diff->after))
		return;
	before = split(diff->before);
	after = split(diff->after);
	script = script_of(&before, &after);
	fprintf(stream, "--- %s\n+++ %s\n", diff->before_name, diff->after_name);
	print_script(stream, diff, &script, &before, &after);
	free(script.steps);
	free(before.at);
	free(after.at);
}
