/*
 * A choice is sent with an idempotency key, the user's or a random one, so that the library may
 * send it again when the connection breaks under it: it is recorded once.
 */
#include "client/ctl/choose.h"

#include <stdlib.h>

#include "client/ctl/lists.h"
#include "client/ctl/positionals.h"
#include "client/src/event_id.h"

const struct command_positional choose_positionals[CHOOSE_N_POSITIONALS] = {
        POSITIONAL_SITE(struct choose_values, request.site),
        POSITIONAL_SUBJECT(struct choose_values, request.subject),
        {.name = "NAME",
                .help = "services, categories or '*' for all; the more specific name wins",
                .offset = offsetof(struct choose_values, names),
                .many = true,
                .limits = &proto_fields[PROTO_FIELD_CHOICES]},
};

const struct command_option choose_options[CHOOSE_N_OPTIONS] = {
        {.name = "method",
                .value = "METHOD",
                .help = "how the choice was made: banner, settings, …",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_METHOD],
                .offset = offsetof(struct choose_values, request.method)},
        {.name = "surface",
                .value = "PLACE",
                .help = "the page or screen where it was made",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_SURFACE],
                .offset = offsetof(struct choose_values, request.surface)},
        {.name = "language",
                .value = "TAG",
                .help = "the language that the visitor was shown",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_LANGUAGE],
                .offset = offsetof(struct choose_values, request.language)},
        {.name = "policy-revision",
                .value = "N",
                .help = "the revision of the policy that the visitor was shown",
                .type = COMMAND_NUMBER,
                .limits = &proto_fields[PROTO_FIELD_POLICY_REVISION],
                .offset = offsetof(struct choose_values, request.policy_revision)},
        {.name = "event-id",
                .value = "ID",
                .help = "idempotency key: the same choice sent again is recognised",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_EVENT_ID],
                .offset = offsetof(struct choose_values, request.event_id)},
        {.name = "attribute",
                .value = "NAME=VALUE",
                .help = "what to keep with the event; may stand again",
                .type = COMMAND_TEXTS,
                .limits = &proto_fields[PROTO_FIELD_ATTRIBUTES],
                .offset = offsetof(struct choose_values, attributes)},
};

static int send(struct ctl *ctl, struct choose_values *values, bool given)
{
	struct proto_record_result result;
	uint8_t *storage;
	int code;

	values->request.choices = lists_of_choices(values->names, given, &storage);
	code = ctl_call_and_print(ctl, PROTO_OP_RECORD, &values->request, &result);
	free(storage);
	return code;
}

int choose_run(struct ctl *ctl, struct choose_values *values, bool given)
{
	char event_id[CLIENT_EVENT_ID_BYTES];
	uint8_t *storage = NULL;
	int code = CTL_OK;

	if (!span_present(values->request.event_id))
		values->request.event_id = client_event_id(NULL, event_id);
	if (values->attributes.n_words > 0)
		code = lists_of_attributes(
		        values->attributes, &values->request.attributes, &storage);
	if (code == CTL_OK)
		code = send(ctl, values, given);
	free(storage);
	return code;
}
