/*
 * The decision map in this process: mapped once, whatever the number of handles.
 *
 * Any thread. A handle holds a mapping from client_mapping_get() or _add() to client_mapping_put(),
 * and reads it without locks meanwhile. After a fork the child has none of its parent's mappings:
 * it must forget them without a put, and never touch their memory.
 */
#ifndef CLIENT_SRC_MAPPING_H
#define CLIENT_SRC_MAPPING_H

#include <sys/socket.h>
#include <sys/un.h>

#include "proto/map.h"
#include "proto/messages.h"

/* A site that the daemon knew when the map was passed. */
struct client_mapping_site {
	struct span name;
	struct proto_site_key key;
};

struct client_mapping {
	struct proto_map map;
	uint64_t instance;
	_Atomic uint64_t generation; /* of policies, no later than that of the sites */
	struct client_mapping_site *sites;
	uint32_t n_sites;

	/* For mapping.c. */
	struct sockaddr_un address;
	size_t n_bytes;
	ino_t inode; /* of the file */
	uint32_t n_refs;
	struct client_mapping *next;
};

/*
 * Whether decisions may be looked up at the moment `now_ns` of CLOCK_MONOTONIC, which was read before:
 * the daemon is alive, as far as can be known, and has no newer map.
 */
static inline bool client_mapping_valid(const struct client_mapping *mapping, uint64_t now_ns)
{
	const struct proto_map_header *header = mapping->map.header;

	return atomic_load_explicit(&header->state, memory_order_acquire) == PROTO_MAP_ALIVE &&
	       now_ns < atomic_load_explicit(&header->lease_until_ns, memory_order_acquire);
}

/* CLOCK_MONOTONIC, in nanoseconds. */
uint64_t client_now_ns(void);

/* A valid mapping of the daemon at that address that another handle has; NULL: there is none. */
struct client_mapping *client_mapping_get(const struct sockaddr_un *address);

/*
 * Maps what `map` passed, and closes the descriptor. NULL where it is not what it should be: another
 * layout, a clock that is not the daemon's, a file that could change under us; or without memory.
 */
struct client_mapping *client_mapping_add(
        const struct sockaddr_un *address, int fd, const struct proto_map_result *result);

/* Gives a mapping back; the last handle's unmaps it. NULL is legal; returns NULL. */
struct client_mapping *client_mapping_put(struct client_mapping *mapping);

/* The key of a site, in upper or lower case; NULL: the daemon did not know it then. */
const struct proto_site_key *client_mapping_key(
        const struct client_mapping *mapping, struct span site);

#endif
