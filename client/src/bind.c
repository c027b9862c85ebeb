/*
 * bind: from now on the session's choices are the account's; or, without an account, its own.
 */
#include "client/src/call.h"
#include "client/src/client.h"
#include "client/src/event_id.h"
#include "client/src/exchange.h"

static enum consent_error arguments_check(
        struct consent_client *client, const char *account, const char *event_id)
{
	if (account && !client_text_check(client, "account", account, 1, PROTO_LIMIT_SUBJECT_BYTES))
		return CONSENT_ERROR_INVALID_ARGUMENT;
	if (event_id &&
	        !client_text_check(client, "event_id", event_id, 1, PROTO_LIMIT_EVENT_ID_BYTES))
		return CONSENT_ERROR_INVALID_ARGUMENT;
	return CONSENT_OK;
}

enum consent_error consent_bind(struct consent_client *client,
        const struct consent_visitor *session, const char *account, const char *event_id,
        struct consent_written *ret_written)
{
	struct consent_visitor who;
	char memory[CLIENT_EVENT_ID_BYTES];
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	enum consent_error error = client_visitor_read(client, session, true, &who);
	if (error == CONSENT_OK)
		error = arguments_check(client, account, event_id);
	if (error != CONSENT_OK)
		return error;
	struct proto_bind_request request = {.site = span_of(who.site),
	        .subject = span_of(who.subject),
	        .account = span_of(account),
	        .event_id = client_event_id(event_id, memory)};
	struct proto_bind_result result;
	error = client_call(client, PROTO_OP_BIND, &request, &result);
	if (error == CONSENT_OK && ret_written)
		*ret_written = (struct consent_written){
		        .revision = result.revision, .event = CONSENT_EVENT_BOUND};
	return client_public_error(client, error);
}
