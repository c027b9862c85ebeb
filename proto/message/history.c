/* history: the members of its request and its result; which may be absent. */
#include "proto/message/history.h"

static const struct proto_member history_request_members[] = {
        PROTO_MEMBER(struct proto_history_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_history_request, subject, SUBJECT, REQUIRED),
        PROTO_MEMBER(struct proto_history_request, limit, LIMIT, OPTIONAL),
        PROTO_MEMBER(struct proto_history_request, before, BEFORE, OPTIONAL),
};

const struct proto_message proto_history_request =
        PROTO_MESSAGE(struct proto_history_request, history_request_members);

static const struct proto_member event_members[] = {
        PROTO_MEMBER(struct proto_event, revision, REVISION, REQUIRED),
        PROTO_MEMBER(struct proto_event, at, AT, REQUIRED),
        PROTO_MEMBER(struct proto_event, event, EVENT, REQUIRED),
        PROTO_MEMBER(struct proto_event, choices, CHOICES_STATE, REQUIRED),
        PROTO_MEMBER(struct proto_event, method, METHOD, OPTIONAL),
        PROTO_MEMBER(struct proto_event, surface, SURFACE, OPTIONAL),
        PROTO_MEMBER(struct proto_event, language, LANGUAGE, OPTIONAL),
        PROTO_MEMBER(struct proto_event, policy_revision, POLICY_REVISION, OPTIONAL),
        PROTO_MEMBER(struct proto_event, actor, ACTOR, REQUIRED),
        PROTO_MEMBER(struct proto_event, attributes, ATTRIBUTES, OPTIONAL),
};

const struct proto_message proto_event = PROTO_MESSAGE(struct proto_event, event_members);

static const struct proto_member history_result_members[] = {
        PROTO_MEMBER_OF(struct proto_history_result, events, EVENTS, REQUIRED, &proto_event),
};

const struct proto_message proto_history_result =
        PROTO_MESSAGE(struct proto_history_result, history_result_members);
