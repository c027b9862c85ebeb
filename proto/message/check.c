/* check: the members of its request and its result; which may be absent. */
#include "proto/message/check.h"

static const struct proto_member check_request_members[] = {
        PROTO_MEMBER(struct proto_check_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_check_request, subject, SUBJECT, OPTIONAL),
        PROTO_MEMBER(struct proto_check_request, cookies, COOKIES, REQUIRED),
        PROTO_MEMBER(struct proto_check_request, domain, DOMAIN, OPTIONAL),
        PROTO_MEMBER(struct proto_check_request, gpc, GPC, OPTIONAL),
        PROTO_MEMBER(struct proto_check_request, revision, REVISION_DEMANDED, OPTIONAL),
};

const struct proto_message proto_check_request =
        PROTO_MESSAGE(struct proto_check_request, check_request_members);

static const struct proto_member decision_members[] = {
        PROTO_MEMBER(struct proto_decision, allowed, ALLOWED, REQUIRED),
        PROTO_MEMBER(struct proto_decision, reason, REASON, REQUIRED),
        PROTO_MEMBER(struct proto_decision, service, SERVICE, OPTIONAL),
        PROTO_MEMBER(struct proto_decision, max_age, MAX_AGE, OPTIONAL),
};

const struct proto_message proto_decision = PROTO_MESSAGE(struct proto_decision, decision_members);

static const struct proto_member check_result_members[] = {
        PROTO_MEMBER_OF(struct proto_check_result, decisions, DECISIONS, REQUIRED, &proto_decision),
        PROTO_MEMBER(struct proto_check_result, revision, REVISION, REQUIRED),
        PROTO_MEMBER(struct proto_check_result, policy_revision, POLICY_REVISION, OPTIONAL),
        PROTO_MEMBER(struct proto_check_result, ask, ASK, REQUIRED),
};

const struct proto_message proto_check_result =
        PROTO_MESSAGE(struct proto_check_result, check_result_members);
