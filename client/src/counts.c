/*
 * Counting stands on the path of every check that is looked up, so that of an allowed one costs an
 * addition. A name costs its blurring and a pass over at most 64 hashes. It is blurred before it is
 * compared: names that differ by an identifier only are one name, here and in the daemon.
 */
#include "client/src/counts.h"

#include <assert.h>

#include "proto/blur.h"

static uint32_t hash_of(size_t site, const uint8_t *name, size_t n_bytes)
{
	uint32_t hash = UINT32_C(0x811c9dc5) + (uint32_t)site;

	for (size_t i = 0; i < n_bytes; i++)
		hash = (hash ^ name[i]) * UINT32_C(0x01000193);
	return hash;
}

static bool is_name(
        const struct client_counts_name *entry, size_t site, const uint8_t *name, size_t n_bytes)
{
	return entry->site == site && entry->n_bytes == n_bytes &&
	       memcmp(entry->text, name, n_bytes) == 0;
}

void client_counts_add_name(struct client_counts *counts, size_t site, struct span name)
{
	struct client_counts_name entry = {.site = (uint8_t)site};
	size_t n_bytes = proto_name_blur(name, entry.text);
	uint32_t hash = hash_of(site, entry.text, n_bytes), at = 0;

	while (at < counts->n_names &&
	        (counts->hashes[at] != hash ||
	                !is_name(&counts->names[at], site, entry.text, n_bytes)))
		at++;
	if (at == CLIENT_COUNTS_NAMES)
		return;
	if (at == counts->n_names) {
		entry.n_bytes = (uint8_t)n_bytes;
		counts->hashes[at] = hash;
		counts->names[at] = entry;
		counts->n_names++;
	}
	counts->names[at].count++;
}

void client_counts_drop(struct client_counts *counts, size_t site)
{
	memset(counts->by_reason[site], 0, sizeof(counts->by_reason[site]));
	for (uint32_t i = counts->n_names; i-- > 0;) {
		if (counts->names[i].site != site)
			continue;
		counts->n_names--;
		counts->hashes[i] = counts->hashes[counts->n_names];
		counts->names[i] = counts->names[counts->n_names];
	}
}

void client_counts_clear(struct client_counts *counts)
{
	if (counts->any)
		*counts = (struct client_counts){.any = false};
}

/* ---- reports ----------------------------------------------------------------------------------- */

/* A list begins where the one before ended, in the same memory. */
static struct proto_list list_since(const struct proto_writer *w, size_t begin, uint32_t n_items)
{
	if (n_items == 0)
		return (struct proto_list){SPAN_NONE, 0};
	return (struct proto_list){span_bytes(w->data + begin, w->n_bytes - begin), n_items};
}

static struct proto_list reasons_write(
        const struct client_counts *counts, size_t site, bool allowed, struct proto_writer *w)
{
	size_t begin = w->n_bytes;
	uint32_t n = 0;

	for (int i = 0; i < CLIENT_COUNTS_REASONS; i++) {
		enum proto_reason reason = (enum proto_reason)i;

		if (counts->by_reason[site][i] == 0 || proto_reason_allowed(reason) != allowed)
			continue;
		proto_writer_text(w, span_of(proto_reason_name(reason)));
		proto_writer_uint(w, counts->by_reason[site][i]);
		n++;
	}
	return list_since(w, begin, n);
}

static struct proto_list names_write(
        const struct client_counts *counts, size_t site, struct proto_writer *w)
{
	size_t begin = w->n_bytes;
	uint32_t n = 0;

	for (uint32_t i = 0; i < counts->n_names; i++) {
		const struct client_counts_name *name = &counts->names[i];

		if (name->site != site)
			continue;
		proto_writer_text(w, span_bytes(name->text, name->n_bytes));
		proto_writer_uint(w, name->count);
		n++;
	}
	return list_since(w, begin, n);
}

bool client_counts_report(const struct client_counts *counts, size_t site, struct span name,
        struct client_report *ret)
{
	struct proto_writer w = proto_writer_of(ret->lists, sizeof(ret->lists));

	if (!counts->any)
		return false;
	ret->request = (struct proto_report_request){
	        .site = name,
	        .allowed = reasons_write(counts, site, true, &w),
	        .denied = reasons_write(counts, site, false, &w),
	        .undeclared = names_write(counts, site, &w),
	};
	assert(!w.overflow);
	return w.n_bytes > 0;
}
