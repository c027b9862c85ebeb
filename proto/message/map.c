/* map: the members of its request and its result; which may be absent. */
#include "proto/message/map.h"

const struct proto_message proto_map_request = {
        "struct proto_map_request", NULL, 0, sizeof(struct proto_map_request)};

static const struct proto_member map_site_members[] = {
        PROTO_MEMBER(struct proto_map_site, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_map_site, key, SITE_KEY, REQUIRED),
};

const struct proto_message proto_map_site = PROTO_MESSAGE(struct proto_map_site, map_site_members);

static const struct proto_member map_result_members[] = {
        PROTO_MEMBER(struct proto_map_result, instance, INSTANCE, REQUIRED),
        PROTO_MEMBER(struct proto_map_result, layout, LAYOUT, REQUIRED),
        PROTO_MEMBER(struct proto_map_result, lines, LINES, REQUIRED),
        PROTO_MEMBER(struct proto_map_result, clock_ns, CLOCK_NS, REQUIRED),
        PROTO_MEMBER(struct proto_map_result, policy_generation, POLICY_GENERATION, REQUIRED),
        PROTO_MEMBER_OF(struct proto_map_result, sites, SITE_KEYS, REQUIRED, &proto_map_site),
};

const struct proto_message proto_map_result =
        PROTO_MESSAGE(struct proto_map_result, map_result_members);
