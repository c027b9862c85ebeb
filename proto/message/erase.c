/* erase: the members of its request and its result; which may be absent. */
#include "proto/message/erase.h"

static const struct proto_member erase_request_members[] = {
        PROTO_MEMBER(struct proto_erase_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_erase_request, subject, SUBJECT, REQUIRED),
        PROTO_MEMBER(struct proto_erase_request, dry_run, DRY_RUN, OPTIONAL),
};

const struct proto_message proto_erase_request =
        PROTO_MESSAGE(struct proto_erase_request, erase_request_members);

static const struct proto_member erase_result_members[] = {
        PROTO_MEMBER(struct proto_erase_result, revision, REVISION, REQUIRED),
        PROTO_MEMBER(struct proto_erase_result, events, N_EVENTS, REQUIRED),
};

const struct proto_message proto_erase_result =
        PROTO_MESSAGE(struct proto_erase_result, erase_result_members);
