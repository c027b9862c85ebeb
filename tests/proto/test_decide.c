/*
 * The decision, row by row of DESIGN §3's table, with both sides of every boundary.
 */
#include "proto/decide.h"

#include <criterion/criterion.h>

enum { NOW = 1000, BIT = 70 };

/* The choice in the state, and its time: 0 none (no record), G given, R refused, U undecided. */
enum choice {
	NO_RECORD,
	UNDECIDED,
	GIVEN,
	REFUSED,
};

struct row {
	const char *what;
	enum proto_basis basis;
	bool exempt;
	enum choice choice;
	uint32_t until; /* of the choice; the other kind's time is its opposite */
	bool gpc, stale;
	enum proto_reason reason;
};

#define NEC PROTO_BASIS_NECESSARY
#define AUD PROTO_BASIS_AUDIENCE_MEASUREMENT
#define CON PROTO_BASIS_CONSENT
#define OPT PROTO_BASIS_OPT_OUT

static const struct row rows[] = {
        {"necessary", NEC, true, NO_RECORD, 0, false, false, PROTO_REASON_EXEMPT_NECESSARY},
        {"necessary, refused", NEC, true, REFUSED, 2000, true, false,
                PROTO_REASON_EXEMPT_NECESSARY},
        {"necessary comes before stale", NEC, true, NO_RECORD, 0, false, true,
                PROTO_REASON_EXEMPT_NECESSARY},

        {"stale beats an exemption", AUD, true, NO_RECORD, 0, false, true, PROTO_REASON_STALE},
        {"stale beats an objection", AUD, true, REFUSED, 2000, false, true, PROTO_REASON_STALE},
        {"stale beats a yes", CON, false, GIVEN, 2000, false, true, PROTO_REASON_STALE},
        {"stale beats a no", CON, false, REFUSED, 2000, false, true, PROTO_REASON_STALE},
        {"stale beats the default", OPT, false, NO_RECORD, 0, false, true, PROTO_REASON_STALE},

        {"exempt, no record", AUD, true, NO_RECORD, 0, false, false,
                PROTO_REASON_EXEMPT_AUDIENCE_MEASUREMENT},
        {"exempt, undecided", AUD, true, UNDECIDED, 2000, false, false,
                PROTO_REASON_EXEMPT_AUDIENCE_MEASUREMENT},
        {"exempt, given", AUD, true, GIVEN, 2000, false, false,
                PROTO_REASON_EXEMPT_AUDIENCE_MEASUREMENT},
        {"exempt, a lapsed yes", AUD, true, GIVEN, 10, false, false,
                PROTO_REASON_EXEMPT_AUDIENCE_MEASUREMENT},
        {"exempt, gpc is no objection", AUD, true, NO_RECORD, 0, true, false,
                PROTO_REASON_EXEMPT_AUDIENCE_MEASUREMENT},
        {"objection", AUD, true, REFUSED, 2000, false, false, PROTO_REASON_OBJECTION},
        {"an objection never lapses", AUD, true, REFUSED, 1, false, false, PROTO_REASON_OBJECTION},
        {"an objection without a time", AUD, true, REFUSED, 0, false, false,
                PROTO_REASON_OBJECTION},

        {"not exempt, no record", AUD, false, NO_RECORD, 0, false, false,
                PROTO_REASON_CONSENT_UNKNOWN},
        {"not exempt, given", AUD, false, GIVEN, 1001, false, false, PROTO_REASON_CONSENT_GIVEN},
        {"not exempt, expired", AUD, false, GIVEN, 1000, false, false,
                PROTO_REASON_CONSENT_EXPIRED},
        {"not exempt, refused", AUD, false, REFUSED, 1001, false, false,
                PROTO_REASON_CONSENT_REFUSED},
        {"not exempt, a refusal lapses", AUD, false, REFUSED, 1000, false, false,
                PROTO_REASON_CONSENT_UNKNOWN},

        {"consent, no record", CON, false, NO_RECORD, 0, false, false,
                PROTO_REASON_CONSENT_UNKNOWN},
        {"consent, undecided", CON, false, UNDECIDED, 2000, false, false,
                PROTO_REASON_CONSENT_UNKNOWN},
        {"consent, refused, one second left", CON, false, REFUSED, 1001, false, false,
                PROTO_REASON_CONSENT_REFUSED},
        {"consent, refused, until now", CON, false, REFUSED, 1000, false, false,
                PROTO_REASON_CONSENT_UNKNOWN},
        {"consent, refused, over", CON, false, REFUSED, 999, false, false,
                PROTO_REASON_CONSENT_UNKNOWN},
        {"consent, given, one second left", CON, false, GIVEN, 1001, false, false,
                PROTO_REASON_CONSENT_GIVEN},
        {"consent, given, until now", CON, false, GIVEN, 1000, false, false,
                PROTO_REASON_CONSENT_EXPIRED},
        {"consent, given, over", CON, false, GIVEN, 999, false, false,
                PROTO_REASON_CONSENT_EXPIRED},
        {"consent, given without a time", CON, false, GIVEN, 0, false, false,
                PROTO_REASON_CONSENT_EXPIRED},
        {"consent, gpc does not take a yes back", CON, false, GIVEN, 2000, true, false,
                PROTO_REASON_CONSENT_GIVEN},
        {"consent, gpc of the undecided", CON, false, NO_RECORD, 0, true, false,
                PROTO_REASON_CONSENT_UNKNOWN},
        {"the flag of another basis exempts nothing", CON, true, NO_RECORD, 0, false, false,
                PROTO_REASON_CONSENT_UNKNOWN},

        {"opt-out, no record", OPT, false, NO_RECORD, 0, false, false,
                PROTO_REASON_OPT_OUT_DEFAULT},
        {"opt-out, undecided", OPT, false, UNDECIDED, 2000, false, false,
                PROTO_REASON_OPT_OUT_DEFAULT},
        {"opt-out, gpc", OPT, false, NO_RECORD, 0, true, false, PROTO_REASON_GPC_OPT_OUT},
        {"opt-out, refused", OPT, false, REFUSED, 2000, false, false, PROTO_REASON_CONSENT_REFUSED},
        {"opt-out, a refusal never lapses", OPT, false, REFUSED, 1, false, false,
                PROTO_REASON_CONSENT_REFUSED},
        {"opt-out, refused beats gpc", OPT, false, REFUSED, 1, true, false,
                PROTO_REASON_CONSENT_REFUSED},
        {"opt-out, an explicit yes", OPT, false, GIVEN, 1001, false, false,
                PROTO_REASON_CONSENT_GIVEN},
        {"opt-out, an explicit yes beats gpc", OPT, false, GIVEN, 1001, true, false,
                PROTO_REASON_CONSENT_GIVEN},
        {"opt-out, a lapsed yes and gpc", OPT, false, GIVEN, 1000, true, false,
                PROTO_REASON_GPC_OPT_OUT},
        {"opt-out, a lapsed yes", OPT, false, GIVEN, 1000, false, false,
                PROTO_REASON_OPT_OUT_DEFAULT},
};

static struct proto_state state_of(const struct row *row, unsigned int bit)
{
	/* Every other bit, and the other kind's time, say the opposite: they must not matter. */
	bool given = row->choice == GIVEN;
	uint64_t others = given ? 0 : UINT64_MAX;
	uint32_t opposite = row->until > NOW ? 1 : UINT32_MAX;
	struct proto_state state = {
	        .decided = {{UINT64_MAX, UINT64_MAX}},
	        .given = {{others, others}},
	        .given_until = given ? row->until : opposite,
	        .refused_until = given ? opposite : row->until,
	};

	proto_bits_clear(&state.decided, bit);
	proto_bits_clear(&state.given, bit);
	if (row->choice == GIVEN || row->choice == REFUSED)
		proto_bits_set(&state.decided, bit);
	if (given)
		proto_bits_set(&state.given, bit);
	return state;
}

static void expect_rows(uint8_t bit)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct proto_service service = {
		        .basis = row->basis,
		        .exempt = row->exempt,
		        .bit = row->basis == NEC ? PROTO_NO_BIT : bit,
		};
		struct proto_circumstances c = {.now = NOW, .gpc = row->gpc, .stale = row->stale};
		struct proto_state state = state_of(row, bit);
		enum proto_reason got =
		        proto_decide(&service, row->choice == NO_RECORD ? NULL : &state, &c);

		cr_expect_eq(got, row->reason, "%s (bit %u): %d, want %d", row->what, bit, got,
		        row->reason);
	}
}

Test(decide, every_row_of_the_table)
{
	expect_rows(0);
	expect_rows(63);
	expect_rows(64);
	expect_rows(BIT);
	expect_rows(127);
}

Test(decide, an_undeclared_cookie_is_a_no_before_all)
{
	struct proto_circumstances c = {.now = NOW, .stale = true, .gpc = true};

	cr_expect_eq(proto_decide(NULL, NULL, &c), PROTO_REASON_UNDECLARED_COOKIE);
}

Test(decide, a_given_bit_that_is_not_decided_is_no_yes)
{
	struct proto_service service = {.basis = CON, .bit = 3};
	struct proto_state state = {.given = {{8, 0}}, .given_until = UINT32_MAX};
	struct proto_circumstances c = {.now = NOW};

	cr_expect_eq(proto_decide(&service, &state, &c), PROTO_REASON_CONSENT_UNKNOWN);
}

Test(decide, a_service_without_its_bit_is_a_no_whatever_its_basis)
{
	static const enum proto_basis bases[] = {AUD, CON, OPT};
	struct proto_circumstances c = {.now = NOW};

	for (size_t i = 0; i < 3; i++) {
		struct proto_service service = {.basis = bases[i], .exempt = true, .bit = 128};

		cr_expect_eq(proto_decide(&service, NULL, &c), PROTO_REASON_CONSENT_UNKNOWN);
		service.bit = PROTO_NO_BIT;
		cr_expect_eq(proto_decide(&service, NULL, &c), PROTO_REASON_CONSENT_UNKNOWN);
	}
}

Test(decide, an_unknown_basis_is_a_no)
{
	struct proto_service service = {.basis = (enum proto_basis)9, .exempt = true, .bit = 3};
	struct proto_circumstances c = {.now = NOW};

	cr_expect_eq(proto_decide(&service, NULL, &c), PROTO_REASON_CONSENT_UNKNOWN);
}

Test(decide, time_goes_past_32_bits)
{
	struct proto_service service = {.basis = CON, .bit = 0};
	struct proto_state state = {
	        .decided = {{1, 0}}, .given = {{1, 0}}, .given_until = UINT32_MAX};
	struct proto_circumstances c = {.now = UINT64_C(1) << 32};

	cr_expect_eq(proto_decide(&service, &state, &c), PROTO_REASON_CONSENT_EXPIRED);
}

/* -- ask ------------------------------------------------------------------------------------ */

/* Asked: bits 0, 1 and 64. */
static const struct proto_rules asking = {.asked = {{3, 1}}};

static bool ask(struct proto_state state, bool stale)
{
	struct proto_circumstances c = {.now = NOW, .stale = stale};

	return proto_ask(&asking, &state, &c);
}

Test(ask, of_a_visitor_without_a_record)
{
	struct proto_circumstances c = {.now = NOW};
	struct proto_rules nothing = {.live = {{UINT64_MAX, UINT64_MAX}}};

	cr_expect(proto_ask(&asking, NULL, &c));
	cr_expect_not(proto_ask(&nothing, NULL, &c));
}

Test(ask, while_one_service_is_undecided)
{
	cr_expect(ask((struct proto_state){{{3, 0}}, {{3, 0}}, 2000, 2000}, false));
	cr_expect(ask((struct proto_state){{{2, 1}}, {{2, 1}}, 2000, 2000}, false));
	cr_expect_not(ask((struct proto_state){{{3, 1}}, {{3, 1}}, 2000, 0}, false));
	cr_expect_not(ask((struct proto_state){{{3, 1}}, {{0, 0}}, 0, 2000}, false));
}

Test(ask, once_a_choice_is_over)
{
	struct proto_state mixed = {{{3, 1}}, {{1, 0}}, NOW + 1, NOW + 1};

	cr_expect_not(ask(mixed, false));
	mixed.given_until = NOW;
	cr_expect(ask(mixed, false), "an expired yes");
	mixed.given_until = NOW + 1;
	mixed.refused_until = NOW;
	cr_expect(ask(mixed, false), "a refusal past its validity");
}

Test(ask, not_for_services_that_need_no_opt_in)
{
	/* Bit 5 is not asked; it is undecided, or over, and nobody minds. */
	cr_expect_not(ask((struct proto_state){{{3, 1}}, {{3, 1}}, 2000, 0}, false));
	cr_expect_not(ask((struct proto_state){{{35, 1}}, {{3, 1}}, 2000, 0}, false));
	cr_expect_not(ask((struct proto_state){{{35, 1}}, {{32, 0}}, 0, 2000}, false));
}

Test(ask, not_when_stale)
{
	struct proto_circumstances c = {.now = NOW, .stale = true};

	cr_expect_not(proto_ask(&asking, NULL, &c));
}
