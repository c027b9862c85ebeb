/*
 * Bytes of a peer through everything that looks at them: scanner, envelope, decoder, the iterators
 * of lists, the text of a fault, and the encoder again.
 *
 * Beyond what the sanitizers find, these must hold for any bytes:
 * - a message's end is the same whole, byte by byte, and by the reader's way of passing over it;
 * - what was decoded can be read to its last item;
 * - what was decoded, encoded, decoded and encoded again gives the same bytes.
 */
#include "proto/messages.h"
#include "proto/rpc.h"
#include "proto/scanner.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

/* Any struct that a description describes. */
union any {
	union proto_any_request request;
	uint8_t bytes[1024];
};

static void read_whole(const struct proto_message *message, const void *decoded);

static void read_list(const struct proto_member *member, struct proto_list list)
{
	const enum proto_type type = proto_fields[member->field].type;
	struct span key, text;
	uint64_t number;
	union any item;
	bool flag;

	for (uint32_t left = list.n_items; left > 0; left--) {
		if (type == PROTO_TYPE_TEXTS) {
			MUST(proto_list_text(&list, &text) && proto_text_valid(text));
		} else if (type == PROTO_TYPE_LIST) {
			MUST(proto_list_message(&list, member->item, &item));
			read_whole(member->item, &item);
		} else if (type == PROTO_TYPE_MAP_BOOL) {
			MUST(proto_list_pair_bool(&list, &key, &flag) && proto_text_valid(key));
		} else if (type == PROTO_TYPE_MAP_TEXT) {
			MUST(proto_list_pair_text(&list, &key, &text) && proto_text_valid(text));
		} else {
			MUST(proto_list_pair_uint(&list, &key, &number) && proto_text_valid(key));
		}
	}
	MUST(list.items.n_bytes == 0);
}

/* Reads every member of what was decoded. */
static void read_whole(const struct proto_message *message, const void *decoded)
{
	for (uint32_t i = 0; i < message->n_members; i++) {
		const struct proto_member *member = &message->members[i];
		const void *value = (const uint8_t *)decoded + member->offset;
		struct proto_fault fault;
		struct span span;
		union any inner;

		switch (proto_fields[member->field].type) {
		case PROTO_TYPE_TEXT:
			memcpy(&span, value, sizeof(span));
			MUST(proto_text_valid(span));
			break;
		case PROTO_TYPE_MESSAGE:
			memcpy(&span, value, sizeof(span));
			if (!span_present(span))
				break;
			MUST(!proto_decode_result(member->item, span, &inner, &fault));
			read_whole(member->item, &inner);
			break;
		case PROTO_TYPE_TEXTS:
		case PROTO_TYPE_LIST:
		case PROTO_TYPE_MAP_BOOL:
		case PROTO_TYPE_MAP_TEXT:
		case PROTO_TYPE_MAP_UINT:
			read_list(member, *(const struct proto_list *)value);
			break;
		case PROTO_TYPE_BOOL:
		case PROTO_TYPE_UINT:
		case PROTO_TYPE_GPC:
		case PROTO_TYPE_BIN:
			break;
		}
	}
}

static void encode_again(const struct proto_message *message, const union any *decoded)
{
	static uint8_t first[PROTO_LIMIT_MESSAGE_BYTES * 2], second[PROTO_LIMIT_MESSAGE_BYTES * 2];
	struct proto_writer w = proto_writer_of(first, sizeof(first));
	struct proto_writer again = proto_writer_of(second, sizeof(second));
	struct proto_fault fault;
	union any twice;

	proto_encode(&w, message, decoded);
	MUST(!w.overflow);
	MUST(!proto_decode_result(message, proto_writer_span(&w), &twice, &fault));
	proto_encode(&again, message, &twice);
	MUST(span_equal(proto_writer_span(&w), proto_writer_span(&again)));
}

static void decode(const struct proto_message *message, struct span bytes, bool strict)
{
	struct proto_fault fault;
	union any decoded;
	char text[128];
	const int refused = strict ? proto_decode_request(message, bytes, &decoded, &fault)
	                           : proto_decode_result(message, bytes, &decoded, &fault);

	if (refused) {
		MUST(fault.error != PROTO_ERROR_NONE);
		proto_fault_format(&fault, "method", text, sizeof(text));
		MUST(strlen(text) < sizeof(text));
		return;
	}
	read_whole(message, &decoded);
	encode_again(message, &decoded);
}

static void parse(struct span message)
{
	struct proto_call call;
	struct proto_reply reply;
	enum proto_op op;

	if (proto_rpc_parse_call(message, &call) == 0 && proto_op_find(call.method, &op))
		decode(proto_ops[op].request, call.params, true);
	if (proto_rpc_parse_reply(message, &reply) == 0 && reply.error == PROTO_ERROR_NONE) {
		for (uint32_t i = 0; i < PROTO_N_OPS; i++)
			decode(proto_ops[i].result, reply.result, false);
	}
}

/* In a block of exactly its size, so that a read one past it is found. */
static void parse_exact(struct span message)
{
	uint8_t *block = malloc(message.n_bytes);

	MUST(block);
	memcpy(block, message.data, message.n_bytes);
	parse(span_bytes(block, message.n_bytes));
	free(block);
}

/* Feeds all of it in one piece, or byte by byte. */
static int scan(struct span bytes, size_t step, size_t *ret_n_bytes)
{
	struct proto_scanner scanner = {0};
	size_t n_fed = 0;
	int e = PROTO_E_TRUNCATED;

	while (e == PROTO_E_TRUNCATED && n_fed < bytes.n_bytes) {
		n_fed = bytes.n_bytes - n_fed < step ? bytes.n_bytes : n_fed + step;
		e = proto_scanner_feed(&scanner, span_bytes(bytes.data, n_fed), ret_n_bytes);
	}
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct span bytes = {data, n_bytes};

	while (bytes.n_bytes > 0) {
		struct proto_reader r = proto_reader_of(bytes);
		size_t n_whole = 0, n_stepped = 0;
		const int whole = scan(bytes, bytes.n_bytes, &n_whole);
		struct span skipped;

		MUST(scan(bytes, 1, &n_stepped) == whole && n_stepped == n_whole);
		MUST((proto_reader_skip(&r, &skipped) == 0) == (whole == 0) ||
		        bytes.n_bytes > PROTO_LIMIT_MESSAGE_BYTES);
		parse(bytes); /* as it stands: cut, or with bytes behind it */
		if (whole != 0)
			break;
		MUST(skipped.n_bytes == n_whole);
		parse_exact(span_bytes(bytes.data, n_whole));
		bytes = span_bytes(bytes.data + n_whole, bytes.n_bytes - n_whole);
	}
	return 0;
}
