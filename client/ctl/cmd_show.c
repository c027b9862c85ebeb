/* show: the record of a subject, as it stands. */
#include "client/ctl/ctl.h"
#include "client/ctl/json.h"
#include "client/ctl/positionals.h"

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct proto_show_request, site),
        POSITIONAL_SUBJECT(struct proto_show_request, subject),
};

/* The record is printed itself, without the message around it. */
static int run(struct ctl *ctl, void *values)
{
	struct proto_show_result result;
	struct proto_record record;
	struct proto_fault fault;
	int code = ctl_call(ctl, PROTO_OP_SHOW, values, &result);

	if (code != CTL_OK)
		return code;
	if (proto_decode_result(&proto_record, result.record, &record, &fault) != 0)
		return exit_fail(CTL_PARTLY, "the daemon's record is not understood");
	output_message(&ctl->out, &proto_record, &record);
	return CTL_OK;
}

const struct command cmd_show = {
        .name = "show",
        .summary = "show the record of a visitor",
        .details = "Shows what a visitor has chosen on a site, until when it holds, and when and "
                   "how it\n"
                   "came about. A session that is bound shows its account's record. Exits 1 where "
                   "there\n"
                   "is no record.",
        .example = "consentctl show www.example.org 5f2c --format json",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .n_values_bytes = sizeof(struct proto_show_request),
        .run_fn = run,
};
