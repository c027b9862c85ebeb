/*
 * stats: counters of the daemon, and what was denied and undeclared, by site.
 *
 * The whole answer is bounded by a page of rows for each list, sites in the order of the table; who
 * has more sites than fit asks for one by its name.
 */
#include "daemon/op/counters.h"
#include "daemon/op/subject.h"

struct stats {
	struct op_call *call;
	struct site *only; /* NULL: all sites */
	uint32_t n_counters, n_denied, n_undeclared;
	struct proto_writer *writer; /* NULL: counting */
	uint32_t n_rows;             /* of the list that is being written or counted */
};

static void take_counter(void *ctx, const char *name, uint64_t value)
{
	struct stats *stats = ctx;

	stats->n_rows++;
	if (!stats->writer)
		return;
	proto_writer_text(stats->writer, span_of(name));
	proto_writer_uint(stats->writer, value);
}

static void take_counters(struct stats *stats)
{
	op_counters_each(stats->call->env->counters, take_counter, stats);
	commit_each_counter(stats->call->env->commit, take_counter, stats);
}

static bool take_row(struct stats *stats)
{
	if (stats->n_rows == PROTO_LIMIT_PAGE)
		return false;
	stats->n_rows++;
	return stats->writer != NULL;
}

static void take_denied(struct stats *stats, const struct site *site)
{
	for (int i = PROTO_REASON_UNKNOWN_SITE; i < (int)OP_N_REASONS; i++) {
		struct proto_denied_row row = {.site = site->name,
		        .reason = span_of(proto_reason_name((enum proto_reason)i)),
		        .count = op_counters_denied(
		                stats->call->env->counters, site->id, (enum proto_reason)i)};

		if (row.count != 0 && take_row(stats))
			proto_encode(stats->writer, &proto_denied_row, &row);
	}
}

static void take_undeclared(struct stats *stats, const struct site *site)
{
	struct op_undeclared names[PROTO_LIMIT_UNDECLARED_NAMES];
	size_t n = op_counters_undeclared(stats->call->env->counters, site->id, names);

	for (size_t i = 0; i < n; i++) {
		struct proto_undeclared_row row = {.site = site->name,
		        .name = span_bytes(names[i].name, names[i].n_bytes),
		        .count = names[i].count};

		if (take_row(stats))
			proto_encode(stats->writer, &proto_undeclared_row, &row);
	}
}

typedef void take_site_fn(struct stats *stats, const struct site *site);

/* Counts a list's rows (`writer` NULL) or writes them; nothing is counted in between. */
static uint32_t take_sites(struct stats *stats, struct proto_writer *writer, take_site_fn *take_fn)
{
	struct sites *sites = commit_sites(stats->call->env->commit);

	stats->writer = writer;
	stats->n_rows = 0;
	if (stats->only) {
		take_fn(stats, stats->only);
		return stats->n_rows;
	}
	for (struct site *site = NULL; (site = sites_next(sites, site));)
		take_fn(stats, site);
	return stats->n_rows;
}

static void write_list(void *ctx, const struct proto_member *member, struct proto_writer *writer)
{
	struct stats *stats = ctx;

	if (member->field == PROTO_FIELD_COUNTERS) {
		stats->writer = writer;
		take_counters(stats);
	} else if (member->field == PROTO_FIELD_DENIED) {
		take_sites(stats, writer, take_denied);
	} else {
		take_sites(stats, writer, take_undeclared);
	}
}

int op_stats(struct op_call *call)
{
	const struct proto_stats_request *request = &call->request->stats;
	struct stats stats = {.call = call};
	struct proto_stats_result result = {0};
	const struct policy *policy;

	if (span_present(request->site)) {
		stats.only = op_site(call, request->site, &policy);
		if (!stats.only)
			return OP_FAILED;
	}
	take_counters(&stats);
	result.counters = proto_list_later(stats.n_rows);
	result.denied = proto_list_later(take_sites(&stats, NULL, take_denied));
	result.undeclared = proto_list_later(take_sites(&stats, NULL, take_undeclared));
	proto_encode_items(call->writer, &proto_stats_result, &result, write_list, &stats);
	return OP_DONE;
}
