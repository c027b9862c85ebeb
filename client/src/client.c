/*
 * The handle itself: opened without a connection, so that an application starts whether or not
 * the daemon runs, and closed with everything it ever handed out.
 */
#include "client/src/client.h"

#include "client/src/async.h"

#include <stdarg.h>
#include <stdio.h>

/* No struct of the API will ever be larger: a size above it was never set. */
enum { CLIENT_STRUCT_MOST = 4096 };

enum consent_error consent_client_open(
        const struct consent_client_options *options, struct consent_client **ret_client)
{
	if (!ret_client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	struct consent_client *client = calloc(1, sizeof(*client));
	if (!client)
		return CONSENT_ERROR_NO_MEMORY;
	client_connection_init(&client->connection);
	enum consent_error error = client_options_init(&client->options, options);
	if (error == CONSENT_OK && !client_connection_guard(&client->connection))
		error = CONSENT_ERROR_NO_MEMORY;
	if (error != CONSENT_OK) {
		consent_client_close(client);
		return error;
	}
	*ret_client = client;
	return CONSENT_OK;
}

void consent_client_close(struct consent_client *client)
{
	if (!client)
		return;
	client_enter(client);
	client->async = client_async_free(client->async);
	client->mapping = client_mapping_put(client->mapping);
	client_connection_deinit(&client->connection);
	client_options_deinit(&client->options);
	client_policies_deinit(&client->policies);
	client_bytes_deinit(&client->out);
	client_bytes_deinit(&client->in);
	client_bytes_deinit(&client->items);
	client_bytes_deinit(&client->lists);
	client_bytes_deinit(&client->cookies);
	client_bytes_deinit(&client->owned);
	free(client);
}

void client_forget(struct consent_client *client)
{
	client_async_forget(client->async);
	client_connection_disown(&client->connection);
	client->mapping = NULL;
	client_counts_clear(&client->policies.counts); /* the parent reports them */
}

const char *consent_client_message(const struct consent_client *client)
{
	return client ? client->message : "";
}

enum consent_error client_fail(
        struct consent_client *client, enum consent_error error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int n_bytes = vsnprintf(client->message, sizeof(client->message), format, arguments);
	va_end(arguments);
	if (n_bytes < 0)
		client->message[0] = '\0';
	return error;
}

bool client_struct_read(const void *from, void *ret, size_t n_bytes)
{
	size_t size;
	memcpy(&size, from, sizeof(size));
	if (size == n_bytes) {
		memcpy(ret, from, n_bytes);
		return true;
	}
	if (size <= sizeof(size) || size > CLIENT_STRUCT_MOST)
		return false;
	size_t n_known = size < n_bytes ? size : n_bytes;
	const uint8_t *bytes = from;
	for (size_t i = n_known; i < size; i++)
		if (bytes[i] != 0)
			return false;
	memset(ret, 0, n_bytes);
	memcpy(ret, from, n_known);
	return true;
}

bool client_text_check(struct consent_client *client, const char *name, const char *text,
        size_t least, size_t most)
{
	size_t n_bytes = text ? strlen(text) : 0;
	if (text ? n_bytes == 0 && least > 0 : least > 0) {
		(void)client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
		        "`%s` is missing or empty: 1 to %zu bytes are wanted", name, most);
		return false;
	}
	if (n_bytes > most) {
		(void)client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
		        "`%s` is %zu bytes long, at most %zu are allowed", name, n_bytes, most);
		return false;
	}
	if (text && !proto_text_valid(span_of(text))) {
		(void)client_fail(
		        client, CONSENT_ERROR_INVALID_ARGUMENT, "`%s` is not UTF-8", name);
		return false;
	}
	return true;
}

enum consent_error client_visitor_read(struct consent_client *client,
        const struct consent_visitor *from, bool needs_subject, struct consent_visitor *ret)
{
	*ret = (struct consent_visitor)CONSENT_VISITOR_INIT;
	if (!from || !client_struct_read(from, ret, sizeof(*ret))) {
		return client_fail(client, CONSENT_ERROR_INVALID_ARGUMENT,
		        "`visitor` is NULL, or was not set by CONSENT_VISITOR_INIT");
	}
	if (!client_text_check(client, "site", ret->site, 1, PROTO_LIMIT_SITE_BYTES))
		return CONSENT_ERROR_INVALID_ARGUMENT;
	bool absent = !ret->subject && !needs_subject;
	if (!absent &&
	        !client_text_check(client, "subject", ret->subject, 1, PROTO_LIMIT_SUBJECT_BYTES))
		return CONSENT_ERROR_INVALID_ARGUMENT;
	return CONSENT_OK;
}
