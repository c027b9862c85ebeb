/*
 * record: keeps what a visitor chose; and withdraw, which is the record of a refusal.
 *
 * Arguments are checked here as well as by the daemon, so that a mistake is told without a round
 * trip, and in the same words whether or not the daemon runs.
 */
#include "client/src/call.h"
#include "client/src/client.h"
#include "client/src/exchange.h"
#include "client/src/names.h"
#include "client/src/write.h"

/* A text's header at its longest, for the lengths allowed here. */
enum { TEXT_HEADER_BYTES = 3, BOOL_BYTES = 1 };

static enum consent_error choices_check(
        struct consent_client *client, const struct consent_choices *choices)
{
	if (choices->n_choices == 0 || choices->n_choices > PROTO_LIMIT_CHOICES ||
	        !choices->choices) {
		return client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
		        "`choices` has %zu pairs: 1 to %d are allowed", choices->n_choices,
		        PROTO_LIMIT_CHOICES);
	}
	for (size_t i = 0; i < choices->n_choices; i++)
		if (!client_text_check(
		            client, "choices", choices->choices[i].name, 1, PROTO_LIMIT_NAME_BYTES))
			return CONSENT_ERROR_INVALID_ARGUMENT;
	return CONSENT_OK;
}

static enum consent_error attributes_check(
        struct consent_client *client, const struct consent_choices *choices)
{
	if (choices->n_attributes > PROTO_LIMIT_ATTRIBUTES ||
	        (choices->n_attributes > 0 && !choices->attributes)) {
		return client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
		        "`attributes` has %zu pairs, at most %d are allowed", choices->n_attributes,
		        PROTO_LIMIT_ATTRIBUTES);
	}
	for (size_t i = 0; i < choices->n_attributes; i++) {
		const struct consent_attribute *attribute = &choices->attributes[i];
		if (!client_text_check(
		            client, "attributes", attribute->name, 1, PROTO_LIMIT_NAME_BYTES))
			return CONSENT_ERROR_INVALID_ARGUMENT;
		if (!attribute->value || !client_text_check(client, attribute->name,
		                                 attribute->value, 0, PROTO_LIMIT_ATTRIBUTE_BYTES))
			return client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
			        "`attributes`: a value is missing, longer than %d bytes, or not "
			        "UTF-8",
			        PROTO_LIMIT_ATTRIBUTE_BYTES);
	}
	return CONSENT_OK;
}

/* A text that may be NULL, and is not empty otherwise. */
static bool optional_check(
        struct consent_client *client, const char *name, const char *text, size_t most)
{
	return !text || client_text_check(client, name, text, 1, most);
}

static enum consent_error texts_check(
        struct consent_client *client, const struct consent_choices *choices)
{
	bool valid =
	        optional_check(client, "method", choices->method, PROTO_LIMIT_METHOD_BYTES) &&
	        optional_check(client, "surface", choices->surface, PROTO_LIMIT_SURFACE_BYTES) &&
	        optional_check(client, "language", choices->language, PROTO_LIMIT_LANGUAGE_BYTES) &&
	        optional_check(client, "event_id", choices->event_id, PROTO_LIMIT_EVENT_ID_BYTES);
	return valid ? CONSENT_OK : CONSENT_ERROR_INVALID_ARGUMENT;
}

static enum consent_error arguments_check(
        struct consent_client *client, const struct consent_choices *choices)
{
	enum consent_error error = choices_check(client, choices);
	if (error == CONSENT_OK)
		error = attributes_check(client, choices);
	return error == CONSENT_OK ? texts_check(client, choices) : error;
}

static size_t lists_bytes(const struct consent_choices *choices)
{
	return choices->n_choices * (PROTO_LIMIT_NAME_BYTES + TEXT_HEADER_BYTES + BOOL_BYTES) +
	       choices->n_attributes * (PROTO_LIMIT_NAME_BYTES + PROTO_LIMIT_ATTRIBUTE_BYTES +
	                                       2 * TEXT_HEADER_BYTES);
}

/* Encodes choices and attributes into the handle's lists. */
static enum consent_error lists_encode(struct consent_client *client,
        const struct consent_choices *from, struct proto_record_request *request)
{
	struct client_bytes *lists = &client->lists;
	lists->n_bytes = 0;
	if (!client_bytes_reserve(lists, lists_bytes(from)))
		return client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	struct proto_writer w = proto_writer_of(lists->data, lists->capacity);
	for (size_t i = 0; i < from->n_choices; i++) {
		proto_writer_text(&w, span_of(from->choices[i].name));
		proto_writer_bool(&w, from->choices[i].given);
	}
	request->choices = proto_list_of(&w, (uint32_t)from->n_choices);
	if (from->n_attributes == 0)
		return CONSENT_OK;
	w = proto_writer_of(lists->data + w.n_bytes, lists->capacity - w.n_bytes);
	for (size_t i = 0; i < from->n_attributes; i++) {
		proto_writer_text(&w, span_of(from->attributes[i].name));
		proto_writer_text(&w, span_of(from->attributes[i].value));
	}
	request->attributes = proto_list_of(&w, (uint32_t)from->n_attributes);
	return CONSENT_OK;
}

enum consent_error client_record_prepare(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_choices *choices,
        struct client_write *ret)
{
	struct consent_visitor who;
	struct consent_choices read;
	if (!choices || !client_struct_read(choices, &read, sizeof(read))) {
		return client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
		        "`choices` is NULL, or was not set by CONSENT_CHOICES_INIT");
	}
	enum consent_error error = client_visitor_read(client, visitor, true, &who);
	if (error == CONSENT_OK)
		error = arguments_check(client, &read);
	if (error != CONSENT_OK)
		return error;
	ret->op = PROTO_OP_RECORD;
	ret->request.record = (struct proto_record_request){
	        .site = span_of(who.site),
	        .subject = span_of(who.subject),
	        .policy_revision = read.policy_revision,
	        .method = span_of(read.method),
	        .surface = span_of(read.surface),
	        .language = span_of(read.language),
	        .event_id = client_event_id(read.event_id, ret->event_id),
	};
	return lists_encode(client, &read, &ret->request.record);
}

enum consent_error client_withdraw_prepare(struct consent_client *client,
        const struct consent_visitor *visitor, const char *name, struct client_write *ret)
{
	struct consent_choice refused = {name ? name : "*", false};
	struct consent_choices choices = CONSENT_CHOICES_INIT;
	choices.choices = &refused;
	choices.n_choices = 1;
	return client_record_prepare(client, visitor, &choices, ret);
}

void client_written_read(
        enum proto_op op, const union client_write_result *result, struct consent_written *ret)
{
	if (op == PROTO_OP_RECORD)
		*ret = (struct consent_written){.revision = result->record.revision,
		        .event = client_event_find(result->record.event)};
	else
		*ret = (struct consent_written){
		        .revision = result->bind.revision, .event = CONSENT_EVENT_BOUND};
}

enum consent_error client_write(struct consent_client *client, const struct client_write *write,
        struct consent_written *ret_written)
{
	union client_write_result result;
	enum consent_error error = client_call(client, write->op, &write->request, &result);
	if (error == CONSENT_OK && ret_written)
		client_written_read(write->op, &result, ret_written);
	return client_public_error(client, error);
}

enum consent_error consent_record(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_choices *choices,
        struct consent_written *ret_written)
{
	struct client_write write;
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	enum consent_error error = client_record_prepare(client, visitor, choices, &write);
	return error == CONSENT_OK ? client_write(client, &write, ret_written) : error;
}

enum consent_error consent_withdraw(struct consent_client *client,
        const struct consent_visitor *visitor, const char *name,
        struct consent_written *ret_written)
{
	struct client_write write;
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	enum consent_error error = client_withdraw_prepare(client, visitor, name, &write);
	return error == CONSENT_OK ? client_write(client, &write, ret_written) : error;
}
