/*
 * A policy as a file, on its way to the daemon. One thread.
 */
#ifndef CLIENT_CTL_POLICY_FILE_H
#define CLIENT_CTL_POLICY_FILE_H

#include "client/ctl/ctl.h"

#define POLICY_FILE_POSITIONAL(type, member)                                                       \
	{                                                                                          \
		.name = "FILE", .help = "a policy in YAML; - for standard input",                  \
		.offset = offsetof(type, member), .completion = COMMAND_COMPLETE_FILE              \
	}

/*
 * Reads the file (`path` ends in NUL), or standard input for "-", into memory of its own (free
 * ret_yaml->data). Returns CTL_OK, or says what is wrong and returns CTL_INVALID.
 */
PROTO_MUST_USE int policy_file_read(struct span path, struct span *ret_yaml);

/*
 * policy_apply. Faults of the policy are printed to stderr as FILE:line:column: message, and
 * CTL_INVALID returned.
 */
PROTO_MUST_USE int policy_file_apply(struct ctl *ctl, struct span path,
        const struct proto_policy_apply_request *request,
        struct proto_policy_apply_result *ret_result);

#endif
