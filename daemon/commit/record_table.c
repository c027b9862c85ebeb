/*
 * Open addressing with linear probing over entry numbers. Digests are keyed hashes already, so a
 * word of the digest is the hash; the site is mixed in for the sake of tests with small digests.
 */
#include "daemon/commit/record_table.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

enum { LEAST_SLOTS = 64, KEPT_SLOTS = 1 << 17 };

static size_t slot_of(const struct record_table *table, struct record_key key)
{
	uint64_t hash = (key.digest.word[0] ^ key.site_id) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(hash >> 20) & (table->n_slots - 1);
}

static bool same_key(struct record_key a, struct record_key b)
{
	return a.site_id == b.site_id && proto_digest_equal(a.digest, b.digest);
}

static void index_entry(struct record_table *table, size_t number)
{
	size_t i = slot_of(table, table->entries[number].key);

	while (table->slots[i] != 0)
		i = (i + 1) & (table->n_slots - 1);
	table->slots[i] = (uint32_t)number + 1;
}

int record_table_reserve(struct record_table *table, size_t n_more)
{
	size_t wanted = table->n_entries + n_more, n_slots = LEAST_SLOTS;

	if (wanted <= table->capacity)
		return 0;
	while (n_slots / 2 < wanted)
		n_slots *= 2;
	struct record_entry *entries = reallocarray(table->entries, n_slots / 2, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	table->entries = entries;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(table->slots);
	table->slots = slots;
	table->n_slots = n_slots;
	table->capacity = n_slots / 2;
	for (size_t i = 0; i < table->n_entries; i++)
		index_entry(table, i);
	return 0;
}

struct record_entry *record_table_find(const struct record_table *table, struct record_key key)
{
	if (table->n_entries == 0)
		return NULL;
	for (size_t i = slot_of(table, key); table->slots[i] != 0;
	        i = (i + 1) & (table->n_slots - 1)) {
		struct record_entry *entry = &table->entries[table->slots[i] - 1];

		if (same_key(entry->key, key))
			return entry;
	}
	return NULL;
}

struct record_entry *record_table_put(struct record_table *table, struct record_key key)
{
	struct record_entry *entry = record_table_find(table, key);

	if (entry)
		return entry;
	assert(table->n_entries < table->capacity);
	entry = &table->entries[table->n_entries];
	entry->key = key;
	entry->exists = false;
	index_entry(table, table->n_entries++);
	return entry;
}

void record_table_clear(struct record_table *table)
{
	if (table->n_slots > KEPT_SLOTS && table->n_entries < table->n_slots / 16) {
		record_table_deinit(table);
		return;
	}
	table->n_entries = 0;
	if (table->n_slots)
		memset(table->slots, 0, table->n_slots * sizeof(*table->slots));
}

void record_table_deinit(struct record_table *table)
{
	free(table->entries);
	free(table->slots);
	*table = (struct record_table){0};
}

static int compare_words(uint64_t a, uint64_t b)
{
	uint64_t x = htobe64(a), y = htobe64(b);

	return x < y ? -1 : x > y;
}

int record_key_compare(struct record_key a, struct record_key b)
{
	if (a.site_id != b.site_id)
		return a.site_id < b.site_id ? -1 : 1;
	int order = compare_words(a.digest.word[0], b.digest.word[0]);
	return order != 0 ? order : compare_words(a.digest.word[1], b.digest.word[1]);
}
