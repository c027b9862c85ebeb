/*
 * bind: from now on the session's choices are the account's; or, without an account, its own.
 */
#include "client/src/client.h"
#include "client/src/write.h"

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

enum consent_error client_bind_prepare(struct consent_client *client,
        const struct consent_visitor *session, const char *account, const char *event_id,
        struct client_write *ret)
{
	struct consent_visitor who;
	enum consent_error error = client_visitor_read(client, session, true, &who);
	if (error == CONSENT_OK)
		error = arguments_check(client, account, event_id);
	if (error != CONSENT_OK)
		return error;
	ret->op = PROTO_OP_BIND;
	ret->request.bind = (struct proto_bind_request){.site = span_of(who.site),
	        .subject = span_of(who.subject),
	        .account = span_of(account),
	        .event_id = client_event_id(event_id, ret->event_id)};
	return CONSENT_OK;
}

enum consent_error consent_bind(struct consent_client *client,
        const struct consent_visitor *session, const char *account, const char *event_id,
        struct consent_written *ret_written)
{
	struct client_write write;
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	enum consent_error error = client_bind_prepare(client, session, account, event_id, &write);
	return error == CONSENT_OK ? client_write(client, &write, ret_written) : error;
}
