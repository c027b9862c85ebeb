/*
 * Reads of the loop that go past the lines: the overlay first, then a view snapshot taken after
 * that look-up, so that a record on its way from one to the other is in at least one of them.
 */
#include "daemon/commit/commit_private.h"

#include <errno.h>
#include <stdlib.h>

int commit_read_record(struct commit *commit, struct record_key key, struct record *ret)
{
	struct record_entry entry;

	if (overlay_find(&commit->overlay, key, &entry)) {
		if (!entry.exists)
			return VIEW_E_NOT_FOUND;
		*ret = entry.record;
		return 0;
	}
	int rc = view_reader_renew(commit->view);
	if (rc != 0)
		return rc;
	rc = view_read(commit->view, key, ret);
	view_reader_reset(commit->view);
	return rc;
}

/* The rows of the view, one ahead. */
struct view_rows {
	struct view_reader *reader;
	uint32_t site_id;
	struct commit_row row;
	bool any;
};

/* Moves to the first record behind `after`; those with a bad tag are passed over. */
static int view_rows_move(struct view_rows *rows, const struct proto_digest *after)
{
	struct proto_digest at;
	int rc;

	do {
		rc = view_read_next(
		        rows->reader, rows->site_id, after, &rows->row.key, &rows->row.record);
		at = rows->row.key.digest;
		after = &at;
	} while (rc == -EBADMSG);
	rows->any = rc == 0;
	return rc == VIEW_E_NOT_FOUND ? 0 : rc;
}

/* < 0: the view's row comes next; > 0: the overlay's; 0: both are of one subject. */
static int order_of(const struct view_rows *rows, const struct record_entry *overlaid)
{
	return rows->any ? record_key_compare(rows->row.key, overlaid->key) : 1;
}

/*
 * Merges both in digest order. The overlay's entries are the n smallest of the range: where they
 * are as many as were asked for, nothing behind the last of them may be taken from the view alone.
 */
static int merge(struct view_rows *view, const struct record_entry *overlaid, size_t n_overlaid,
        struct commit_page *page)
{
	bool cut = n_overlaid == page->n_max;
	size_t o = 0;
	int rc = 0;

	while (rc == 0 && page->n_rows < page->n_max && (o < n_overlaid || (view->any && !cut))) {
		int order = o < n_overlaid ? order_of(view, &overlaid[o]) : -1;

		page->reached = order < 0 ? view->row.key.digest : overlaid[o].key.digest;
		if (order < 0)
			page->rows[page->n_rows++] = view->row;
		else if (overlaid[o].exists)
			page->rows[page->n_rows++] =
			        (struct commit_row){overlaid[o].key, overlaid[o].record};
		if (order >= 0)
			o++;
		if (order <= 0)
			rc = view_rows_move(view, &page->reached);
	}
	page->more = view->any || o < n_overlaid || cut;
	return rc;
}

int commit_read_page(struct commit *commit, uint32_t site_id, const struct proto_digest *after,
        struct commit_page *page)
{
	struct view_rows view = {.reader = commit->view, .site_id = site_id};
	struct record_entry *overlaid = reallocarray(NULL, page->n_max, sizeof(*overlaid));

	if (!overlaid)
		return -ENOMEM;
	page->n_rows = 0;
	page->more = false;
	size_t n_overlaid = overlay_range(&commit->overlay, site_id, after, overlaid, page->n_max);
	int rc = view_reader_renew(commit->view);
	if (rc == 0) {
		rc = view_rows_move(&view, after);
		if (rc == 0)
			rc = merge(&view, overlaid, n_overlaid, page);
		view_reader_reset(commit->view);
	}
	free(overlaid);
	return rc;
}
