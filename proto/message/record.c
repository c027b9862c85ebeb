/* record: the members of its request and its result; which may be absent. */
#include "proto/message/record.h"

static const struct proto_member record_request_members[] = {
        PROTO_MEMBER(struct proto_record_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_record_request, subject, SUBJECT, REQUIRED),
        PROTO_MEMBER(struct proto_record_request, choices, CHOICES, REQUIRED),
        PROTO_MEMBER(struct proto_record_request, policy_revision, POLICY_SHOWN, OPTIONAL),
        PROTO_MEMBER(struct proto_record_request, method, METHOD, OPTIONAL),
        PROTO_MEMBER(struct proto_record_request, surface, SURFACE, OPTIONAL),
        PROTO_MEMBER(struct proto_record_request, language, LANGUAGE, OPTIONAL),
        PROTO_MEMBER(struct proto_record_request, event_id, EVENT_ID, OPTIONAL),
        PROTO_MEMBER(struct proto_record_request, attributes, ATTRIBUTES, OPTIONAL),
};

const struct proto_message proto_record_request =
        PROTO_MESSAGE(struct proto_record_request, record_request_members);

static const struct proto_member record_result_members[] = {
        PROTO_MEMBER(struct proto_record_result, revision, REVISION, REQUIRED),
        PROTO_MEMBER(struct proto_record_result, event, EVENT, REQUIRED),
        PROTO_MEMBER_OF(struct proto_record_result, record, RECORD, REQUIRED, &proto_record),
};

const struct proto_message proto_record_result =
        PROTO_MESSAGE(struct proto_record_result, record_result_members);
