/*
 * policy_apply: a text becomes the policy in force, or is refused whole and the old one stays.
 *
 * The loop parses and finds every fault; the committer compares with what is in force by then,
 * gives out bits, and stores the text. What changed against the policy before is worked out while
 * both are at hand, and kept encoded for the reply.
 */
#include "daemon/op/policy_apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/op/subject.h"
#include "daemon/op/write.h"
#include "daemon/policy/diff.h"

enum {
	LINT_BYTES = 128 * 1024,
	ROOM_BYTES = LINT_BYTES + 5 * PROTO_LIMIT_SERVICES * (PROTO_LIMIT_NAME_BYTES + 2),
};

static const char API[] = "api";

struct apply_write {
	struct op_write write; /* first member */
	struct policy *policy; /* the site's once it is applied and committed */
	struct faults faults;  /* of the text */
	struct op_actor actor;
	policy_apply_done_fn *done_fn; /* of a file */
	void *done_ctx;

	char site[PROTO_LIMIT_SITE_BYTES + 1];

	/* Set by the committer. */
	bool applied; /* as a new revision */
	uint32_t policy_revision;
	uint8_t *room;
	struct proto_policy_apply_result result; /* its lists; they lie in `room` */
};

static struct proto_list list_names(
        struct proto_writer *writer, const struct span *names, uint32_t n)
{
	size_t start = writer->n_bytes;

	for (uint32_t i = 0; i < n; i++)
		proto_writer_text(writer, names[i]);
	return (struct proto_list){{writer->data + start, writer->n_bytes - start}, n};
}

/* Appends the warnings, as many as there is room for; returns how many. */
static uint32_t write_lint(struct proto_writer *writer, const struct faults *faults)
{
	uint32_t n = 0;

	for (size_t i = 0; i < faults->n_items && n < PROTO_LIMIT_PAGE / 2; i++) {
		char text[1000];
		int n_bytes = snprintf(text, sizeof(text), "%u:%u: %s", faults->items[i].line,
		        faults->items[i].column, faults->items[i].message);

		if (writer->n_bytes + sizeof(text) > LINT_BYTES)
			break;
		if (n_bytes >= (int)sizeof(text))
			n_bytes = sizeof(text) - 1;
		proto_writer_text(writer, span_bytes(text, (size_t)n_bytes));
		n++;
	}
	return n;
}

/* Works out what the policy changes against the one in force (NULL: none). */
static int compare(struct apply_write *w, const struct policy *before)
{
	struct faults warnings = {.file = w->faults.file};
	struct policy_diff diff;

	if (!w->room)
		w->room = malloc(ROOM_BYTES);
	if (!w->room)
		return -ENOMEM;
	int rc = policy_diff_make(before, w->policy, &warnings, &diff);
	if (rc == 0) {
		struct proto_writer writer = proto_writer_of(w->room, ROOM_BYTES);
		uint32_t n_lint = write_lint(&writer, &w->faults);

		n_lint += write_lint(&writer, &warnings);
		w->result.lint = proto_list_of(&writer, n_lint);
		w->result.added = list_names(&writer, diff.added, diff.n_added);
		w->result.removed = list_names(&writer, diff.removed, diff.n_removed);
		w->result.material = list_names(&writer, diff.material, diff.n_material);
		w->result.changed = list_names(&writer, diff.changed, diff.n_changed);
		w->result.asked_again = list_names(&writer, diff.asked_again, diff.n_asked_again);
		policy_diff_deinit(&diff);
	}
	faults_deinit(&warnings);
	return rc;
}

/*
 * A site that a file speaks for is changed by files only. Another file may take it over, because a
 * file is renamed, and a link led elsewhere; one load never names a site twice.
 */
static int check_source(struct apply_write *w, const struct site *site)
{
	if (!site || !site->file || w->done_fn)
		return 0;
	return op_refuse(&w->write, PROTO_ERROR_CONFLICT,
	        "the policy of %.*s comes from %s; change that file and reload the daemon",
	        SPAN_ARG(site->name), site->file);
}

static bool same_text(const struct policy *a, const struct policy *b)
{
	return a && memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

static int apply(struct commit_request *request, struct group *group)
{
	struct apply_write *w = (struct apply_write *)request;
	struct site *site = sites_find(group_sites(group), w->policy->site);
	const struct policy *before = site ? site_policy(site) : NULL;
	enum group_policy_owner owner = w->done_fn ? GROUP_POLICY_FILE : GROUP_POLICY_API;
	bool policy_full;

	w->applied = false;
	if (group_changes_policy(group, w->policy->site))
		return GROUP_E_LATER; /* what it is compared with is not in force yet */
	int rc = check_source(w, site);
	if (rc == 0)
		rc = compare(w, before);
	if (rc != 0)
		return rc;
	if (same_text(before, w->policy)) {
		w->policy_revision = before->policy_revision;
		return w->done_fn ? site_set_file(site, w->policy->source) : 0;
	}
	rc = group_apply_policy(group, w->policy, span_of(w->actor.text), owner, &policy_full);
	if (rc == GROUP_E_REFUSED)
		return op_refuse(&w->write, PROTO_ERROR_POLICY_FULL,
		        "all %d service bits of the site are or were in use, or there are %d sites",
		        PROTO_LIMIT_BITS, PROTO_LIMIT_SITES);
	if (rc == 0) {
		w->applied = true;
		w->policy_revision = w->policy->policy_revision;
	}
	return rc;
}

static void encode(struct op_write *write, struct proto_writer *writer)
{
	struct apply_write *w = (struct apply_write *)write;

	w->result.site = span_of(w->site);
	w->result.policy_revision = w->policy_revision;
	proto_encode(writer, &proto_policy_apply_result, &w->result);
}

static void free_apply(struct op_write *write)
{
	struct apply_write *w = (struct apply_write *)write;

	if (!w->applied || w->write.request.error != PROTO_ERROR_NONE)
		policy_free(w->policy);
	faults_deinit(&w->faults);
	free(w->room);
	free(w);
}

/* All faults in one message, as many as fit; the last line says how many are left out. */
static void format_faults(const struct faults *faults, char *ret, size_t capacity)
{
	size_t n_bytes = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < faults->n_items; i++) {
		char line[1024];

		if (faults->items[i].warning)
			continue;
		fault_format(faults, i, line, sizeof(line));
		if (n_bytes + strlen(line) + 40 > capacity) {
			snprintf(ret + n_bytes, capacity - n_bytes, "\n(%zu errors in all)",
			        faults->n_errors);
			return;
		}
		n_bytes += (size_t)snprintf(
		        ret + n_bytes, capacity - n_bytes, "%s%s", n_bytes ? "\n" : "", line);
	}
}

/* Parses. 0; 1 and the faults in `message`; -ENOMEM. */
static int new_write(struct span yaml, struct span source, const char *file,
        char message[OP_MESSAGE_BYTES], struct apply_write **ret)
{
	struct apply_write *w = op_write_new(sizeof(*w), 0);

	if (!w)
		return -ENOMEM;
	w->faults.file = file;
	w->write.free_fn = free_apply;
	w->write.request.apply_fn = apply;
	w->write.encode_fn = encode;
	int rc = policy_parse(yaml, &w->faults, &w->policy);
	if (rc > 0)
		format_faults(&w->faults, message, OP_MESSAGE_BYTES);
	if (rc == 0)
		rc = policy_set_source(w->policy, source);
	if (rc != 0) {
		free_apply(&w->write);
		return rc;
	}
	snprintf(w->site, sizeof(w->site), "%.*s", SPAN_ARG(w->policy->site));
	*ret = w;
	return 0;
}

/* What a dry run answers: nothing is queued, nothing is written. */
static int dry_run(struct op_call *call, struct apply_write *w)
{
	struct site *site = sites_find(commit_sites(call->env->commit), w->policy->site);
	const struct policy *before = site ? site_policy(site) : NULL;
	int rc = compare(w, before);

	if (rc == 0) {
		w->policy_revision = before ? before->policy_revision : 1;
		if (before && !same_text(before, w->policy))
			w->policy_revision++;
		encode(&w->write, call->writer);
	}
	free_apply(&w->write);
	return rc == 0 ? OP_DONE : op_fail(call, PROTO_ERROR_BUSY, "no memory to compare policies");
}

int op_policy_apply(struct op_call *call)
{
	const struct proto_policy_apply_request *request = &call->request->policy_apply;
	char faults[OP_MESSAGE_BYTES];
	struct apply_write *w;
	int rc = new_write(request->yaml, span_of(API), "policy", faults, &w);

	if (rc > 0)
		return op_fail(call, PROTO_ERROR_INVALID_POLICY, "%s", faults);
	if (rc < 0)
		return op_fail(call, PROTO_ERROR_BUSY, "no memory for a policy");
	w->actor = op_actor_of(call->peer);
	return request->dry_run ? dry_run(call, w) : op_submit(call, &w->write);
}

static void file_is_applied(struct op_write *write, void *ctx)
{
	struct apply_write *w = (struct apply_write *)write;

	(void)ctx;
	w->done_fn(w->done_ctx, write->request.error, write->message);
}

int policy_apply_submit(struct op_env *env, struct span yaml, struct span source,
        policy_apply_done_fn *done_fn, void *ctx)
{
	char file[256], faults[OP_MESSAGE_BYTES];
	struct op_call call = {.env = env};
	struct apply_write *w;

	snprintf(file, sizeof(file), "%.*s", SPAN_ARG(source));
	int rc = new_write(yaml, source, file, faults, &w);
	if (rc < 0)
		return rc;
	if (rc > 0) {
		done_fn(ctx, PROTO_ERROR_INVALID_POLICY, faults);
		return 0;
	}
	snprintf(w->actor.text, sizeof(w->actor.text), "file");
	w->done_fn = done_fn;
	w->done_ctx = ctx;
	w->write.reply_fn = file_is_applied;
	w->write.request.own = true;
	if (op_submit(&call, &w->write) == OP_FAILED)
		done_fn(ctx, call.error, call.message);
	return 0;
}
