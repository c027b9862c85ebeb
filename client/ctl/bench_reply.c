/*
 * Two ways to the same verdict. The fast one is no weaker than the slow one: equal bytes are an
 * equal message, since no MessagePack value is the beginning of another.
 */
#include "client/ctl/bench_reply.h"

#include <stdio.h>

#include "proto/messages.h"
#include "proto/rpc.h"

static const uint8_t head[] = {0x94, 0x01, 0xce};

static bool has_known_head(struct span bytes)
{
	return bytes.n_bytes > BENCH_REPLY_HEAD_BYTES &&
	       memcmp(bytes.data, head, sizeof(head)) == 0;
}

static uint32_t msgid_of(struct span bytes)
{
	uint32_t big_endian;

	memcpy(&big_endian, bytes.data + sizeof(head), sizeof(big_endian));
	return __builtin_bswap32(big_endian);
}

static bool find_known(const struct bench_judge *judge, struct span bytes, struct bench_reply *ret)
{
	struct span tail;

	if (!has_known_head(bytes))
		return false;
	tail = span_bytes(
	        bytes.data + BENCH_REPLY_HEAD_BYTES, bytes.n_bytes - BENCH_REPLY_HEAD_BYTES);
	for (uint32_t i = 0; i < judge->n_known; i++) {
		const struct bench_known *known = &judge->known[i];

		if (known->n_bytes <= tail.n_bytes &&
		        memcmp(known->bytes, tail.data, known->n_bytes) == 0) {
			*ret = (struct bench_reply){BENCH_REPLY_HEAD_BYTES + known->n_bytes,
			        msgid_of(bytes), &known->verdict};
			return true;
		}
	}
	return false;
}

/* The oldest makes room: a write by somebody else changes the revision, and so all replies. */
static void remember(struct bench_judge *judge, struct span message)
{
	struct bench_known *known = &judge->known[judge->next_known];
	size_t n_bytes = message.n_bytes - BENCH_REPLY_HEAD_BYTES;

	if (!has_known_head(message) || n_bytes > BENCH_KNOWN_BYTES)
		return;
	memcpy(known->bytes, message.data + BENCH_REPLY_HEAD_BYTES, n_bytes);
	known->n_bytes = n_bytes;
	known->verdict = judge->verdict;
	judge->next_known = (judge->next_known + 1) % BENCH_KNOWN_REPLIES;
	if (judge->n_known < BENCH_KNOWN_REPLIES)
		judge->n_known++;
}

static void note_error(struct bench_judge *judge, const char *name, struct span message)
{
	judge->verdict.failed = true;
	if (judge->first_error[0] == '\0')
		snprintf(judge->first_error, sizeof(judge->first_error), "%s: %.*s", name,
		        (int)(message.n_bytes > 200 ? 200 : message.n_bytes),
		        (const char *)message.data);
}

void bench_verdict_add(struct bench_verdict *verdict, enum proto_reason reason, bool allowed)
{
	if (proto_reason_allowed(reason) != allowed)
		verdict->failed = true;
	if (allowed)
		verdict->n_allowed++;
	else
		verdict->n_denied++;
	if (reason == PROTO_REASON_CONSENT_GIVEN || reason == PROTO_REASON_CONSENT_REFUSED ||
	        reason == PROTO_REASON_CONSENT_EXPIRED || reason == PROTO_REASON_OBJECTION)
		verdict->hit = true;
	if (reason == PROTO_REASON_CONSENT_UNKNOWN || reason == PROTO_REASON_OPT_OUT_DEFAULT)
		verdict->miss = true;
	if (reason == PROTO_REASON_EXEMPT_NECESSARY)
		return;
	if (reason != PROTO_REASON_CONSENT_GIVEN &&
	        reason != PROTO_REASON_EXEMPT_AUDIENCE_MEASUREMENT)
		verdict->fits_given = false;
	if (reason != PROTO_REASON_CONSENT_REFUSED && reason != PROTO_REASON_OBJECTION)
		verdict->fits_refused = false;
}

static void judge_decision(struct bench_verdict *verdict, const struct proto_decision *decision)
{
	enum proto_reason reason = PROTO_REASON_UNAVAILABLE;

	if (!proto_reason_find(decision->reason, &reason))
		verdict->failed = true;
	bench_verdict_add(verdict, reason, decision->allowed);
}

static void judge_check(struct bench_judge *judge, struct span encoded)
{
	struct proto_check_result result;
	struct proto_decision decision;
	struct proto_fault fault;

	if (proto_decode_result(&proto_check_result, encoded, &result, &fault) != 0) {
		note_error(judge, "a reply is not understood", SPAN_NONE);
		return;
	}
	judge->verdict.fits_given = judge->verdict.fits_refused = true;
	while (proto_list_message(&result.decisions, &proto_decision, &decision))
		judge_decision(&judge->verdict, &decision);
	if (judge->verdict.failed)
		note_error(judge, "a decision contradicts its reason", SPAN_NONE);
}

static void judge_record(struct bench_judge *judge, struct span encoded)
{
	struct proto_record_result result;
	struct proto_fault fault;

	if (proto_decode_result(&proto_record_result, encoded, &result, &fault) != 0) {
		note_error(judge, "a reply is not understood", SPAN_NONE);
		return;
	}
	judge->verdict.hit = true;
	judge->verdict.fits_given = judge->verdict.fits_refused =
	        result.revision > judge->since_revision;
}

static int judge_message(struct bench_judge *judge, struct span message, struct bench_reply *ret)
{
	struct proto_reply reply;
	int r = proto_rpc_parse_reply(message, &reply);

	if (r != 0)
		return r;
	judge->verdict = (struct bench_verdict){.failed = false};
	if (reply.error != PROTO_ERROR_NONE || !reply.has_msgid)
		note_error(judge, proto_error_name(reply.error), reply.message);
	else if (judge->is_write)
		judge_record(judge, reply.result);
	else
		judge_check(judge, reply.result);
	if (!judge->is_write && !judge->verdict.failed)
		remember(judge, message);
	*ret = (struct bench_reply){message.n_bytes, reply.msgid, &judge->verdict};
	return 0;
}

int bench_judge_next(struct bench_judge *judge, struct proto_scanner *scanner, struct span bytes,
        struct bench_reply *ret)
{
	size_t n_bytes;
	int r;

	if (scanner->scanned == 0 && find_known(judge, bytes, ret))
		return 0;
	r = proto_scanner_feed(scanner, bytes, &n_bytes);
	if (r != 0)
		return r;
	bytes.n_bytes = n_bytes;
	return find_known(judge, bytes, ret) ? 0 : judge_message(judge, bytes, ret);
}
