/* policy_render: the members of its request and its result; which may be absent. */
#include "proto/message/policy_render.h"

static const struct proto_member policy_render_request_members[] = {
        PROTO_MEMBER(struct proto_policy_render_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_policy_render_request, policy_revision, POLICY_WANTED, OPTIONAL),
        PROTO_MEMBER(struct proto_policy_render_request, format, FORMAT, OPTIONAL),
        PROTO_MEMBER(struct proto_policy_render_request, language, LANGUAGE, OPTIONAL),
};

const struct proto_message proto_policy_render_request =
        PROTO_MESSAGE(struct proto_policy_render_request, policy_render_request_members);

static const struct proto_member policy_render_result_members[] = {
        PROTO_MEMBER(struct proto_policy_render_result, page, PAGE, REQUIRED),
        PROTO_MEMBER(struct proto_policy_render_result, policy_revision, POLICY_REVISION, REQUIRED),
};

const struct proto_message proto_policy_render_result =
        PROTO_MESSAGE(struct proto_policy_render_result, policy_render_result_members);
