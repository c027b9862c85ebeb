/*
 * Positionals that many commands begin with. Initialisers for tables of struct
 * command_positional; `type` is the command's struct of values, `member` a struct span in it.
 */
#ifndef CLIENT_CTL_POSITIONALS_H
#define CLIENT_CTL_POSITIONALS_H

#include "client/ctl/command.h"

#define POSITIONAL_SITE(type, member)                                                              \
	{                                                                                          \
		.name = "SITE", .help = "the site whose policy applies",                           \
		.offset = offsetof(type, member), .completion = COMMAND_COMPLETE_SITE,             \
		.limits = &proto_fields[PROTO_FIELD_SITE]                                          \
	}

#define POSITIONAL_SUBJECT(type, member)                                                           \
	{                                                                                          \
		.name = "SUBJECT", .help = "the visitor, by the id that the application chose",    \
		.offset = offsetof(type, member), .limits = &proto_fields[PROTO_FIELD_SUBJECT]     \
	}

#endif
