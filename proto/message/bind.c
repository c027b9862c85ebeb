/* bind: the members of its request and its result; which may be absent. */
#include "proto/message/bind.h"

static const struct proto_member bind_request_members[] = {
        PROTO_MEMBER(struct proto_bind_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_bind_request, subject, SUBJECT, REQUIRED),
        PROTO_MEMBER(struct proto_bind_request, account, ACCOUNT, NULLABLE),
        PROTO_MEMBER(struct proto_bind_request, event_id, EVENT_ID, OPTIONAL),
};

const struct proto_message proto_bind_request =
        PROTO_MESSAGE(struct proto_bind_request, bind_request_members);

static const struct proto_member bind_result_members[] = {
        PROTO_MEMBER(struct proto_bind_result, revision, REVISION, REQUIRED),
};

const struct proto_message proto_bind_result =
        PROTO_MESSAGE(struct proto_bind_result, bind_result_members);
