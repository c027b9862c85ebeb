/* policy_get: the members of its request and its result; which may be absent. */
#include "proto/message/policy_get.h"

static const struct proto_member policy_get_request_members[] = {
        PROTO_MEMBER(struct proto_policy_get_request, site, SITE, REQUIRED),
        PROTO_MEMBER(struct proto_policy_get_request, policy_revision, POLICY_WANTED, OPTIONAL),
};

const struct proto_message proto_policy_get_request =
        PROTO_MESSAGE(struct proto_policy_get_request, policy_get_request_members);

static const struct proto_member policy_service_members[] = {
        PROTO_MEMBER(struct proto_policy_service, id, ID, REQUIRED),
        PROTO_MEMBER(struct proto_policy_service, category, CATEGORY, REQUIRED),
        PROTO_MEMBER(struct proto_policy_service, basis, BASIS, REQUIRED),
        PROTO_MEMBER(struct proto_policy_service, exempt, EXEMPT, REQUIRED),
        PROTO_MEMBER(struct proto_policy_service, bit, BIT, REQUIRED),
};

const struct proto_message proto_policy_service =
        PROTO_MESSAGE(struct proto_policy_service, policy_service_members);

static const struct proto_member policy_rule_members[] = {
        PROTO_MEMBER(struct proto_policy_rule, name, NAME, REQUIRED),
        PROTO_MEMBER(struct proto_policy_rule, domain, DOMAIN, OPTIONAL),
        PROTO_MEMBER(struct proto_policy_rule, path, PATH, OPTIONAL),
        PROTO_MEMBER(struct proto_policy_rule, service, SERVICE, REQUIRED),
        PROTO_MEMBER(struct proto_policy_rule, max_age, MAX_AGE, OPTIONAL),
};

const struct proto_message proto_policy_rule =
        PROTO_MESSAGE(struct proto_policy_rule, policy_rule_members);

static const struct proto_member policy_get_result_members[] = {
        PROTO_MEMBER(struct proto_policy_get_result, yaml, YAML, REQUIRED),
        PROTO_MEMBER(struct proto_policy_get_result, policy_revision, POLICY_REVISION, REQUIRED),
        PROTO_MEMBER(struct proto_policy_get_result, digest, POLICY_DIGEST, REQUIRED),
        PROTO_MEMBER(struct proto_policy_get_result, mode, MODE, REQUIRED),
        PROTO_MEMBER(struct proto_policy_get_result, validity, VALIDITY, REQUIRED),
        PROTO_MEMBER_OF(struct proto_policy_get_result, services, SERVICES, REQUIRED,
                &proto_policy_service),
        PROTO_MEMBER_OF(struct proto_policy_get_result, rules, RULES, REQUIRED, &proto_policy_rule),
        PROTO_MEMBER(struct proto_policy_get_result, applied_at, APPLIED_AT, REQUIRED),
        PROTO_MEMBER(struct proto_policy_get_result, source, SOURCE, REQUIRED),
        PROTO_MEMBER(struct proto_policy_get_result, instance, INSTANCE, REQUIRED),
};

const struct proto_message proto_policy_get_result =
        PROTO_MESSAGE(struct proto_policy_get_result, policy_get_result_members);
