/*
 * policy_render: the public page of a policy. The page is made in memory of its own and copied
 * once; a page longer than a message is `too_large` when the reply is sent.
 */
#include "daemon/op/revision.h"

#include "daemon/policy/render.h"

int op_policy_render(struct op_call *call)
{
	const struct proto_policy_render_request *request = &call->request->policy_render;
	enum policy_format format = POLICY_FORMAT_HTML;
	struct buffer page = {0};
	const struct policy *policy;

	if (span_present(request->format) && !policy_format_find(request->format, &format))
		return op_fail(call, PROTO_ERROR_INVALID_VALUE,
		        "`format` is none of `html`, `markdown` and `text`");
	int rc = op_revision(call, request->site, request->policy_revision, &policy);
	if (rc != OP_DONE)
		return rc;
	rc = policy_render(policy, format, request->language, &page);
	if (rc == 0) {
		struct proto_policy_render_result result = {
		        .page = buffer_span(&page), .policy_revision = policy->policy_revision};

		proto_encode(call->writer, &proto_policy_render_result, &result);
	}
	buffer_deinit(&page);
	return rc == 0 ? OP_DONE : op_fail(call, PROTO_ERROR_BUSY, "no memory for the page");
}
