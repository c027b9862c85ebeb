/*
 * The tables of the protocol as C: enums, names and rows, expanded from the .def files.
 *
 * Any thread; everything here is constant. This and tables.c are one of the two places that expand
 * the tables (print_tables.c, which prints PROTOCOL.md's, is the other).
 */
#ifndef PROTO_TABLES_H
#define PROTO_TABLES_H

#include "proto/span.h"

#define PROTO_VERSION 1

enum proto_limit {
#define LIMIT(NAME, value, unit, meaning) PROTO_LIMIT_##NAME = value,
#include "proto/limits.def"
#undef LIMIT
};

/* The limits by number, for those that list them. */
enum {
#define LIMIT(NAME, value, unit, meaning) PROTO_LIMIT_NUMBER_##NAME,
#include "proto/limits.def"
#undef LIMIT
	PROTO_N_LIMITS
};

struct proto_limit_row {
	const char *name; /* in upper case, as in the table; the wire has it in lower case */
	uint64_t value;
};

enum proto_reason {
#define REASON(number, NAME, name, allowed, meaning) PROTO_REASON_##NAME = number,
#include "proto/reasons.def"
#undef REASON
};

enum proto_error {
	PROTO_ERROR_NONE = 0,
#define ERROR(number, NAME, name, meaning) PROTO_ERROR_##NAME = number,
#include "proto/errors.def"
#undef ERROR
};

enum proto_op {
#define OP(NAME, name, ROLE, meaning) PROTO_OP_##NAME,
#include "proto/ops.def"
#undef OP
	PROTO_N_OPS
};

/* What an operation demands of its peer. ANY is held by everybody who can connect. */
enum proto_role {
	PROTO_ROLE_ANY = 0,
	PROTO_ROLE_READER = 1 << 0,
	PROTO_ROLE_RECORDER = 1 << 1,
	PROTO_ROLE_AUDITOR = 1 << 2,
	PROTO_ROLE_ADMIN = 1 << 3,
};

#define PROTO_ROLES_ALL 15U

enum proto_field {
#define FIELD(NAME, key, TYPE, least, most, item_bytes, meaning) PROTO_FIELD_##NAME,
#include "proto/fields.def"
#undef FIELD
	PROTO_N_FIELDS
};

/* How a value looks in a message and in C; see proto/message.h for the members. */
enum proto_type {
	PROTO_TYPE_BOOL,     /* bool */
	PROTO_TYPE_UINT,     /* uint64_t */
	PROTO_TYPE_GPC,      /* bool */
	PROTO_TYPE_TEXT,     /* struct span */
	PROTO_TYPE_BIN,      /* struct span */
	PROTO_TYPE_TEXTS,    /* struct proto_list of texts */
	PROTO_TYPE_LIST,     /* struct proto_list of messages */
	PROTO_TYPE_MAP_BOOL, /* struct proto_list of pairs */
	PROTO_TYPE_MAP_TEXT, /* struct proto_list of pairs */
	PROTO_TYPE_MAP_UINT, /* struct proto_list of pairs */
	PROTO_TYPE_MESSAGE,  /* struct span: the encoded map, decoded with its own description */
};

struct proto_field_row {
	const char *key;
	uint32_t key_bytes;
	enum proto_type type;
	uint64_t least, most;
	uint32_t item_bytes;
};

struct proto_message;

struct proto_op_row {
	const char *name;
	enum proto_role role;
	const struct proto_message *request, *result;
};

extern const struct proto_limit_row proto_limits[PROTO_N_LIMITS];
extern const struct proto_field_row proto_fields[PROTO_N_FIELDS];
extern const struct proto_op_row proto_ops[PROTO_N_OPS];

/* The wire name of a row; "?" for a number that no row has. */
const char *proto_reason_name(enum proto_reason reason);
const char *proto_error_name(enum proto_error error);
const char *proto_role_name(enum proto_role role);

/* Whether a reason lets the cookie be set; false for a number that no row has. */
bool proto_reason_allowed(enum proto_reason reason);

/* The row with that wire name; false where there is none, `ret` then untouched. */
PROTO_MUST_USE bool proto_op_find(struct span name, enum proto_op *ret);
PROTO_MUST_USE bool proto_error_find(struct span name, enum proto_error *ret);
PROTO_MUST_USE bool proto_reason_find(struct span name, enum proto_reason *ret);
PROTO_MUST_USE bool proto_role_find(struct span name, enum proto_role *ret);

#endif
