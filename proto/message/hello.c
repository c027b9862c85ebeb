/* hello: the members of its request and its result; which may be absent. */
#include "proto/message/hello.h"

static const struct proto_member hello_request_members[] = {
        PROTO_MEMBER(struct proto_hello_request, client, CLIENT, OPTIONAL),
};

const struct proto_message proto_hello_request =
        PROTO_MESSAGE(struct proto_hello_request, hello_request_members);

static const struct proto_member hello_result_members[] = {
        PROTO_MEMBER(struct proto_hello_result, version, VERSION, REQUIRED),
        PROTO_MEMBER(struct proto_hello_result, protocol, PROTOCOL, REQUIRED),
        PROTO_MEMBER(struct proto_hello_result, roles, ACCESS_ROLES, REQUIRED),
        PROTO_MEMBER(struct proto_hello_result, limits, LIMITS, REQUIRED),
};

const struct proto_message proto_hello_result =
        PROTO_MESSAGE(struct proto_hello_result, hello_result_members);
