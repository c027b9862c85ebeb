/* stats: the members of its request and its result; which may be absent. */
#include "proto/message/stats.h"

static const struct proto_member stats_request_members[] = {
        PROTO_MEMBER(struct proto_stats_request, site, SITE, OPTIONAL),
};

const struct proto_message proto_stats_request =
        PROTO_MESSAGE(struct proto_stats_request, stats_request_members);

static const struct proto_member denied_row_members[] = {
        PROTO_MEMBER(struct proto_denied_row, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_denied_row, reason, REASON, REQUIRED),
        PROTO_MEMBER(struct proto_denied_row, count, COUNT, REQUIRED),
};

const struct proto_message proto_denied_row =
        PROTO_MESSAGE(struct proto_denied_row, denied_row_members);

static const struct proto_member undeclared_row_members[] = {
        PROTO_MEMBER(struct proto_undeclared_row, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_undeclared_row, name, NAME, REQUIRED),
        PROTO_MEMBER(struct proto_undeclared_row, count, COUNT, REQUIRED),
};

const struct proto_message proto_undeclared_row =
        PROTO_MESSAGE(struct proto_undeclared_row, undeclared_row_members);

static const struct proto_member stats_result_members[] = {
        PROTO_MEMBER(struct proto_stats_result, counters, COUNTERS, REQUIRED),
        PROTO_MEMBER_OF(struct proto_stats_result, denied, DENIED, REQUIRED, &proto_denied_row),
        PROTO_MEMBER_OF(
                struct proto_stats_result, undeclared, UNDECLARED, REQUIRED, &proto_undeclared_row),
};

const struct proto_message proto_stats_result =
        PROTO_MESSAGE(struct proto_stats_result, stats_result_members);
