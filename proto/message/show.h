/* show: the record of a subject. A session that is bound shows its account's record. */
#ifndef PROTO_MESSAGE_SHOW_H
#define PROTO_MESSAGE_SHOW_H

#include "proto/message.h"

struct proto_show_request {
	struct span site;
	struct span subject;
};

struct proto_record {
	struct proto_list choices; /* service: "given" or "refused" */
	uint64_t given_until;
	uint64_t refused_until;
	uint64_t created_at;
	uint64_t updated_at;
	uint64_t revision;
	uint64_t policy_revision;
	struct span method;
	struct span language;
	bool bound;
};

/*
 * The members of a record, for descriptions of structs that hold one: `path` leads to it and ends
 * in a dot, or is empty.
 */
#define PROTO_RECORD_MEMBERS(type, path)                                                           \
	PROTO_MEMBER(type, path choices, CHOICES_STATE, REQUIRED),                                 \
	        PROTO_MEMBER(type, path given_until, GIVEN_UNTIL, REQUIRED),                       \
	        PROTO_MEMBER(type, path refused_until, REFUSED_UNTIL, REQUIRED),                   \
	        PROTO_MEMBER(type, path created_at, CREATED_AT, REQUIRED),                         \
	        PROTO_MEMBER(type, path updated_at, UPDATED_AT, REQUIRED),                         \
	        PROTO_MEMBER(type, path revision, REVISION, REQUIRED),                             \
	        PROTO_MEMBER(type, path policy_revision, POLICY_REVISION, REQUIRED),               \
	        PROTO_MEMBER(type, path method, METHOD, OPTIONAL),                                 \
	        PROTO_MEMBER(type, path language, LANGUAGE, OPTIONAL),                             \
	        PROTO_MEMBER(type, path bound, BOUND, REQUIRED)

struct proto_show_result {
	struct span record; /* a struct proto_record, encoded */
};

extern const struct proto_message proto_show_request, proto_show_result, proto_record;

#endif
