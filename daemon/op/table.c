/*
 * Which functions serve which operation: the table that the request pipeline calls through.
 */
#include "daemon/op/op.h"

const struct op op_table[PROTO_N_OPS] = {
        [PROTO_OP_HELLO] = {.run_fn = op_hello},
        [PROTO_OP_CHECK] = {.begin_fn = op_check_begin, .run_fn = op_check},
        [PROTO_OP_GRANTS] = {.begin_fn = op_grants_begin, .run_fn = op_grants},
        [PROTO_OP_MAP] = {.run_fn = op_map},
        [PROTO_OP_POLICY_GET] = {.run_fn = op_policy_get},
        [PROTO_OP_POLICY_LIST] = {.run_fn = op_policy_list},
        [PROTO_OP_POLICY_RENDER] = {.run_fn = op_policy_render},
        [PROTO_OP_RECORD] = {.run_fn = op_record},
        [PROTO_OP_BIND] = {.run_fn = op_bind},
        [PROTO_OP_SHOW] = {.run_fn = op_show},
        [PROTO_OP_HISTORY] = {.run_fn = op_history},
        [PROTO_OP_LIST] = {.run_fn = op_list},
        [PROTO_OP_EXPORT] = {.run_fn = op_export},
        [PROTO_OP_ERASE] = {.run_fn = op_erase},
        [PROTO_OP_POLICY_APPLY] = {.run_fn = op_policy_apply},
        [PROTO_OP_REPORT] = {.run_fn = op_report},
        [PROTO_OP_STATS] = {.run_fn = op_stats},
};
