/*
 * The library's reasons and events as text, and as what they are on the wire.
 *
 * The public numbers are the protocol's: that is asserted here, and a table that grows without the
 * enum is a warning in the switch.
 */
#include "client/src/names.h"

#define TEXT_OF(x) TEXT(x)
#define TEXT(x)    #x
#define SAME(a, b) _Static_assert((int)(a) == (int)(b), #a)

SAME(CONSENT_REASON_UNKNOWN_SITE, PROTO_REASON_UNKNOWN_SITE);
SAME(CONSENT_REASON_UNDECLARED_COOKIE, PROTO_REASON_UNDECLARED_COOKIE);
SAME(CONSENT_REASON_EXEMPT_NECESSARY, PROTO_REASON_EXEMPT_NECESSARY);
SAME(CONSENT_REASON_STALE, PROTO_REASON_STALE);
SAME(CONSENT_REASON_OBJECTION, PROTO_REASON_OBJECTION);
SAME(CONSENT_REASON_EXEMPT_AUDIENCE_MEASUREMENT, PROTO_REASON_EXEMPT_AUDIENCE_MEASUREMENT);
SAME(CONSENT_REASON_CONSENT_REFUSED, PROTO_REASON_CONSENT_REFUSED);
SAME(CONSENT_REASON_CONSENT_EXPIRED, PROTO_REASON_CONSENT_EXPIRED);
SAME(CONSENT_REASON_CONSENT_GIVEN, PROTO_REASON_CONSENT_GIVEN);
SAME(CONSENT_REASON_CONSENT_UNKNOWN, PROTO_REASON_CONSENT_UNKNOWN);
SAME(CONSENT_REASON_GPC_OPT_OUT, PROTO_REASON_GPC_OPT_OUT);
SAME(CONSENT_REASON_OPT_OUT_DEFAULT, PROTO_REASON_OPT_OUT_DEFAULT);
SAME(CONSENT_REASON_UNAVAILABLE, PROTO_REASON_UNAVAILABLE);

enum consent_reason client_reason(enum proto_reason reason)
{
	switch (reason) {
	case PROTO_REASON_UNKNOWN_SITE:
	case PROTO_REASON_UNDECLARED_COOKIE:
	case PROTO_REASON_EXEMPT_NECESSARY:
	case PROTO_REASON_STALE:
	case PROTO_REASON_OBJECTION:
	case PROTO_REASON_EXEMPT_AUDIENCE_MEASUREMENT:
	case PROTO_REASON_CONSENT_REFUSED:
	case PROTO_REASON_CONSENT_EXPIRED:
	case PROTO_REASON_CONSENT_GIVEN:
	case PROTO_REASON_CONSENT_UNKNOWN:
	case PROTO_REASON_GPC_OPT_OUT:
	case PROTO_REASON_OPT_OUT_DEFAULT:
	case PROTO_REASON_UNAVAILABLE:
		return (enum consent_reason)reason;
	}
	return CONSENT_REASON_UNAVAILABLE;
}

const char *consent_version(void)
{
	return TEXT_OF(CONSENT_VERSION_MAJOR) "." TEXT_OF(CONSENT_VERSION_MINOR) "." TEXT_OF(
	        CONSENT_VERSION_PATCH);
}

const char *consent_reason_name(enum consent_reason reason)
{
	return reason == CONSENT_REASON_NONE ? "none"
	                                     : proto_reason_name((enum proto_reason)reason);
}

static const char *const event_names[] = {
        [CONSENT_EVENT_NONE] = "none",
        [CONSENT_EVENT_GIVEN] = "given",
        [CONSENT_EVENT_RENEWED] = "renewed",
        [CONSENT_EVENT_REFUSED] = "refused",
        [CONSENT_EVENT_WITHDRAWN] = "withdrawn",
        [CONSENT_EVENT_OBJECTED] = "objected",
        [CONSENT_EVENT_BOUND] = "bound",
        [CONSENT_EVENT_ERASED] = "erased",
        [CONSENT_EVENT_IMPORTED] = "imported",
};

enum { N_EVENTS = sizeof(event_names) / sizeof(event_names[0]) };

const char *consent_event_name(enum consent_event event)
{
	return (unsigned int)event < N_EVENTS ? event_names[event] : "?";
}

enum consent_event client_event_find(struct span name)
{
	for (int i = CONSENT_EVENT_GIVEN; i < N_EVENTS; i++)
		if (span_is(name, event_names[i]))
			return (enum consent_event)i;
	return CONSENT_EVENT_NONE;
}
