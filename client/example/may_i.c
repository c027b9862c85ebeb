/*
 * May this cookie be set for this visitor? Exit status 0 for yes, 1 for no.
 *
 * cc may_i.c $(pkg-config --cflags --libs consent) -o may_i
 * ./may_i public.opendatasoft.com some-session-id django_language
 */
#include <consent.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	struct consent_decision decision;
	struct consent_client *client;
	if (argc != 4 || consent_client_open(NULL, &client) != CONSENT_OK)
		return 2;
	visitor.site = argv[1];
	visitor.subject = argv[2];
	bool allowed = consent_check(client, &visitor, argv[3], NULL, &decision);
	const char *reason = consent_reason_name(decision.reason);
	printf("%s: %s, %s\n", argv[3], allowed ? "yes" : "no", reason);
	consent_client_close(client);
	return allowed ? 0 : 1;
}
