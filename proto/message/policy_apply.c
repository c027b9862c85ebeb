/* policy_apply: the members of its request and its result; which may be absent. */
#include "proto/message/policy_apply.h"

static const struct proto_member policy_apply_request_members[] = {
        PROTO_MEMBER(struct proto_policy_apply_request, yaml, YAML, REQUIRED),
        PROTO_MEMBER(struct proto_policy_apply_request, dry_run, DRY_RUN, OPTIONAL),
};

const struct proto_message proto_policy_apply_request =
        PROTO_MESSAGE(struct proto_policy_apply_request, policy_apply_request_members);

static const struct proto_member policy_apply_result_members[] = {
        PROTO_MEMBER(struct proto_policy_apply_result, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_policy_apply_result, policy_revision, POLICY_REVISION, REQUIRED),
        PROTO_MEMBER(struct proto_policy_apply_result, lint, LINT, REQUIRED),
        PROTO_MEMBER(struct proto_policy_apply_result, added, ADDED, REQUIRED),
        PROTO_MEMBER(struct proto_policy_apply_result, removed, REMOVED, REQUIRED),
        PROTO_MEMBER(struct proto_policy_apply_result, material, MATERIAL, REQUIRED),
        PROTO_MEMBER(struct proto_policy_apply_result, changed, CHANGED, REQUIRED),
        PROTO_MEMBER(struct proto_policy_apply_result, asked_again, ASKED_AGAIN, REQUIRED),
};

const struct proto_message proto_policy_apply_result =
        PROTO_MESSAGE(struct proto_policy_apply_result, policy_apply_result_members);
