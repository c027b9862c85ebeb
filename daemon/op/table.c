/*
 * Which function serves which operation: the table that the request pipeline calls through.
 */
#include "daemon/op/op.h"

op_run_fn *const op_table[PROTO_N_OPS] = {
        [PROTO_OP_HELLO] = op_hello,
        [PROTO_OP_CHECK] = op_check,
        [PROTO_OP_GRANTS] = op_grants,
        [PROTO_OP_MAP] = op_map,
        [PROTO_OP_POLICY_GET] = op_policy_get,
        [PROTO_OP_POLICY_LIST] = op_policy_list,
        [PROTO_OP_POLICY_RENDER] = op_policy_render,
        [PROTO_OP_RECORD] = op_record,
        [PROTO_OP_BIND] = op_bind,
        [PROTO_OP_SHOW] = op_show,
        [PROTO_OP_HISTORY] = op_history,
        [PROTO_OP_LIST] = op_list,
        [PROTO_OP_EXPORT] = op_export,
        [PROTO_OP_ERASE] = op_erase,
        [PROTO_OP_POLICY_APPLY] = op_policy_apply,
        [PROTO_OP_REPORT] = op_report,
        [PROTO_OP_STATS] = op_stats,
};
