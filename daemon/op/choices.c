/*
 * Bit sets all the way: a record's 128 services are combined in a handful of word operations, and
 * each rule stands in one line of its own.
 */
#include "daemon/op/choices.h"

enum { IDENTICAL_WITHIN_S = 24 * 60 * 60 };

static struct proto_bits bits_or(struct proto_bits a, struct proto_bits b)
{
	return (struct proto_bits){{a.word[0] | b.word[0], a.word[1] | b.word[1]}};
}

static struct proto_bits bits_and(struct proto_bits a, struct proto_bits b)
{
	return (struct proto_bits){{a.word[0] & b.word[0], a.word[1] & b.word[1]}};
}

static struct proto_bits bits_without(struct proto_bits a, struct proto_bits b)
{
	return (struct proto_bits){{a.word[0] & ~b.word[0], a.word[1] & ~b.word[1]}};
}

static bool bits_any(struct proto_bits a)
{
	return (a.word[0] | a.word[1]) != 0;
}

static bool bits_equal(struct proto_bits a, struct proto_bits b)
{
	return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

/* Lays all names of one rank over what less specific ones said. */
static int expand_rank(const struct policy *shown, struct proto_list pairs, int rank,
        struct choices *choices, struct span *ret_name)
{
	struct span name;
	bool given;

	while (proto_list_pair_bool(&pairs, &name, &given)) {
		struct proto_bits bits;
		bool necessary;

		*ret_name = name;
		if (!policy_expand(shown, name, &bits, &necessary))
			return CHOICES_E_UNKNOWN;
		if (necessary && !given)
			return CHOICES_E_NECESSARY;
		if (policy_name_rank(shown, name) != rank)
			continue;
		choices->given =
		        given ? bits_or(choices->given, bits) : bits_without(choices->given, bits);
		choices->refused = given ? bits_without(choices->refused, bits)
		                         : bits_or(choices->refused, bits);
	}
	return 0;
}

int choices_expand(const struct policy *shown, struct proto_list pairs, struct choices *ret,
        struct span *ret_name)
{
	*ret = (struct choices){0};
	for (int rank = 0; rank <= 2; rank++) {
		int rc = expand_rank(shown, pairs, rank, ret, ret_name);
		if (rc != 0)
			return rc;
	}
	return 0;
}

struct proto_bits choices_bits_of(const struct policy *policy, enum proto_basis basis)
{
	struct proto_bits bits = {0};

	for (uint32_t i = 0; i < policy->rules.n_services; i++) {
		const struct proto_service *service = &policy->rules.services[i];

		if (service->basis == basis && service->bit != PROTO_NO_BIT)
			proto_bits_set(&bits, service->bit);
	}
	return bits;
}

static uint32_t saturated(uint64_t seconds)
{
	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

/*
 * What still holds of a record: bits of this policy, without what has lapsed. An objection never
 * does, also while a condition of the exemption is not attested and its service needs consent: when
 * it is attested again, the cookies that were objected to would be allowed.
 */
static struct proto_state still_in_force(
        const struct record *before, const struct policy *policy, uint64_t now)
{
	struct proto_state state = before ? before->state : (struct proto_state){0};

	state.decided = bits_and(state.decided, policy->rules.live);
	state.given = bits_and(state.given, state.decided);
	if (now >= state.given_until) {
		state.decided = bits_without(state.decided, state.given);
		state.given = (struct proto_bits){0};
	}
	if (now >= state.refused_until) {
		struct proto_bits refused = bits_without(state.decided, state.given);

		refused = bits_and(refused, choices_bits_of(policy, PROTO_BASIS_CONSENT));
		state.decided = bits_without(state.decided, refused);
	}
	return state;
}

static uint32_t given_until(const struct proto_state *was, const struct proto_state *is,
        const struct choices *choices, uint64_t until)
{
	if (!bits_any(is->given))
		return 0;
	if (!bits_any(bits_without(is->given, choices->given)))
		return saturated(until);
	return was->given_until < until ? was->given_until : saturated(until);
}

static uint32_t refused_until(const struct proto_state *was, const struct proto_state *is,
        const struct choices *choices, uint64_t until)
{
	if (!bits_any(bits_without(is->decided, is->given)))
		return 0;
	if (!bits_any(choices->refused) || was->refused_until > until)
		return was->refused_until;
	return saturated(until);
}

static enum event_kind kind_of(const struct proto_state *was, const struct proto_state *is,
        const struct choices *choices, const struct policy *policy)
{
	struct proto_bits refused = bits_without(
	        bits_without(is->decided, is->given), bits_without(was->decided, was->given));
	struct proto_bits measuring = choices_bits_of(policy, PROTO_BASIS_AUDIENCE_MEASUREMENT);
	struct proto_bits objectable = bits_without(measuring, policy->rules.asked);

	if (bits_any(bits_and(was->given, choices->refused)))
		return EVENT_WITHDRAWN;
	if (bits_any(bits_without(is->given, was->given)))
		return EVENT_GIVEN;
	if (bits_any(bits_without(refused, objectable)))
		return EVENT_REFUSED;
	return bits_any(refused) ? EVENT_OBJECTED : EVENT_RENEWED;
}

/* What has lapsed was no longer so: to say it again is to say something. */
static bool is_unchanged(const struct record *before, const struct proto_state *was,
        const struct proto_state *is, const struct policy *policy, uint64_t now)
{
	return before && bits_equal(was->decided, is->decided) &&
	       bits_equal(was->given, is->given) &&
	       before->policy_revision == policy->policy_revision &&
	       now - before->updated_at < IDENTICAL_WITHIN_S;
}

void choices_merge(const struct record *before, const struct choices *choices,
        const struct policy *policy, uint64_t now, struct choices_outcome *ret)
{
	struct choices named = {bits_and(choices->given, policy->rules.live),
	        bits_and(choices->refused, policy->rules.live)};
	struct proto_state was = still_in_force(before, policy, now), is = was;

	is.decided = bits_or(is.decided, bits_or(named.given, named.refused));
	is.given = bits_without(bits_or(is.given, named.given), named.refused);
	is.given_until = given_until(&was, &is, &named, now + policy->given_validity_s);
	is.refused_until = refused_until(&was, &is, &named, now + policy->refused_validity_s);
	*ret = (struct choices_outcome){
	        .state = is,
	        .kind = kind_of(&was, &is, &named, policy),
	        .decided = bits_or(named.given, named.refused),
	        .given = named.given,
	        .identical = !bits_any(bits_or(named.given, named.refused)) ||
	                     is_unchanged(before, &was, &is, policy, now),
	};
}
