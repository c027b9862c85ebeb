/*
 * What a page consists of, between render.c, which takes it from the policy, and the writers, which
 * know one format each. One thread, for the time of one policy_render.
 *
 * Every text that a writer gets is flat: one line, single spaces, no control characters. It is not
 * escaped; that is the writer's first duty.
 */
#ifndef DAEMON_POLICY_RENDER_PAGE_H
#define DAEMON_POLICY_RENDER_PAGE_H

#include "daemon/base/arena.h"
#include "daemon/base/buffer.h"
#include "daemon/policy/policy.h"

struct render_text {
	struct span text;
	struct span language; /* absent: the page's own */
};

/* Cookies of one service that serve one purpose. */
struct render_row {
	struct render_text provider, function, purpose; /* function: with its location */
	struct span *names;
	uint32_t n_names;
};

struct render_table {
	struct render_text caption;
	struct render_text columns[POLICY_N_COLUMNS];
	struct render_row *rows;
	uint32_t n_rows;
};

struct render_out {
	struct buffer *page;
	struct arena *arena; /* for the time of the call */
};

/* All return 0 or -ENOMEM. */
struct render_writer {
	int (*begin)(struct render_out *out, const struct render_text *title, struct span language);
	/* A part of the page; ids are fixed words. */
	int (*section)(struct render_out *out, const char *id, const struct render_text *title);
	int (*section_end)(struct render_out *out);
	int (*subtitle)(struct render_out *out, const struct render_text *title);
	int (*paragraph)(struct render_out *out, const struct render_text *text);
	int (*table)(struct render_out *out, const struct render_table *table);
	int (*end)(struct render_out *out);
};

extern const struct render_writer render_html, render_markdown, render_plain;

/* The bytes to where `at` points; returns where the next ones go. */
static inline uint8_t *render_copy(uint8_t *at, struct span bytes)
{
	if (bytes.n_bytes != 0)
		memcpy(at, bytes.data, bytes.n_bytes);
	return at + bytes.n_bytes;
}

static inline int render_put(struct render_out *out, const char *text)
{
	return buffer_append(out->page, span_of(text));
}

#endif
