/*
 * What a visitor agreed to, in sixteen bytes. Every field stands behind its length, so that no two
 * different services can run together into one encoding. Wording, cookies and lifetimes stay out:
 * correcting a text must ask nobody again.
 */
#include "daemon/policy/fingerprint.h"

#include <sodium.h>

static void add(crypto_generichash_state *state, struct span field)
{
	uint8_t length[4];
	for (unsigned int i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)(field.n_bytes >> (8 * i));
	crypto_generichash_update(state, length, sizeof(length));
	crypto_generichash_update(state, field.data, field.n_bytes);
}

void fingerprint_make(const struct fingerprint_fields *fields, uint8_t ret[16])
{
	crypto_generichash_state state;
	uint8_t material[8];
	for (unsigned int i = 0; i < sizeof(material); i++)
		material[i] = (uint8_t)(fields->material >> (8 * i));
	crypto_generichash_init(&state, NULL, 0, 16);
	add(&state, fields->provider);
	add(&state, fields->category);
	add(&state, span_of(proto_basis_name(fields->basis)));
	add(&state, span_of(fields->third_party ? "third" : "first"));
	add(&state, span_bytes(material, sizeof(material)));
	crypto_generichash_final(&state, ret, 16);
}
