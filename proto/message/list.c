/* list: the members of its request and its result; which may be absent. */
#include "proto/message/list.h"

static const struct proto_member list_request_members[] = {
        PROTO_MEMBER(struct proto_list_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_list_request, subject, SUBJECT, OPTIONAL),
        PROTO_MEMBER(struct proto_list_request, state, STATE, OPTIONAL),
        PROTO_MEMBER(struct proto_list_request, after, AFTER, OPTIONAL),
        PROTO_MEMBER(struct proto_list_request, limit, LIMIT, OPTIONAL),
};

const struct proto_message proto_list_request =
        PROTO_MESSAGE(struct proto_list_request, list_request_members);

static const struct proto_member list_row_members[] = {
        PROTO_MEMBER(struct proto_list_row, digest, DIGEST, REQUIRED),
        PROTO_RECORD_MEMBERS(struct proto_list_row, record.),
};

const struct proto_message proto_list_row = PROTO_MESSAGE(struct proto_list_row, list_row_members);

static const struct proto_member list_result_members[] = {
        PROTO_MEMBER_OF(struct proto_list_result, records, RECORDS, REQUIRED, &proto_list_row),
        PROTO_MEMBER(struct proto_list_result, next, NEXT, OPTIONAL),
};

const struct proto_message proto_list_result =
        PROTO_MESSAGE(struct proto_list_result, list_result_members);
