/*
 * Descriptions of messages, and the one decoder and encoder that follow them.
 *
 * Any thread. A message is a MessagePack map with short keys. Its C form is a struct whose members
 * have the types named in proto/tables.h; a description lists them. Decoding is strict for
 * requests (unknown and repeated keys are refused) and lenient for results (unknown keys are
 * passed over, so that a newer daemon can say more). Nothing is allocated: texts are spans into
 * the message, lists are counted runs of encoded items, validated as a whole when the message is
 * decoded and read one by one with proto_list_*.
 *
 * Absent is zero: an optional member that the peer left out, or sent as nil, is 0, false, or a
 * span or list whose `data` is NULL; encoding leaves such a member out.
 */
#ifndef PROTO_MESSAGE_H
#define PROTO_MESSAGE_H

#include "proto/reader.h"
#include "proto/tables.h"
#include "proto/writer.h"

enum proto_presence {
	PROTO_REQUIRED,
	PROTO_OPTIONAL,
	PROTO_NULLABLE, /* must stand there, and may be nil (then absent in C) */
};

struct proto_message;

struct proto_member {
	enum proto_field field;
	enum proto_presence presence;
	uint32_t offset;
	const struct proto_message *item; /* of a LIST or a MESSAGE; NULL otherwise */
};

struct proto_message {
	const char *name;
	const struct proto_member *members;
	uint32_t n_members; /* at most 32 */
	uint32_t n_bytes;   /* size of the struct */
};

#define PROTO_MEMBER(type, member, FIELD_NAME, PRESENCE)                                           \
	{                                                                                          \
		PROTO_FIELD_##FIELD_NAME, PROTO_##PRESENCE, (uint32_t)offsetof(type, member), NULL \
	}
#define PROTO_MEMBER_OF(type, member, FIELD_NAME, PRESENCE, item)                                  \
	{                                                                                          \
		PROTO_FIELD_##FIELD_NAME, PROTO_##PRESENCE, (uint32_t)offsetof(type, member), item \
	}
#define PROTO_MESSAGE(type, members)                                                               \
	{                                                                                          \
#type, members, sizeof(members) / sizeof((members)[0]), (uint32_t)sizeof(type)     \
	}

/* n encoded items, one after the other: texts, messages, or key-value pairs. */
struct proto_list {
	struct span items;
	uint32_t n_items;
};

/* What can be wrong with a message. */
enum proto_fault_kind {
	PROTO_FAULT_ENCODING = 1, /* cut, too deep, or of a type that the protocol does not use */
	PROTO_FAULT_NOT_A_MAP,    /* `found` stands where the message should */
	PROTO_FAULT_TRAILING,     /* `got` bytes follow the message */
	PROTO_FAULT_KEY_TYPE,     /* a key is `found` instead of text */
	PROTO_FAULT_UNKNOWN_KEY,  /* `key` */
	PROTO_FAULT_REPEATED_KEY, /* `key`, of the message or (`member` set) of one of its maps */
	PROTO_FAULT_MISSING,
	PROTO_FAULT_TYPE, /* `found` instead of what the table says */
	PROTO_FAULT_UTF8,
	PROTO_FAULT_NEGATIVE,
	PROTO_FAULT_RANGE,  /* the value is `got` */
	PROTO_FAULT_LENGTH, /* it is `got` bytes long */
	PROTO_FAULT_COUNT,  /* it has `got` items */
};

/* Which part of a member is meant. */
enum proto_fault_part {
	PROTO_FAULT_WHOLE = 0,
	PROTO_FAULT_ITEM, /* number `index` of a list, or a pair's value */
	PROTO_FAULT_NAME, /* the key of pair number `index` */
};

/* What is wrong with a message: enough for proto_fault_format to say what would be right. */
struct proto_fault {
	enum proto_error error;
	enum proto_fault_kind kind;
	enum proto_fault_part part;
	enum proto_kind found;
	const struct proto_message *message;
	const struct proto_member *member; /* NULL: the fault is not one member's */
	struct span key;                   /* an unknown or repeated key */
	uint64_t got;                      /* the offending length, count or value */
	uint32_t index;                    /* counted from 0 */
};

/*
 * Decodes the map `encoded` into `ret`, a struct of description->n_bytes bytes. Returns 0, or 1
 * and the first fault found; `ret` is then undefined.
 */
PROTO_MUST_USE int proto_decode_request(const struct proto_message *description,
        struct span encoded, void *ret, struct proto_fault *ret_fault);
PROTO_MUST_USE int proto_decode_result(const struct proto_message *description, struct span encoded,
        void *ret, struct proto_fault *ret_fault);

/* Encodes the struct as a map; members that are absent are left out (NULLABLE: nil). */
void proto_encode(
        struct proto_writer *w, const struct proto_message *description, const void *message);

/*
 * The same, for lists that need not be built before they are sent. A list with a count and no bytes
 * is not absent: its items, exactly so many, are written by the callback when its turn comes.
 */
typedef void proto_items_fn(void *ctx, const struct proto_member *member, struct proto_writer *w);
void proto_encode_items(struct proto_writer *w, const struct proto_message *description,
        const void *message, proto_items_fn *items_fn, void *ctx);

/* n items that proto_items_fn will write. */
static inline struct proto_list proto_list_later(uint32_t n_items)
{
	return (struct proto_list){SPAN_NONE, n_items};
}

/* "check: `subject` is 300 bytes long, at most 256 are allowed"; always NUL-terminated. */
void proto_fault_format(
        const struct proto_fault *fault, const char *op_name, char *ret, size_t capacity);

/*
 * The next item of a list that was decoded, or that this program encoded; false at the end.
 * `list` is the iterator: pass a copy.
 */
PROTO_MUST_USE bool proto_list_text(struct proto_list *list, struct span *ret);
PROTO_MUST_USE bool proto_list_message(
        struct proto_list *list, const struct proto_message *description, void *ret);
PROTO_MUST_USE bool proto_list_pair_bool(struct proto_list *list, struct span *ret_key, bool *ret);
PROTO_MUST_USE bool proto_list_pair_text(
        struct proto_list *list, struct span *ret_key, struct span *ret);
PROTO_MUST_USE bool proto_list_pair_uint(
        struct proto_list *list, struct span *ret_key, uint64_t *ret);

/* The list of the items that were written to `w`. */
static inline struct proto_list proto_list_of(const struct proto_writer *w, uint32_t n_items)
{
	return (struct proto_list){{w->data, w->n_bytes}, n_items};
}

#endif
