/* policy_list: the members of its request and its result; which may be absent. */
#include "proto/message/policy_list.h"

const struct proto_message proto_policy_list_request = {
        "struct proto_policy_list_request", NULL, 0, sizeof(struct proto_policy_list_request)};

static const struct proto_member policy_summary_members[] = {
        PROTO_MEMBER(struct proto_policy_summary, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_policy_summary, policy_revision, POLICY_REVISION, REQUIRED),
        PROTO_MEMBER(struct proto_policy_summary, applied_at, APPLIED_AT, REQUIRED),
        PROTO_MEMBER(struct proto_policy_summary, services, N_SERVICES, REQUIRED),
        PROTO_MEMBER(struct proto_policy_summary, cookies, N_COOKIES, REQUIRED),
        PROTO_MEMBER(struct proto_policy_summary, source, SOURCE, REQUIRED),
};

const struct proto_message proto_policy_summary =
        PROTO_MESSAGE(struct proto_policy_summary, policy_summary_members);

static const struct proto_member policy_list_result_members[] = {
        PROTO_MEMBER_OF(
                struct proto_policy_list_result, sites, SITES, REQUIRED, &proto_policy_summary),
};

const struct proto_message proto_policy_list_result =
        PROTO_MESSAGE(struct proto_policy_list_result, policy_list_result_members);
