/*
 * The first byte of every MessagePack value, in one table: for the reader and the scanner.
 *
 * Any thread; constant. Not for use outside proto/.
 */
#ifndef PROTO_TOKEN_H
#define PROTO_TOKEN_H

#include "proto/reader.h"

/* Stands for bytes that begin no value here: 0xc1, which nobody may write, and the ext types. */
#define PROTO_TOKEN_BAD 0xff

struct proto_token {
	uint8_t kind;       /* enum proto_kind; INT for all signed forms, whatever their sign */
	uint8_t n_argument; /* bytes behind the first: the value, the length or the count */
	uint8_t mask;       /* of the first byte, where it holds value, length or count itself */
};

extern const struct proto_token proto_tokens[256];

#endif
