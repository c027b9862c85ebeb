/*
 * consent_flush: what the handle counted, told the daemon now.
 *
 * A report that is sent twice counts twice, so it is not: once a part of one has been sent, only the
 * daemon's refusal says that it was not counted. Whatever else came instead of a reply, it is
 * forgotten. In front of an exchange (client_report_all) nobody refuses anything, and it is
 * forgotten as soon as it is on its way.
 */
#include "client/src/report.h"

#include "client/src/client.h"
#include "client/src/exchange.h"
#include "proto/rpc.h"

enum { REPORT_BYTES = sizeof(struct client_report) + PROTO_LIMIT_SITE_BYTES + 128 };

static bool report_of(
        const struct client_policies *policies, size_t site, struct client_report *ret_report)
{
	const char *name = policies->slots[site].site;

	return name && client_counts_report(&policies->counts, site, span_of(name), ret_report);
}

static bool notify(struct client_bytes *out, const struct client_report *report)
{
	if (!client_bytes_reserve(out, REPORT_BYTES))
		return false;
	struct proto_writer w = proto_writer_of(out->data + out->n_bytes, REPORT_BYTES);
	proto_rpc_write_notification(&w, span_of(proto_ops[PROTO_OP_REPORT].name));
	proto_encode(&w, &proto_report_request, &report->request);
	if (w.overflow)
		return false;
	out->n_bytes += w.n_bytes;
	return true;
}

bool client_report_all(const struct client_policies *policies, struct client_bytes *out)
{
	struct client_report report;
	size_t begin = out->n_bytes;
	if (!policies->counts.any)
		return false;
	for (size_t site = 0; site < CLIENT_POLICIES; site++) {
		if (report_of(policies, site, &report) && !notify(out, &report)) {
			out->n_bytes = begin;
			return false;
		}
	}
	return true;
}

/* Whether the daemon may have counted it, or never will. */
static bool is_settled(const struct consent_client *client, enum consent_error error)
{
	if (error == CONSENT_ERROR_REMOTE)
		return client->remote_error == PROTO_ERROR_UNKNOWN_SITE;
	return client->sent_any;
}

static enum consent_error report_site(struct consent_client *client, size_t site)
{
	struct client_report report;
	struct proto_report_result result;
	struct client_item item = {
	        .op = PROTO_OP_REPORT, .request = &report.request, .result = &result};
	if (!report_of(&client->policies, site, &report))
		return CONSENT_OK;
	enum consent_error error = client_exchange(client, &item, 1);
	if (is_settled(client, error))
		client_counts_drop(&client->policies.counts, site);
	return client_public_error(client, error);
}

enum consent_error consent_flush(struct consent_client *client)
{
	enum consent_error error = CONSENT_OK;
	if (!client)
		return CONSENT_ERROR_INVALID_ARGUMENT;
	client_enter(client);
	client_begin(client, PROTO_OP_REPORT);
	for (size_t site = 0; site < CLIENT_POLICIES; site++) {
		error = report_site(client, site);
		/* What was counted of a site that is gone is of interest to nobody. */
		if (error != CONSENT_OK && error != CONSENT_ERROR_UNKNOWN_SITE)
			return error;
	}
	client_counts_clear(&client->policies.counts);
	return CONSENT_OK;
}
