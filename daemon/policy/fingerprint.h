/*
 * The fingerprint of what is material about a service. Any thread.
 */
#ifndef DAEMON_POLICY_FINGERPRINT_H
#define DAEMON_POLICY_FINGERPRINT_H

#include "daemon/policy/policy.h"

struct fingerprint_fields {
	struct span provider; /* its first text */
	struct span category;
	enum proto_basis basis;
	bool third_party;
	uint64_t material;
};

/*
 * BLAKE2b-128 over the fields in this order, each behind its length as a 32-bit little-endian
 * number: provider, category, the basis's name, `first` or `third`, and the counter as eight
 * little-endian bytes. The encoding is stored with every bit and never changes.
 */
void fingerprint_make(const struct fingerprint_fields *fields, uint8_t ret[16]);

#endif
