/* grants: the members of its request and its result; which may be absent. */
#include "proto/message/grants.h"

static const struct proto_member grants_request_members[] = {
        PROTO_MEMBER(struct proto_grants_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_grants_request, subject, SUBJECT, OPTIONAL),
};

const struct proto_message proto_grants_request =
        PROTO_MESSAGE(struct proto_grants_request, grants_request_members);

static const struct proto_member grants_result_members[] = {
        PROTO_MEMBER(struct proto_grants_result, decided, DECIDED, REQUIRED),
        PROTO_MEMBER(struct proto_grants_result, given, GIVEN, REQUIRED),
        PROTO_MEMBER(struct proto_grants_result, given_until, GIVEN_UNTIL, REQUIRED),
        PROTO_MEMBER(struct proto_grants_result, refused_until, REFUSED_UNTIL, REQUIRED),
        PROTO_MEMBER(struct proto_grants_result, floor, FLOOR, REQUIRED),
        PROTO_MEMBER(struct proto_grants_result, revision, REVISION, REQUIRED),
        PROTO_MEMBER(struct proto_grants_result, policy_revision, POLICY_REVISION, REQUIRED),
};

const struct proto_message proto_grants_result =
        PROTO_MESSAGE(struct proto_grants_result, grants_result_members);
