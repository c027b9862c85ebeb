/* report: what a client that looks decisions up by itself has counted since its last report. */
#ifndef PROTO_MESSAGE_REPORT_H
#define PROTO_MESSAGE_REPORT_H

#include "proto/message.h"

struct proto_report_request {
	struct span site;
	struct proto_list allowed;    /* reason: how often */
	struct proto_list denied;     /* likewise */
	struct proto_list undeclared; /* cookie name: how often; these are in `denied` as well */
};

struct proto_report_result {
	char unused; /* that it is there says that all was counted */
};

extern const struct proto_message proto_report_request, proto_report_result;

#endif
