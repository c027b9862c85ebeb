/* show: the members of its request and its result; which may be absent. */
#include "proto/message/show.h"

static const struct proto_member show_request_members[] = {
        PROTO_MEMBER(struct proto_show_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_show_request, subject, SUBJECT, REQUIRED),
};

const struct proto_message proto_show_request =
        PROTO_MESSAGE(struct proto_show_request, show_request_members);

static const struct proto_member record_members[] = {
        PROTO_RECORD_MEMBERS(struct proto_record, ),
};

const struct proto_message proto_record = PROTO_MESSAGE(struct proto_record, record_members);

static const struct proto_member show_result_members[] = {
        PROTO_MEMBER_OF(struct proto_show_result, record, RECORD, REQUIRED, &proto_record),
};

const struct proto_message proto_show_result =
        PROTO_MESSAGE(struct proto_show_result, show_result_members);
