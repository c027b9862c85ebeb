/*
 * Bits become names by the policy they were decided under. A bit that this policy does not have
 * belongs to a service that is gone, and is left out.
 */
#include "daemon/op/encode.h"

static struct proto_list choices_list(const struct policy *policy, const struct proto_bits *decided,
        const struct proto_bits *given, struct op_choices_room *room)
{
	struct proto_writer writer = proto_writer_of(room->bytes, sizeof(room->bytes));
	uint32_t n = 0;

	for (uint32_t i = 0; i < policy->rules.n_services; i++) {
		const struct proto_service *service = &policy->rules.services[i];

		if (!proto_bits_has(decided, service->bit))
			continue;
		proto_writer_text(&writer, service->id);
		proto_writer_text(&writer,
		        span_of(proto_bits_has(given, service->bit) ? "given" : "refused"));
		n++;
	}
	return proto_list_of(&writer, n);
}

/* What a session decided by itself counts for nothing while it follows an account. */
void op_record_message(const struct record *record, bool bound, const struct policy *policy,
        struct op_choices_room *room, struct proto_record *ret)
{
	static const struct proto_state nothing;
	const struct proto_state *state = record->linked ? &nothing : &record->state;

	*ret = (struct proto_record){
	        .choices = choices_list(policy, &state->decided, &state->given, room),
	        .given_until = state->given_until,
	        .refused_until = state->refused_until,
	        .created_at = record->created_at,
	        .updated_at = record->updated_at,
	        .revision = record->revision,
	        .policy_revision = record->policy_revision,
	        .method = record_text_span(&record->method),
	        .language = record_text_span(&record->language),
	        .bound = bound,
	};
}

void op_event_message(const struct event *event, const struct policy *policy,
        struct op_choices_room *room, struct proto_event *ret)
{
	*ret = (struct proto_event){
	        .revision = event->revision,
	        .at = event->at,
	        .event = span_of(event_kind_name(event->kind)),
	        .choices = choices_list(policy, &event->decided, &event->given, room),
	        .method = event->method,
	        .surface = event->surface,
	        .language = event->language,
	        .policy_revision = event->policy_shown,
	        .actor = event->actor,
	};
	if (event->n_attributes)
		ret->attributes = (struct proto_list){event->attributes, event->n_attributes};
}

struct span op_encode_record(const struct proto_record *message, struct op_record_room *room)
{
	struct proto_writer writer = proto_writer_of(room->bytes, sizeof(room->bytes));

	proto_encode(&writer, &proto_record, message);
	return proto_writer_span(&writer);
}
