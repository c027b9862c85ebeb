/* report: the members of its request and its result; which may be absent. */
#include "proto/message/report.h"

static const struct proto_member report_request_members[] = {
        PROTO_MEMBER(struct proto_report_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_report_request, allowed, COUNTS_ALLOWED, OPTIONAL),
        PROTO_MEMBER(struct proto_report_request, denied, COUNTS_DENIED, OPTIONAL),
        PROTO_MEMBER(struct proto_report_request, undeclared, COUNTS_UNDECLARED, OPTIONAL),
};

const struct proto_message proto_report_request =
        PROTO_MESSAGE(struct proto_report_request, report_request_members);

const struct proto_message proto_report_result = {
        "struct proto_report_result", NULL, 0, sizeof(struct proto_report_result)};
