/* export: the members of its request and its result; which may be absent. */
#include "proto/message/export.h"

static const struct proto_member export_request_members[] = {
        PROTO_MEMBER(struct proto_export_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_export_request, subject, SUBJECT, OPTIONAL),
        PROTO_MEMBER(struct proto_export_request, state, STATE, OPTIONAL),
        PROTO_MEMBER(struct proto_export_request, after, AFTER, OPTIONAL),
        PROTO_MEMBER(struct proto_export_request, limit, LIMIT, OPTIONAL),
};

const struct proto_message proto_export_request =
        PROTO_MESSAGE(struct proto_export_request, export_request_members);

static const struct proto_member export_row_members[] = {
        PROTO_MEMBER(struct proto_export_row, digest, DIGEST, REQUIRED),
        PROTO_RECORD_MEMBERS(struct proto_export_row, record.),
        PROTO_MEMBER_OF(struct proto_export_row, events, EVENTS, REQUIRED, &proto_event),
};

const struct proto_message proto_export_row =
        PROTO_MESSAGE(struct proto_export_row, export_row_members);

static const struct proto_member export_result_members[] = {
        PROTO_MEMBER_OF(struct proto_export_result, records, RECORDS, REQUIRED, &proto_export_row),
        PROTO_MEMBER(struct proto_export_result, next, NEXT, OPTIONAL),
};

const struct proto_message proto_export_result =
        PROTO_MESSAGE(struct proto_export_result, export_result_members);
