/*
 * One request and its answer: an exchange of one item, with the deadline that its kind has.
 */
#include "client/src/call.h"

#include "client/src/client.h"
#include "client/src/exchange.h"
#include "client/src/names.h"

void client_begin(struct consent_client *client, enum proto_op op)
{
	const struct client_options *options = &client->options;
	if (client->until_ms != 0)
		return;
	client->until_ms = client_now_ms() + (client_op_writes(op) ? options->write_deadline_ms
	                                                           : options->deadline_ms);
}

enum consent_error client_public_error(
        const struct consent_client *client, enum consent_error error)
{
	return error == CONSENT_ERROR_REMOTE ? client_error(client->remote_error) : error;
}

enum proto_error client_remote_error(const struct consent_client *client)
{
	return client->remote_error;
}

enum consent_error client_call(
        struct consent_client *client, enum proto_op op, const void *request, void *result)
{
	struct client_item item = {.op = op, .request = request, .result = result};
	client_enter(client);
	client_begin(client, op);
	return client_exchange(client, &item, 1);
}
