/*
 * report: adds what a mapped client decided by itself to the counters, as if it had asked.
 *
 * The numbers are the peer's word: they count, and nothing is decided by them. All or nothing is
 * counted, so that a report that is refused may be corrected and sent again.
 */
#include "daemon/op/counters.h"
#include "daemon/op/subject.h"

static int refuse_reason(struct op_call *call, struct span name, bool allowed)
{
	return op_fail(call, PROTO_ERROR_INVALID_VALUE,
	        "report: `%s` counts by reasons that %s; \"%.*s\" is none",
	        allowed ? "allowed" : "denied", allowed ? "allow" : "deny", SPAN_ARG(name));
}

static int reasons_check(struct op_call *call, struct proto_list counts, bool allowed)
{
	enum proto_reason reason;
	struct span name;
	uint64_t n;

	while (proto_list_pair_uint(&counts, &name, &n))
		if (!proto_reason_find(name, &reason) || proto_reason_allowed(reason) != allowed)
			return refuse_reason(call, name, allowed);
	return OP_DONE;
}

static void reasons_count(struct op_counters *counters, uint32_t site_id, struct proto_list counts)
{
	enum proto_reason reason;
	struct span name;
	uint64_t n;

	while (proto_list_pair_uint(&counts, &name, &n))
		if (proto_reason_find(name, &reason))
			op_counters_decisions(counters, site_id, reason, n);
}

static void names_count(struct op_counters *counters, uint32_t site_id, struct proto_list counts)
{
	struct span name;
	uint64_t n;

	while (proto_list_pair_uint(&counts, &name, &n))
		op_counters_name(counters, site_id, name, n);
}

int op_report(struct op_call *call)
{
	const struct proto_report_request *request = &call->request->report;
	struct op_counters *counters = call->env->counters;
	struct proto_report_result result = {0};
	const struct policy *policy;
	struct site *site = op_site(call, request->site, &policy);

	if (!site || reasons_check(call, request->allowed, true) != OP_DONE ||
	        reasons_check(call, request->denied, false) != OP_DONE)
		return OP_FAILED;
	reasons_count(counters, site->id, request->allowed);
	reasons_count(counters, site->id, request->denied);
	names_count(counters, site->id, request->undeclared);
	proto_encode(call->writer, &proto_report_result, &result);
	return OP_DONE;
}
