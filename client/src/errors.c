/*
 * The library's errors as text. Those that the daemon answers with keep the protocol's number, 100
 * higher: asserted here, and a table that grows without the enum is a warning in the switch.
 */
#include "client/src/names.h"

#define SAME(a, b) _Static_assert((int)(a) == CONSENT_ERROR_REMOTE + (int)(b), #a)

SAME(CONSENT_ERROR_MALFORMED, PROTO_ERROR_MALFORMED);
SAME(CONSENT_ERROR_UNKNOWN_METHOD, PROTO_ERROR_UNKNOWN_METHOD);
SAME(CONSENT_ERROR_MISSING_FIELD, PROTO_ERROR_MISSING_FIELD);
SAME(CONSENT_ERROR_UNKNOWN_FIELD, PROTO_ERROR_UNKNOWN_FIELD);
SAME(CONSENT_ERROR_BAD_TYPE, PROTO_ERROR_BAD_TYPE);
SAME(CONSENT_ERROR_INVALID_VALUE, PROTO_ERROR_INVALID_VALUE);
SAME(CONSENT_ERROR_TOO_LARGE, PROTO_ERROR_TOO_LARGE);
SAME(CONSENT_ERROR_FORBIDDEN, PROTO_ERROR_FORBIDDEN);
SAME(CONSENT_ERROR_UNKNOWN_SITE, PROTO_ERROR_UNKNOWN_SITE);
SAME(CONSENT_ERROR_UNKNOWN_CHOICE, PROTO_ERROR_UNKNOWN_CHOICE);
SAME(CONSENT_ERROR_NOT_FOUND, PROTO_ERROR_NOT_FOUND);
SAME(CONSENT_ERROR_CONFLICT, PROTO_ERROR_CONFLICT);
SAME(CONSENT_ERROR_INVALID_POLICY, PROTO_ERROR_INVALID_POLICY);
SAME(CONSENT_ERROR_POLICY_FULL, PROTO_ERROR_POLICY_FULL);
SAME(CONSENT_ERROR_BUSY, PROTO_ERROR_BUSY);
SAME(CONSENT_ERROR_STORAGE_FULL, PROTO_ERROR_STORAGE_FULL);
SAME(CONSENT_ERROR_STORAGE_FAILED, PROTO_ERROR_STORAGE_FAILED);
SAME(CONSENT_ERROR_SHUTTING_DOWN, PROTO_ERROR_SHUTTING_DOWN);

enum consent_error client_error(enum proto_error remote)
{
	switch (remote) {
	case PROTO_ERROR_NONE:
		break;
	case PROTO_ERROR_MALFORMED:
	case PROTO_ERROR_UNKNOWN_METHOD:
	case PROTO_ERROR_MISSING_FIELD:
	case PROTO_ERROR_UNKNOWN_FIELD:
	case PROTO_ERROR_BAD_TYPE:
	case PROTO_ERROR_INVALID_VALUE:
	case PROTO_ERROR_TOO_LARGE:
	case PROTO_ERROR_FORBIDDEN:
	case PROTO_ERROR_UNKNOWN_SITE:
	case PROTO_ERROR_UNKNOWN_CHOICE:
	case PROTO_ERROR_NOT_FOUND:
	case PROTO_ERROR_CONFLICT:
	case PROTO_ERROR_INVALID_POLICY:
	case PROTO_ERROR_POLICY_FULL:
	case PROTO_ERROR_BUSY:
	case PROTO_ERROR_STORAGE_FULL:
	case PROTO_ERROR_STORAGE_FAILED:
	case PROTO_ERROR_SHUTTING_DOWN:
		return (enum consent_error)(CONSENT_ERROR_REMOTE + (int)remote);
	}
	return CONSENT_ERROR_REMOTE;
}

/* Of an error that the library makes itself; NULL: it is not one of these. */
static const char *own_name(enum consent_error error)
{
	static const char *const names[] = {"ok", "invalid_argument", "no_memory", "connect",
	        "timeout", "unavailable", "closed", "protocol"};
	return (unsigned int)error < sizeof(names) / sizeof(names[0]) ? names[error] : NULL;
}

const char *consent_error_name(enum consent_error error)
{
	const char *name = own_name(error);
	if (name)
		return name;
	if (error == CONSENT_ERROR_REMOTE)
		return "remote";
	return error > CONSENT_ERROR_REMOTE
	               ? proto_error_name((enum proto_error)(error - CONSENT_ERROR_REMOTE))
	               : "?";
}

const char *consent_error_text(enum consent_error error)
{
	switch (error) {
	case CONSENT_OK:
		return "no error";
	case CONSENT_ERROR_INVALID_ARGUMENT:
		return "the call contradicts its contract";
	case CONSENT_ERROR_NO_MEMORY:
		return "out of memory";
	case CONSENT_ERROR_CONNECT:
		return "the consent daemon's socket cannot be connected to";
	case CONSENT_ERROR_TIMEOUT:
		return "the consent daemon did not answer in time";
	case CONSENT_ERROR_UNAVAILABLE:
		return "the consent daemon was not asked, because it did not answer a moment ago";
	case CONSENT_ERROR_CLOSED:
		return "the consent daemon closed the connection";
	case CONSENT_ERROR_PROTOCOL:
		return "the consent daemon's answer was not understood";
	case CONSENT_ERROR_REMOTE:
		return "the consent daemon refused the request";
	case CONSENT_ERROR_MALFORMED:
		return "the consent daemon could not read the request";
	case CONSENT_ERROR_UNKNOWN_METHOD:
		return "the consent daemon does not know the operation";
	case CONSENT_ERROR_MISSING_FIELD:
		return "the request lacks a field";
	case CONSENT_ERROR_UNKNOWN_FIELD:
		return "the request has a field that the operation does not have";
	case CONSENT_ERROR_BAD_TYPE:
		return "a field of the request has the wrong type";
	case CONSENT_ERROR_INVALID_VALUE:
		return "a field of the request is outside its range";
	case CONSENT_ERROR_TOO_LARGE:
		return "the request is longer, or has more of something, than is allowed";
	case CONSENT_ERROR_FORBIDDEN:
		return "this process may not do that";
	case CONSENT_ERROR_UNKNOWN_SITE:
		return "no policy is known for the site";
	case CONSENT_ERROR_UNKNOWN_CHOICE:
		return "a choice names neither a service nor a category of the policy";
	case CONSENT_ERROR_NOT_FOUND:
		return "there is no such record";
	case CONSENT_ERROR_CONFLICT:
		return "the request contradicts what is stored";
	case CONSENT_ERROR_INVALID_POLICY:
		return "the policy has faults";
	case CONSENT_ERROR_POLICY_FULL:
		return "the policy has no room for another service or site";
	case CONSENT_ERROR_BUSY:
		return "too many requests wait: try again";
	case CONSENT_ERROR_STORAGE_FULL:
		return "the consent daemon's storage is full";
	case CONSENT_ERROR_STORAGE_FAILED:
		return "the consent daemon's storage failed: the outcome is unknown";
	case CONSENT_ERROR_SHUTTING_DOWN:
		return "the consent daemon is stopping";
	}
	return "unknown error";
}
