/* The library's enums and the wire's: reasons, events, errors. Any thread. */
#ifndef CLIENT_SRC_NAMES_H
#define CLIENT_SRC_NAMES_H

#include <consent.h>

#include "proto/tables.h"

/* The public number of a reason; UNAVAILABLE for one that this library does not know. */
enum consent_reason client_reason(enum proto_reason reason);

/* The event of that name; NONE for one that this library does not know. */
enum consent_event client_event_find(struct span name);

/* The public number of what the daemon refused a request with; REMOTE for one it does not know. */
enum consent_error client_error(enum proto_error remote);

#endif
