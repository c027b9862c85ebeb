/*
 * show: the record of a visitor, in memory that the handle keeps until its next call.
 */
#include "client/src/call.h"
#include "client/src/client.h"
#include "client/src/exchange.h"

/* Copies a text, ended by NUL, into room that was reserved; NULL for one that is absent. */
static const char *keep(struct client_bytes *owned, struct span text)
{
	if (!span_present(text))
		return NULL;
	uint8_t *copy = client_bytes_put(owned, text.data, text.n_bytes);
	client_bytes_put(owned, "", 1);
	return (const char *)copy;
}

/* Room for the choices, then for their names and the two texts. */
static bool reserve(struct client_bytes *owned, const struct proto_record *from)
{
	size_t n = from->choices.n_items;
	owned->n_bytes = 0;
	return client_bytes_reserve(
	        owned, n * (sizeof(struct consent_choice) + 1) + from->choices.items.n_bytes +
	                       from->method.n_bytes + from->language.n_bytes + 2);
}

static void choices_copy(
        struct client_bytes *owned, struct proto_list list, struct consent_choice *choices)
{
	struct span name, state;
	for (size_t i = 0; proto_list_pair_text(&list, &name, &state); i++)
		choices[i] = (struct consent_choice){keep(owned, name), span_is(state, "given")};
}

static enum consent_error copy(
        struct consent_client *client, const struct proto_record *from, struct consent_record *ret)
{
	struct client_bytes *owned = &client->owned;
	if (!reserve(owned, from))
		return client_fail(client, CONSENT_ERROR_NO_MEMORY, "out of memory");
	struct consent_choice *choices = (void *)owned->data;
	owned->n_bytes = from->choices.n_items * sizeof(*choices);
	choices_copy(owned, from->choices, choices);
	*ret = (struct consent_record){
	        .choices = choices,
	        .n_choices = from->choices.n_items,
	        .given_until = from->given_until,
	        .refused_until = from->refused_until,
	        .created_at = from->created_at,
	        .updated_at = from->updated_at,
	        .revision = from->revision,
	        .policy_revision = (uint32_t)from->policy_revision,
	        .bound = from->bound,
	        .method = keep(owned, from->method),
	        .language = keep(owned, from->language),
	};
	return CONSENT_OK;
}

enum consent_error consent_show(struct consent_client *client,
        const struct consent_visitor *visitor, struct consent_record *ret_record)
{
	struct consent_visitor who;
	if (!client || !ret_record)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	enum consent_error error = client_visitor_read(client, visitor, true, &who);
	if (error != CONSENT_OK)
		return error;
	struct proto_show_request request = {
	        .site = span_of(who.site), .subject = span_of(who.subject)};
	struct proto_show_result result;
	struct proto_record record;
	struct proto_fault fault;
	error = client_call(client, PROTO_OP_SHOW, &request, &result);
	if (error != CONSENT_OK)
		return client_public_error(client, error);
	if (proto_decode_result(&proto_record, result.record, &record, &fault) != 0)
		return client_fail(client, CONSENT_ERROR_PROTOCOL, "show: the record is garbled");
	return copy(client, &record, ret_record);
}
