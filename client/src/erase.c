/*
 * erase: nothing is left of a visitor but a digest in a chain, which links to nobody.
 *
 * Sent once: erasing has no event_id, and an answer of `not_found` to a repetition could not be
 * told from one to the first.
 */
#include "client/src/call.h"
#include "client/src/client.h"
#include "client/src/exchange.h"

enum consent_error consent_erase(struct consent_client *client,
        const struct consent_visitor *visitor, struct consent_written *ret_written)
{
	struct consent_visitor who;
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	enum consent_error error = client_visitor_read(client, visitor, true, &who);
	if (error != CONSENT_OK)
		return error;
	struct proto_erase_request request = {
	        .site = span_of(who.site), .subject = span_of(who.subject)};
	struct proto_erase_result result;
	error = client_call(client, PROTO_OP_ERASE, &request, &result);
	if (error == CONSENT_OK && ret_written)
		*ret_written = (struct consent_written){.revision = result.revision,
		        .event = CONSENT_EVENT_ERASED,
		        .n_events = result.events};
	return client_public_error(client, error);
}
