/*
 * stats: the daemon's counters, what was denied, and which undeclared cookies were asked for. For
 * tables and CSV the three lists of the answer become one: what, where, which, how often.
 */
#include "client/ctl/ctl.h"
#include "client/ctl/json.h"
#include "client/ctl/positionals.h"

static const struct command_positional positionals[] = {
        {.name = "SITE",
                .help = "only this site",
                .offset = offsetof(struct proto_stats_request, site),
                .optional = true,
                .completion = COMMAND_COMPLETE_SITE,
                .limits = &proto_fields[PROTO_FIELD_SITE]},
};

static void add_row(
        struct ctl *ctl, const char *kind, struct span site, struct span name, uint64_t count)
{
	json_t *row = json_new_object();

	json_put(row, "kind", json_of_text(span_of(kind)));
	if (span_present(site))
		json_put(row, "site", json_of_text(site));
	json_put(row, "name", json_of_text(name));
	json_put(row, "count", json_of_uint(count));
	output_row(&ctl->out, row);
}

static void add_rows(struct ctl *ctl, struct proto_stats_result *result)
{
	struct proto_denied_row denied;
	struct proto_undeclared_row undeclared;
	struct span name;
	uint64_t count;

	while (proto_list_pair_uint(&result->counters, &name, &count))
		add_row(ctl, "counter", SPAN_NONE, name, count);
	while (proto_list_message(&result->denied, &proto_denied_row, &denied))
		add_row(ctl, "denied", denied.site, denied.reason, denied.count);
	while (proto_list_message(&result->undeclared, &proto_undeclared_row, &undeclared))
		add_row(ctl, "undeclared", undeclared.site, undeclared.name, undeclared.count);
}

static int run(struct ctl *ctl, void *values)
{
	struct proto_stats_result result;
	int code = ctl_call(ctl, PROTO_OP_STATS, values, &result);

	if (code != CTL_OK)
		return code;
	if (ctl->out.format == OUTPUT_JSON) {
		output_message(&ctl->out, &proto_stats_result, &result);
		return CTL_OK;
	}
	output_begin(&ctl->out, "stats");
	output_column(&ctl->out, "kind");
	output_column(&ctl->out, "site");
	output_column(&ctl->out, "name");
	output_column(&ctl->out, "count");
	add_rows(ctl, &result);
	output_end(&ctl->out, NULL);
	return CTL_OK;
}

const struct command cmd_stats = {
        .name = "stats",
        .summary = "print the daemon's counters",
        .details = "Prints the counters of the daemon since its start, how often checks were "
                   "denied and\n"
                   "why, and the commonest cookies that no policy declares (digits in their names "
                   "are\n"
                   "replaced by #).",
        .example = "consentctl stats www.example.org --format csv",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .n_values_bytes = sizeof(struct proto_stats_request),
        .run_fn = run,
};
