/*
 * From the names in a question to a policy and a line.
 *
 * The line answers nearly always, with one probe and no call into the storage. Only where it is in
 * doubt is the record read, and only where that fails, too, is everything refused. Nothing on this
 * path may turn "cannot tell" into "no record": that would be a yes for whatever is allowed by
 * default.
 */
#include "daemon/op/lookup.h"

#include <errno.h>

#include "daemon/base/log.h"
#include "daemon/op/counters.h"

static bool has_upper(struct span name)
{
	for (size_t i = 0; i < name.n_bytes; i++)
		if (name.data[i] >= 'A' && name.data[i] <= 'Z')
			return true;
	return false;
}

static struct site *find_lower(struct sites *sites, struct span name)
{
	uint8_t lower[PROTO_LIMIT_SITE_BYTES];

	if (!has_upper(name))
		return sites_find(sites, name);
	if (name.n_bytes > sizeof(lower))
		return NULL;
	for (size_t i = 0; i < name.n_bytes; i++) {
		uint8_t c = name.data[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
	}
	return sites_find(sites, span_bytes(lower, name.n_bytes));
}

struct site *op_lookup_site(struct op_env *env, struct span name, const struct policy **ret_policy)
{
	struct site *site = env->last_site;
	const struct policy *policy;

	if (!site || !span_equal(site->name, name))
		site = find_lower(commit_sites(env->commit), name);
	policy = site ? site_policy(site) : NULL;
	if (!policy)
		return NULL;
	env->last_site = site;
	*ret_policy = policy;
	return site;
}

enum { LINK_TRIES = 16 };

/* Whether nothing was written to the session since its link was read. */
static bool link_stands(struct op_env *env, struct record_key key, const struct record *link)
{
	struct record now;

	return commit_read_record(env->commit, key, &now) == 0 && now.revision == link->revision;
}

/*
 * 0, VIEW_E_NOT_FOUND, -errno. As in proto/map.c: an account's record counts only when the link
 * still stands behind it. A chain of links is -EBADMSG: no write makes one.
 */
static int read_state(struct op_env *env, struct record_key key, struct proto_state *ret)
{
	for (unsigned int tries = 0; tries < LINK_TRIES; tries++) {
		struct record link, account;
		int rc = commit_read_record(env->commit, key, &link);

		if (rc != 0 || !link.linked) {
			if (rc == 0)
				*ret = link.state;
			return rc;
		}
		rc = commit_read_record(
		        env->commit, (struct record_key){key.site_id, link.account}, &account);
		if (!link_stands(env, key, &link))
			continue;
		if (rc == 0 && account.linked)
			return -EBADMSG;
		if (rc == 0)
			*ret = account.state;
		return rc;
	}
	return -EAGAIN;
}

static void raise_alarm(struct op_env *env, int rc)
{
	uint64_t n = op_counters_alarm(env->counters);

	if ((n & (n - 1)) == 0)
		log_error("store: a record could not be read (%s); its subject is answered as if "
		          "it had refused everything; %llu such answers so far",
		        rc == -EBADMSG ? "bad tag" : strerror(rc < 0 ? -rc : EIO),
		        (unsigned long long)n);
}

struct op_lookup op_lookup_begin(struct op_env *env, struct span site, struct span subject)
{
	struct op_lookup lookup;

	lookup.revision = commit_revision(env->commit);
	lookup.site = op_lookup_site(env, site, &lookup.policy);
	if (!lookup.site)
		return lookup;
	lookup.has_subject = span_present(subject);
	if (!lookup.has_subject)
		return lookup;
	lookup.key =
	        (struct record_key){lookup.site->id, proto_digest_of(&lookup.site->key, subject)};
	lookup.map = commit_map(env->commit);
	proto_map_prefetch(&lookup.map, lookup.key.digest);
	return lookup;
}

bool op_lookup_state(struct op_env *env, const struct op_lookup *lookup, struct proto_state *ret)
{
	static const struct proto_state refused = {.decided = {{UINT64_MAX, UINT64_MAX}}};

	if (!lookup->has_subject)
		return false;
	switch (proto_map_find(&lookup->map, lookup->key.digest, ret)) {
	case PROTO_MAP_FOUND:
		return true;
	case PROTO_MAP_ABSENT:
		return false;
	case PROTO_MAP_DOUBT:
		break;
	}
	int rc = read_state(env, lookup->key, ret);
	if (rc == VIEW_E_NOT_FOUND)
		return false;
	if (rc != 0) {
		raise_alarm(env, rc);
		*ret = refused;
	}
	return true;
}

bool op_lookup_stands(struct op_lookup *lookup)
{
	const struct policy *policy = site_policy(lookup->site);

	if (policy == lookup->policy)
		return true;
	lookup->policy = policy;
	return false;
}
