/*
 * The tables as constant data, expanded from the .def files, and look-ups by name or by number.
 *
 * Numbers and names come from outside (a stored byte, a peer's text): a number that no row has is
 * "?" and not allowed, a name that no row has is not found. Nothing here fails.
 */
#include "proto/messages.h"

const struct proto_limit_row proto_limits[PROTO_N_LIMITS] = {
#define LIMIT(NAME, value, unit, meaning) {#NAME, PROTO_LIMIT_##NAME},
#include "proto/limits.def"
#undef LIMIT
};

const struct proto_field_row proto_fields[PROTO_N_FIELDS] = {
#define FIELD(NAME, key, TYPE, least, most, item_bytes, meaning)                                   \
	{#key, sizeof(#key) - 1, PROTO_TYPE_##TYPE, least, most, item_bytes},
#include "proto/fields.def"
#undef FIELD
};

const struct proto_op_row proto_ops[PROTO_N_OPS] = {
#define OP(NAME, name, ROLE, meaning)                                                              \
	{#name, PROTO_ROLE_##ROLE, &proto_##name##_request, &proto_##name##_result},
#include "proto/ops.def"
#undef OP
};

struct name {
	const char *text;
	uint32_t n_bytes;
	uint32_t number;
};

static const struct name op_names[] = {
#define OP(NAME, name, ROLE, meaning) {#name, sizeof(#name) - 1, PROTO_OP_##NAME},
#include "proto/ops.def"
#undef OP
};

static const struct name error_names[] = {
#define ERROR(number, NAME, name, meaning) {#name, sizeof(#name) - 1, number},
#include "proto/errors.def"
#undef ERROR
};

static const struct name reason_names[] = {
#define REASON(number, NAME, name, allowed, meaning) {#name, sizeof(#name) - 1, number},
#include "proto/reasons.def"
#undef REASON
};

static const struct name role_names[] = {
        {"any", 3, PROTO_ROLE_ANY},
        {"reader", 6, PROTO_ROLE_READER},
        {"recorder", 8, PROTO_ROLE_RECORDER},
        {"auditor", 7, PROTO_ROLE_AUDITOR},
        {"admin", 5, PROTO_ROLE_ADMIN},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *name_of(const struct name *names, size_t n_names, uint32_t number)
{
	for (size_t i = 0; i < n_names; i++) {
		if (names[i].number == number)
			return names[i].text;
	}
	return "?";
}

static const struct name *name_find(const struct name *names, size_t n_names, struct span text)
{
	for (size_t i = 0; i < n_names; i++) {
		if (names[i].n_bytes == text.n_bytes &&
		        memcmp(names[i].text, text.data, text.n_bytes) == 0)
			return &names[i];
	}
	return NULL;
}

const char *proto_reason_name(enum proto_reason reason)
{
	return name_of(reason_names, COUNT(reason_names), reason);
}

const char *proto_error_name(enum proto_error error)
{
	return name_of(error_names, COUNT(error_names), error);
}

const char *proto_role_name(enum proto_role role)
{
	return name_of(role_names, COUNT(role_names), role);
}

bool proto_reason_allowed(enum proto_reason reason)
{
	switch (reason) {
#define REASON(number, NAME, name, allowed, meaning)                                               \
	case PROTO_REASON_##NAME:                                                                  \
		return allowed;
#include "proto/reasons.def"
#undef REASON
	}
	return false;
}

bool proto_op_find(struct span name, enum proto_op *ret)
{
	const struct name *found = name_find(op_names, COUNT(op_names), name);

	if (found)
		*ret = (enum proto_op)found->number;
	return found != NULL;
}

bool proto_error_find(struct span name, enum proto_error *ret)
{
	const struct name *found = name_find(error_names, COUNT(error_names), name);

	if (found)
		*ret = (enum proto_error)found->number;
	return found != NULL;
}

bool proto_reason_find(struct span name, enum proto_reason *ret)
{
	const struct name *found = name_find(reason_names, COUNT(reason_names), name);

	if (found)
		*ret = (enum proto_reason)found->number;
	return found != NULL;
}

bool proto_role_find(struct span name, enum proto_role *ret)
{
	const struct name *found = name_find(role_names, COUNT(role_names), name);

	if (found)
		*ret = (enum proto_role)found->number;
	return found != NULL;
}
