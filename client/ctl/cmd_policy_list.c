/* policy list: the sites of the daemon, and the policy in force of each. */
#include "client/ctl/ctl.h"

static int run(struct ctl *ctl, void *values)
{
	const struct proto_policy_list_request request = {0};
	struct proto_policy_list_result result;
	int code = ctl_call(ctl, PROTO_OP_POLICY_LIST, &request, &result);

	(void)values;
	if (code != CTL_OK)
		return code;
	output_begin(&ctl->out, "sites");
	output_columns_of(&ctl->out, &proto_policy_summary);
	output_rows_of(&ctl->out, &proto_policy_summary, result.sites);
	output_end(&ctl->out, NULL);
	return CTL_OK;
}

const struct command cmd_policy_list = {
        .name = "policy list",
        .summary = "list the sites and their policies in force",
        .details = "Lists every site that the daemon has a policy for, with the revision in force, "
                   "when\n"
                   "it was applied, how much it declares, and whether it came over the socket "
                   "(`api`) or\n"
                   "from a file.",
        .example = "consentctl policy list --format csv",
        .run_fn = run,
};
