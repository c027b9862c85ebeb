/* All messages: for the two ends' dispatchers, which size their storage by the largest. */
#ifndef PROTO_MESSAGES_H
#define PROTO_MESSAGES_H

#include "proto/message/bind.h"
#include "proto/message/check.h"
#include "proto/message/erase.h"
#include "proto/message/export.h"
#include "proto/message/grants.h"
#include "proto/message/hello.h"
#include "proto/message/history.h"
#include "proto/message/list.h"
#include "proto/message/map.h"
#include "proto/message/policy_apply.h"
#include "proto/message/policy_get.h"
#include "proto/message/policy_list.h"
#include "proto/message/policy_render.h"
#include "proto/message/record.h"
#include "proto/message/report.h"
#include "proto/message/show.h"
#include "proto/message/stats.h"

/* Room for any decoded request. */
union proto_any_request {
	struct proto_bind_request bind;
	struct proto_check_request check;
	struct proto_erase_request erase;
	struct proto_export_request export_;
	struct proto_grants_request grants;
	struct proto_hello_request hello;
	struct proto_history_request history;
	struct proto_list_request list;
	struct proto_map_request map;
	struct proto_policy_apply_request policy_apply;
	struct proto_policy_get_request policy_get;
	struct proto_policy_list_request policy_list;
	struct proto_policy_render_request policy_render;
	struct proto_record_request record;
	struct proto_report_request report;
	struct proto_show_request show;
	struct proto_stats_request stats;
};

#endif
