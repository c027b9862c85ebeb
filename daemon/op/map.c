/*
 * map: the decision map, and what it takes to look decisions up in it without asking.
 *
 * The descriptor is of the table as it is now; where that is replaced its header says so, and the
 * worker asks again. A site's key lets its holder find a subject's line, and so test whether a
 * subject has one: only whoever may ask about all sites gets any.
 */
#include "daemon/base/clock.h"
#include "daemon/op/op.h"

/* The committer may add sites meanwhile: count and walk begin at the same one. */
struct listing {
	struct sites *sites;
	struct site *first;
	uint32_t n_left;
};

static void write_sites(void *ctx, const struct proto_member *member, struct proto_writer *writer)
{
	struct listing *listing = ctx;
	struct site *site = listing->first;

	(void)member;
	for (; listing->n_left > 0; listing->n_left--, site = sites_next(listing->sites, site)) {
		struct proto_map_site row = {
		        .site = site->name,
		        .key = span_bytes(site->key.bytes, sizeof(site->key.bytes)),
		};

		proto_encode(writer, &proto_map_site, &row);
	}
}

int op_map(struct op_call *call)
{
	struct commit *commit = call->env->commit;
	struct proto_map map = commit_map(commit);
	/* Before the sites: a site that is missing below is of a later generation. */
	uint64_t generation = atomic_load(&map.header->policy_generation);
	struct sites *sites = commit_sites(commit);
	struct listing listing = {.sites = sites, .first = sites_next(sites, NULL)};

	for (struct site *site = listing.first; site; site = sites_next(sites, site))
		listing.n_left++;
	struct proto_map_result result = {
	        .instance = map.header->instance,
	        .layout = map.header->layout,
	        .lines = map.capacity,
	        .policy_generation = generation,
	        .clock_ns = clock_monotonic_ns(),
	        .sites = proto_list_later(listing.n_left),
	};

	proto_encode_items(call->writer, &proto_map_result, &result, write_sites, &listing);
	call->fd = commit_map_fd(commit);
	return OP_DONE;
}
