/*
 * Every write that the library may send twice carries an id: the daemon recognises the second one,
 * and answers with the first one's revision. Chance alone keeps two writes apart, so the bits come
 * from the kernel or the id is left out; a constant id would make one write swallow another.
 */
#include "client/src/event_id.h"

#include "client/src/outage.h"

struct span client_event_id(const char *given, char memory[CLIENT_EVENT_ID_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t random[CLIENT_EVENT_ID_BYTES / 2];
	if (given)
		return span_of(given);
	if (!client_random(random, sizeof(random)))
		return SPAN_NONE;
	for (size_t i = 0; i < sizeof(random); i++) {
		memory[2 * i] = digits[random[i] >> 4];
		memory[2 * i + 1] = digits[random[i] & 15];
	}
	return span_bytes(memory, CLIENT_EVENT_ID_BYTES);
}
