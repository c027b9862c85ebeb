/*
 * Records and events in the form of the wire. Loop thread only.
 */
#ifndef DAEMON_OP_ENCODE_H
#define DAEMON_OP_ENCODE_H

#include "daemon/op/op.h"
#include "daemon/store/event.h"

/* Room for the choices of one record or event: an id, a state and their headers for every bit. */
enum { OP_CHOICES_BYTES = PROTO_LIMIT_BITS * (PROTO_LIMIT_NAME_BYTES + 16) };

struct op_choices_room {
	uint8_t bytes[OP_CHOICES_BYTES];
};

/*
 * Fills in the message's members. Its spans point into the record or event, the policy and `room`,
 * which must outlive the encoding.
 */
void op_record_message(const struct record *record, bool bound, const struct policy *policy,
        struct op_choices_room *room, struct proto_record *ret);
void op_event_message(const struct event *event, const struct policy *policy,
        struct op_choices_room *room, struct proto_event *ret);

/* Room for a whole record as a nested map. */
struct op_record_room {
	uint8_t bytes[OP_CHOICES_BYTES + 512];
};
/* The encoded map, which lies in `room`. */
struct span op_encode_record(const struct proto_record *message, struct op_record_room *room);

#endif
