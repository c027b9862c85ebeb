/*
 * A reader of memory that another process writes trusts nothing but what cannot change: the file is
 * taken only where its seals say that its size is fixed and that nobody can write through a
 * descriptor. Then its pages are there for as long as they are mapped, whatever becomes of the
 * daemon. They are unmapped when no handle of this process looks at them any more, and by nobody
 * else.
 *
 * The lock is held for a few steps in memory and for no system call, because who may not wait takes
 * it, too.
 *
 * What the handles share stands on a page that the kernel wipes in a child. So a fork at any moment,
 * even while another thread holds the lock, leaves the child with a fresh lock and an empty list; and
 * the mappings themselves are not inherited, so they cost a forked worker nothing.
 */
#include "client/src/mapping.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CLOCK_APART_NS = 100 * 1000 * 1000 };

/* All zero is a lock that nobody holds and a list without elements. */
struct shared {
	pthread_mutex_t lock;
	struct client_mapping *first;
};

static _Atomic(struct shared *) the_shared;

uint64_t client_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- what the handles share -------------------------------------------------------------------- */

/* Kept until the process ends. NULL: the kernel cannot wipe a page, or has none. */
static struct shared *shared_make(void)
{
	struct shared *none = NULL;
	size_t n_bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *page =
	        mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, n_bytes, MADV_WIPEONFORK) != 0) {
		munmap(page, n_bytes);
		return NULL;
	}
	if (atomic_compare_exchange_strong(&the_shared, &none, page))
		return page;
	munmap(page, n_bytes);
	return none;
}

static struct shared *shared_lock(void)
{
	struct shared *shared = atomic_load(&the_shared);

	if (!shared)
		shared = shared_make();
	if (shared)
		pthread_mutex_lock(&shared->lock);
	return shared;
}

static bool address_same(const struct sockaddr_un *a, const struct sockaddr_un *b)
{
	return strncmp(a->sun_path, b->sun_path, sizeof(a->sun_path)) == 0;
}

static struct client_mapping *find_valid(
        const struct shared *shared, const struct sockaddr_un *address)
{
	uint64_t now_ns = client_now_ns();

	for (struct client_mapping *m = shared->first; m; m = m->next)
		if (address_same(&m->address, address) && client_mapping_valid(m, now_ns))
			return m;
	return NULL;
}

/* What another handle made of the same answer meanwhile. */
static struct client_mapping *find_same(
        const struct shared *shared, const struct client_mapping *mapping)
{
	for (struct client_mapping *m = shared->first; m; m = m->next)
		if (m->instance == mapping->instance && m->inode == mapping->inode &&
		        m->n_sites == mapping->n_sites)
			return m;
	return NULL;
}

/* ---- one mapping ------------------------------------------------------------------------------- */

static bool sealed(int fd)
{
	const int wanted = F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & wanted) == wanted;
}

/* Maps the file where it is as large as so many lines make it. NULL: it is not, or cannot be. */
static void *file_map(int fd, uint64_t n_lines, size_t *ret_n_bytes, ino_t *ret_inode)
{
	struct stat status;
	void *memory;

	if (n_lines == 0 ||
	        n_lines > (SIZE_MAX - PROTO_MAP_HEADER_BYTES) / sizeof(struct proto_line))
		return NULL;
	*ret_n_bytes = PROTO_MAP_HEADER_BYTES + n_lines * sizeof(struct proto_line);
	if (!sealed(fd) || fstat(fd, &status) != 0 || (uint64_t)status.st_size != *ret_n_bytes)
		return NULL;
	*ret_inode = status.st_ino;
	memory = mmap(NULL, *ret_n_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return NULL;
	if (madvise(memory, *ret_n_bytes, MADV_DONTFORK) != 0) {
		munmap(memory, *ret_n_bytes);
		return NULL;
	}
	(void)madvise(memory, *ret_n_bytes, MADV_HUGEPAGE);
	return memory;
}

static bool header_understood(
        const struct proto_map_header *header, const struct proto_map_result *result)
{
	return header->magic == PROTO_MAP_MAGIC && header->layout == PROTO_MAP_LAYOUT &&
	       header->n_line_bytes == sizeof(struct proto_line) &&
	       header->instance == result->instance && header->capacity == result->lines;
}

/* The sites and their names, in the room behind the struct. False: the list is not what it says. */
static bool sites_read(struct client_mapping *mapping, struct proto_list list)
{
	uint8_t *names = (uint8_t *)(mapping->sites + list.n_items);
	struct proto_map_site site;

	while (proto_list_message(&list, &proto_map_site, &site)) {
		struct client_mapping_site *to = &mapping->sites[mapping->n_sites++];

		if (site.key.n_bytes != sizeof(to->key.bytes))
			return false;
		memcpy(to->key.bytes, site.key.data, sizeof(to->key.bytes));
		memcpy(names, site.site.data, site.site.n_bytes);
		to->name = span_bytes(names, site.site.n_bytes);
		names += site.site.n_bytes;
	}
	return list.n_items == 0;
}

static struct client_mapping *mapping_new(
        const struct sockaddr_un *address, const struct proto_map_result *result)
{
	struct client_mapping *mapping =
	        calloc(1, sizeof(*mapping) + result->sites.n_items * sizeof(*mapping->sites) +
	                          result->sites.items.n_bytes);

	if (!mapping)
		return NULL;
	mapping->address = *address;
	mapping->instance = result->instance;
	mapping->sites = (struct client_mapping_site *)(mapping + 1);
	mapping->n_refs = 1;
	if (sites_read(mapping, result->sites))
		return mapping;
	free(mapping);
	return NULL;
}

static void mapping_free(struct client_mapping *mapping)
{
	if (mapping->n_bytes > 0)
		munmap((void *)(uintptr_t)mapping->map.header, mapping->n_bytes);
	free(mapping);
}

/* A lease is a time of our clock only where it is the daemon's clock, too. */
static bool clock_same(uint64_t daemon_ns)
{
	uint64_t ours_ns = client_now_ns();

	return (ours_ns > daemon_ns ? ours_ns - daemon_ns : daemon_ns - ours_ns) <= CLOCK_APART_NS;
}

static struct client_mapping *mapping_of(
        const struct sockaddr_un *address, int fd, const struct proto_map_result *result)
{
	struct client_mapping *mapping;
	void *memory;

	if (result->layout != PROTO_MAP_LAYOUT || !clock_same(result->clock_ns))
		return NULL;
	mapping = mapping_new(address, result);
	if (!mapping)
		return NULL;
	memory = file_map(fd, result->lines, &mapping->n_bytes, &mapping->inode);
	if (!memory) {
		mapping->n_bytes = 0;
		mapping_free(mapping);
		return NULL;
	}
	mapping->map.header = memory;
	mapping->map.lines = (const struct proto_line *)(const void *)((uint8_t *)memory +
	                                                               PROTO_MAP_HEADER_BYTES);
	mapping->map.capacity = result->lines;
	mapping->generation = result->policy_generation;
	if (header_understood(mapping->map.header, result))
		return mapping;
	mapping_free(mapping);
	return NULL;
}

/* ---- from outside ------------------------------------------------------------------------------ */

struct client_mapping *client_mapping_get(const struct sockaddr_un *address)
{
	struct shared *shared = shared_lock();
	struct client_mapping *mapping;

	if (!shared)
		return NULL;
	mapping = find_valid(shared, address);
	if (mapping)
		mapping->n_refs++;
	pthread_mutex_unlock(&shared->lock);
	return mapping;
}

struct client_mapping *client_mapping_add(
        const struct sockaddr_un *address, int fd, const struct proto_map_result *result)
{
	struct client_mapping *mapping = mapping_of(address, fd, result), *same;
	struct shared *shared;

	close(fd);
	if (!mapping)
		return NULL;
	shared = shared_lock();
	if (!shared) {
		mapping_free(mapping);
		return NULL;
	}
	same = find_same(shared, mapping);
	if (same) {
		/* The sites are the same ones still: who misses one need not ask again. */
		if (same->generation < mapping->generation)
			same->generation = mapping->generation;
		same->n_refs++;
	} else {
		/* First, because of several that are valid the newest knows most sites. */
		mapping->next = shared->first;
		shared->first = mapping;
	}
	pthread_mutex_unlock(&shared->lock);
	if (!same)
		return mapping;
	mapping_free(mapping);
	return same;
}

struct client_mapping *client_mapping_put(struct client_mapping *mapping)
{
	struct shared *shared = mapping ? shared_lock() : NULL;
	struct client_mapping **at;

	if (!shared)
		return NULL;
	bool last = --mapping->n_refs == 0;
	if (last) {
		for (at = &shared->first; *at != mapping; at = &(*at)->next)
			;
		*at = mapping->next;
	}
	pthread_mutex_unlock(&shared->lock);
	if (last)
		mapping_free(mapping);
	return NULL;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

const struct proto_site_key *client_mapping_key(
        const struct client_mapping *mapping, struct span site)
{
	for (uint32_t i = 0; i < mapping->n_sites; i++) {
		struct span name = mapping->sites[i].name;
		size_t n = 0;

		if (name.n_bytes != site.n_bytes)
			continue;
		while (n < name.n_bytes && name.data[n] == lower(site.data[n]))
			n++;
		if (n == name.n_bytes)
			return &mapping->sites[i].key;
	}
	return NULL;
}
