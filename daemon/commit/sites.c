/*
 * Two fixed tables of pointers, by name and by id: as many as there may be sites, so that nothing
 * moves and no reader can meet a table that is being grown. A site is inserted with one release
 * store, fully made; readers see it or do not.
 */
#include "daemon/commit/sites.h"

#include <errno.h>
#include <stdlib.h>

enum { N_SLOTS = 4 * PROTO_LIMIT_SITES };

_Static_assert((N_SLOTS & (N_SLOTS - 1)) == 0, "a power of two");

struct sites {
	uint8_t digest_key[PROTO_DIGEST_KEY_BYTES];
	_Atomic(struct site *) by_name[N_SLOTS];
	_Atomic(struct site *) by_id[PROTO_LIMIT_SITES + 1]; /* ids count from 1 */
	_Atomic(struct site *) newest;                       /* head of the list that next makes */
	_Atomic size_t n_sites;
};

static size_t slot_of(struct span name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name.n_bytes; i++)
		hash = (hash ^ name.data[i]) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32) & (N_SLOTS - 1);
}

struct sites *sites_new(const uint8_t *digest_key)
{
	struct sites *sites = calloc(1, sizeof(*sites));

	if (sites)
		memcpy(sites->digest_key, digest_key, PROTO_DIGEST_KEY_BYTES);
	return sites;
}

struct sites *sites_free(struct sites *sites)
{
	if (!sites)
		return NULL;
	struct site *next;
	for (struct site *site = atomic_load(&sites->newest); site; site = next) {
		next = site->next;
		site_free(site);
	}
	explicit_bzero(sites->digest_key, sizeof(sites->digest_key));
	free(sites);
	return NULL;
}

struct site *site_new(const struct sites *sites, uint32_t id, struct span name)
{
	struct site *site = calloc(1, sizeof(*site) + name.n_bytes);

	if (!site)
		return NULL;
	uint8_t *copy = (uint8_t *)(site + 1);
	memcpy(copy, name.data, name.n_bytes);
	site->id = id;
	site->name = span_bytes(copy, name.n_bytes);
	proto_site_key_derive(sites->digest_key, site->name, &site->key);
	return site;
}

struct site *site_free(struct site *site)
{
	if (site) {
		policy_free(atomic_load(&site->policy));
		free(site->file);
		free(site);
	}
	return NULL;
}

int site_set_file(struct site *site, struct span file)
{
	char *copy = strndup((const char *)file.data, file.n_bytes);

	if (!copy)
		return -ENOMEM;
	free(site->file);
	site->file = copy;
	return 0;
}

struct site *sites_find(struct sites *sites, struct span name)
{
	struct site *site;

	for (size_t i = slot_of(name);; i = (i + 1) & (N_SLOTS - 1)) {
		site = atomic_load_explicit(&sites->by_name[i], memory_order_acquire);
		if (!site || span_equal(site->name, name))
			return site;
	}
}

struct site *sites_of_id(struct sites *sites, uint32_t id)
{
	if (id == 0 || id > PROTO_LIMIT_SITES)
		return NULL;
	return atomic_load_explicit(&sites->by_id[id], memory_order_acquire);
}

struct site *sites_next(struct sites *sites, struct site *site)
{
	return site ? site->next : atomic_load_explicit(&sites->newest, memory_order_acquire);
}

size_t sites_count(struct sites *sites)
{
	return atomic_load_explicit(&sites->n_sites, memory_order_acquire);
}

bool sites_have_room(struct sites *sites)
{
	return sites_count(sites) < PROTO_LIMIT_SITES;
}

void sites_insert(struct sites *sites, struct site *site)
{
	size_t i = slot_of(site->name);

	while (atomic_load_explicit(&sites->by_name[i], memory_order_relaxed))
		i = (i + 1) & (N_SLOTS - 1);
	site->next = atomic_load_explicit(&sites->newest, memory_order_relaxed);
	atomic_store_explicit(&sites->by_id[site->id], site, memory_order_release);
	atomic_store_explicit(&sites->by_name[i], site, memory_order_release);
	atomic_store_explicit(&sites->newest, site, memory_order_release);
	atomic_fetch_add_explicit(&sites->n_sites, 1, memory_order_release);
}
