/*
 * status: the daemon at one glance. It asks several small questions, and shows what the peer may
 * know: whoever may not read the counters still learns that the daemon runs and what they may do.
 */
#include "client/ctl/ctl.h"
#include "client/ctl/json.h"

static int say_hello(struct ctl *ctl, json_t *status)
{
	const struct proto_hello_request request = {.client = span_of("consentctl")};
	struct proto_hello_result result;
	int code = ctl_call(ctl, PROTO_OP_HELLO, &request, &result);
	json_t *hello;

	if (code != CTL_OK)
		return code;
	hello = json_of_message(&proto_hello_result, &result);
	json_object_del(hello, "limits");
	if (json_object_update(status, hello) != 0)
		exit_without_memory();
	json_decref(hello);
	return CTL_OK;
}

/* A part that the peer may not see is left out, with a word about it. */
static int unless_forbidden(const struct ctl *ctl, enum consent_error error, const char *what)
{
	if (error == CONSENT_OK)
		return CTL_OK;
	if (error != CONSENT_ERROR_FORBIDDEN)
		return ctl_explain(ctl, error);
	exit_note("%s are not shown: this user does not hold the role for them", what);
	return CTL_OK;
}

static int count_sites(struct ctl *ctl, json_t *status)
{
	const struct proto_policy_list_request request = {0};
	struct proto_policy_list_result result;
	enum consent_error error = ctl_try(ctl, PROTO_OP_POLICY_LIST, &request, &result);

	if (error == CONSENT_OK)
		json_put(status, "sites", json_of_uint(result.sites.n_items));
	return unless_forbidden(ctl, error, "sites");
}

/* The counters that say how much there is and whether the daemon keeps up, by their names. */
static const char *const shown[] = {
        "records", "revision", "view_lag", "writes_pending", "decisions", "alarms"};

static void put_counters(json_t *status, struct proto_list counters)
{
	struct span name;
	uint64_t value;

	while (proto_list_pair_uint(&counters, &name, &value)) {
		for (size_t i = 0; i < COMMAND_COUNT(shown); i++) {
			if (span_is(name, shown[i]))
				json_put(status, shown[i], json_of_uint(value));
		}
	}
}

static int read_counters(struct ctl *ctl, json_t *status)
{
	const struct proto_stats_request request = {.site = SPAN_NONE};
	struct proto_stats_result result;
	enum consent_error error = ctl_try(ctl, PROTO_OP_STATS, &request, &result);

	if (error == CONSENT_OK)
		put_counters(status, result.counters);
	return unless_forbidden(ctl, error, "counters");
}

static int run(struct ctl *ctl, void *values)
{
	json_t *status = json_new_object();
	int code;

	(void)values;
	json_put(status, "socket", json_of_text(span_of(ctl_socket(ctl))));
	code = say_hello(ctl, status);
	if (code == CTL_OK)
		code = count_sites(ctl, status);
	if (code == CTL_OK)
		code = read_counters(ctl, status);
	if (code == CTL_OK)
		output_object(&ctl->out, NULL, json_incref(status));
	json_decref(status);
	return code;
}

const struct command cmd_status = {
        .name = "status",
        .summary = "say how the daemon is, and what you may do",
        .details = "Prints the daemon's version, the roles that you hold, the number of sites and "
                   "records,\n"
                   "the newest revision, and how far the view lags behind it. What your roles do "
                   "not let\n"
                   "you see is left out. Exits 3 when nobody answers.",
        .example = "consentctl status --format json",
        .run_fn = run,
};
