/*
 * From the names in a request to what is stored. The subject's id goes into the digest and no
 * further.
 */
#include "daemon/op/subject.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/base/log.h"
#include "daemon/op/counters.h"
#include "daemon/op/lookup.h"

struct site *op_site(struct op_call *call, struct span name, const struct policy **ret_policy)
{
	struct site *site = op_lookup_site(call->env, name, ret_policy);

	if (!site)
		op_fail_site(call, name);
	return site;
}

int op_fail_site(struct op_call *call, struct span name)
{
	return op_fail(call, PROTO_ERROR_UNKNOWN_SITE,
	        "`site`: no policy is known for \"%.*s\"; policy_list names the sites",
	        SPAN_ARG(name));
}

struct record_key op_subject_key(const struct site *site, struct span subject)
{
	return (struct record_key){site->id, proto_digest_of(&site->key, subject)};
}

int op_fail_storage(struct op_call *call, int rc)
{
	if (rc == -EBADMSG) {
		uint64_t n = op_counters_alarm(call->env->counters);

		if ((n & (n - 1)) == 0)
			log_error("store: a stored value has a bad tag; it was not used; %llu "
			          "alarms so far",
			        (unsigned long long)n);
	} else {
		log_error("store: a read failed: %s", rc < 0 ? strerror(-rc) : "unexpected");
	}
	return op_fail(call, PROTO_ERROR_STORAGE_FAILED,
	        rc == -EBADMSG ? "what is stored is damaged and was not used"
	                       : "the storage could not be read");
}

static int read_own(struct op_call *call, struct record_key key, struct record *ret)
{
	int rc = commit_read_record(call->env->commit, key, ret);

	if (rc == 0)
		return OP_DONE;
	if (rc == VIEW_E_NOT_FOUND)
		return op_fail(
		        call, PROTO_ERROR_NOT_FOUND, "`subject`: the site has no record of it");
	return op_fail_storage(call, rc);
}

int op_subject_read(
        struct op_call *call, const struct site *site, struct span subject, struct op_subject *ret)
{
	ret->bound = false;
	ret->row.key = op_subject_key(site, subject);
	int rc = read_own(call, ret->row.key, &ret->row.record);
	if (rc != OP_DONE || !ret->row.record.linked)
		return rc;
	ret->bound = true;
	ret->row.key.digest = ret->row.record.account;
	return read_own(call, ret->row.key, &ret->row.record);
}

struct op_actor op_actor_of(const struct access_peer *peer)
{
	struct op_actor actor;

	snprintf(actor.text, sizeof(actor.text), "uid:%u", (unsigned int)peer->uid);
	return actor;
}
