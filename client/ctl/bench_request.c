/*
 * The template comes from the same encoder that the library uses; where its moving parts lie is
 * found by looking for a subject that nothing else in it can be.
 */
#include "client/ctl/bench_request.h"

#include <assert.h>
#include <stdlib.h>

#include "client/ctl/exit.h"
#include "client/ctl/lists.h"
#include "proto/messages.h"
#include "proto/rpc.h"

enum { TEMPLATE_BYTES = PROTO_LIMIT_MESSAGE_BYTES, MSGPACK_FALSE = 0xc2, MSGPACK_TRUE = 0xc3 };

#define PLACEHOLDER BENCH_SUBJECT_PREFIX "9876543210"

static uint32_t find(const struct bench_request *request, const void *bytes, size_t n_bytes)
{
	const uint8_t *at = memmem(request->bytes, request->n_bytes, bytes, n_bytes);

	assert(at);
	return (uint32_t)(at - request->bytes);
}

static void encode(enum proto_op op, const void *message, struct bench_request *ret)
{
	static const uint8_t msgid[] = {0xce, 0, 1, 0, 0};
	struct proto_writer w;

	*ret = (struct bench_request){.bytes = malloc(TEMPLATE_BYTES)};
	if (!ret->bytes)
		exit_without_memory();
	w = proto_writer_of(ret->bytes, TEMPLATE_BYTES);
	proto_rpc_write_call(&w, BENCH_FIRST_MSGID, span_of(proto_ops[op].name));
	proto_encode(&w, proto_ops[op].request, message);
	assert(!w.overflow);
	ret->n_bytes = (uint32_t)w.n_bytes;
	ret->msgid_at = find(ret, msgid, sizeof(msgid)) + 1;
	ret->digits_at = find(ret, PLACEHOLDER, strlen(PLACEHOLDER)) +
	                 (uint32_t)strlen(BENCH_SUBJECT_PREFIX);
}

void bench_request_check(const struct bench_check *check, struct bench_request *ret)
{
	const char *names[PROTO_LIMIT_COOKIES];
	struct proto_check_request message = {
	        .site = check->site, .subject = span_of(PLACEHOLDER), .domain = check->domain};
	uint8_t *storage;

	assert(check->n_cookies <= PROTO_LIMIT_COOKIES && check->cookies.n_words > 0);
	for (uint32_t i = 0; i < check->n_cookies; i++)
		names[i] = check->cookies.words[i % check->cookies.n_words];
	message.cookies = lists_of_texts((struct command_words){names, check->n_cookies}, &storage);
	encode(PROTO_OP_CHECK, &message, ret);
	free(storage);
}

void bench_request_record(struct span site, struct bench_request *ret)
{
	static const char *const everything[] = {"*"};
	static const uint8_t choice[] = {0xa1, '*', MSGPACK_TRUE};
	struct proto_record_request message = {.site = site, .subject = span_of(PLACEHOLDER)};
	uint8_t *storage;

	message.choices = lists_of_choices((struct command_words){everything, 1}, true, &storage);
	encode(PROTO_OP_RECORD, &message, ret);
	ret->choice_at = find(ret, choice, sizeof(choice)) + 2;
	free(storage);
}

void bench_request_deinit(struct bench_request *request)
{
	free(request->bytes);
	request->bytes = NULL;
}

void bench_request_patch_msgid(const struct bench_request *request, uint8_t *copy, uint32_t msgid)
{
	uint32_t big_endian = __builtin_bswap32(msgid);

	memcpy(copy + request->msgid_at, &big_endian, sizeof(big_endian));
}

void bench_request_patch_subject(
        const struct bench_request *request, uint8_t *copy, uint64_t subject)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
	                            "25262728293031323334353637383940414243444546474849"
	                            "50515253545556575859606162636465666768697071727374"
	                            "75767778798081828384858687888990919293949596979899";
	uint8_t *digits = copy + request->digits_at;

	for (int at = BENCH_DIGITS - 2; at >= 0; at -= 2) {
		memcpy(digits + at, pairs + subject % 100 * 2, 2);
		subject /= 100;
	}
}

void bench_request_patch_choice(const struct bench_request *request, uint8_t *copy, bool given)
{
	copy[request->choice_at] = given ? MSGPACK_TRUE : MSGPACK_FALSE;
}
