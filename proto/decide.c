/*
 * The decision: from a service's basis and a subject's state to a reason.
 *
 * Everything else in the project serves these few lines; daemon and clients run the same ones. They
 * follow the table of DESIGN §3 in its order, the first reason that applies. A service that is
 * neither necessary nor has a bit cannot be decided by anybody (its policy was never applied), so
 * it is a no like everything that is unknown, whatever its basis would allow by default.
 */
#include "proto/decide.h"

enum choice {
	CHOICE_NONE,
	CHOICE_GIVEN,
	CHOICE_REFUSED,
};

static enum choice choice_of(const struct proto_state *state, unsigned int bit)
{
	if (!state || !proto_bits_has(&state->decided, bit))
		return CHOICE_NONE;
	return proto_bits_has(&state->given, bit) ? CHOICE_GIVEN : CHOICE_REFUSED;
}

static enum proto_reason decide_consent(
        enum choice choice, const struct proto_state *state, uint64_t now)
{
	switch (choice) {
	case CHOICE_REFUSED:
		return now < state->refused_until ? PROTO_REASON_CONSENT_REFUSED
		                                  : PROTO_REASON_CONSENT_UNKNOWN;
	case CHOICE_GIVEN:
		return now < state->given_until ? PROTO_REASON_CONSENT_GIVEN
		                                : PROTO_REASON_CONSENT_EXPIRED;
	case CHOICE_NONE:
		break;
	}
	return PROTO_REASON_CONSENT_UNKNOWN;
}

static enum proto_reason decide_opt_out(
        enum choice choice, const struct proto_state *state, const struct proto_circumstances *c)
{
	if (choice == CHOICE_REFUSED)
		return PROTO_REASON_CONSENT_REFUSED;
	if (choice == CHOICE_GIVEN && c->now < state->given_until)
		return PROTO_REASON_CONSENT_GIVEN;
	return c->gpc ? PROTO_REASON_GPC_OPT_OUT : PROTO_REASON_OPT_OUT_DEFAULT;
}

enum proto_reason proto_decide(const struct proto_service *service, const struct proto_state *state,
        const struct proto_circumstances *circumstances)
{
	enum choice choice;

	if (!service)
		return PROTO_REASON_UNDECLARED_COOKIE;
	if (service->basis == PROTO_BASIS_NECESSARY)
		return PROTO_REASON_EXEMPT_NECESSARY;
	if (circumstances->stale)
		return PROTO_REASON_STALE;
	if (service->bit >= PROTO_LIMIT_BITS)
		return PROTO_REASON_CONSENT_UNKNOWN;

	choice = choice_of(state, service->bit);
	switch (service->basis) {
	case PROTO_BASIS_AUDIENCE_MEASUREMENT:
		if (!service->exempt)
			return decide_consent(choice, state, circumstances->now);
		return choice == CHOICE_REFUSED ? PROTO_REASON_OBJECTION
		                                : PROTO_REASON_EXEMPT_AUDIENCE_MEASUREMENT;
	case PROTO_BASIS_CONSENT:
		return decide_consent(choice, state, circumstances->now);
	case PROTO_BASIS_OPT_OUT:
		return decide_opt_out(choice, state, circumstances);
	case PROTO_BASIS_NECESSARY:
		break;
	}
	return PROTO_REASON_CONSENT_UNKNOWN;
}

bool proto_ask(const struct proto_rules *rules, const struct proto_state *state,
        const struct proto_circumstances *circumstances)
{
	uint64_t unknown = 0, given = 0, refused = 0;

	if (circumstances->stale)
		return false;
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t decided = state ? state->decided.word[i] : 0;
		uint64_t yes = state ? state->given.word[i] : 0;

		unknown |= rules->asked.word[i] & ~decided;
		given |= rules->asked.word[i] & decided & yes;
		refused |= rules->asked.word[i] & decided & ~yes;
	}
	return unknown != 0 || (given != 0 && circumstances->now >= state->given_until) ||
	       (refused != 0 && circumstances->now >= state->refused_until);
}
