/* The policy as an object: bits, names and what they stand for, texts by language. */
#include "daemon/policy/policy.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "tests/daemon/policy/sample.h"

static const char two_kinds[] =
        "site: www.example.org\n"
        "services:\n"
        "- {id: login, provider: P, function: F, category: necessary,\n"
        "   cookies: [{name: sid, purpose: x}]}\n"
        "- {id: cart, provider: P, function: F, category: first_party,\n"
        "   cookies: [{name: cart, purpose: x}, {name: cart_*, purpose: x}]}\n"
        "- {id: ads, provider: A, function: F, category: third_party,\n"
        "   cookies: [{name: uid, domain: ads.example, max_age: 1 day, purpose: x}]}\n"
        "- {id: chat, provider: A, function: F, category: first_party,\n"
        "   cookies: [{name: chat, purpose: x}]}\n";

static struct policy *policy;

static void start(void)
{
	policy = sample_policy(span_of(two_kinds));
}

static void stop(void)
{
	policy = policy_free(policy);
}

TestSuite(policy_object, .init = start, .fini = stop);

static void expands(const char *name, uint64_t bits, bool necessary)
{
	struct proto_bits ret = {{99, 99}};
	bool ret_necessary = !necessary;
	cr_assert(policy_expand(policy, span_of(name), &ret, &ret_necessary), "%s", name);
	cr_assert_eq(ret.word[0], bits, "%s", name);
	cr_assert_eq(ret.word[1], 0, "%s", name);
	cr_assert_eq(ret_necessary, necessary, "%s", name);
}

Test(policy_object, names_expand_to_bits)
{
	expands("cart", 1, false);
	expands("ads", 2, false);
	expands("first_party", 5, false);
	expands("third_party", 2, false);
	expands("statistics", 0, false);
	expands("*", 7, false);
	expands("login", 0, true);
	expands("necessary", 0, true);
}

Test(policy_object, other_names_expand_to_nothing)
{
	struct proto_bits ret = {{99, 99}};
	bool necessary = true;
	const char *names[] = {"", "Cart", "**", "cart ", "sid"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_assert_not(policy_expand(policy, span_of(names[i]), &ret, &necessary));
		cr_assert_eq(policy_name_rank(policy, span_of(names[i])), -1);
	}
	cr_assert(ret.word[0] == 99 && necessary);
}

Test(policy_object, a_service_is_more_specific_than_a_category)
{
	cr_assert_eq(policy_name_rank(policy, span_of("cart")), 2);
	cr_assert_eq(policy_name_rank(policy, span_of("login")), 2);
	cr_assert_eq(policy_name_rank(policy, span_of("first_party")), 1);
	cr_assert_eq(policy_name_rank(policy, span_of("*")), 0);
}

Test(policy_object, bits_lead_back_to_services)
{
	cr_assert(span_is(policy_service_of_bit(policy, 2)->id, "chat"));
	cr_assert_null(policy_service_of_bit(policy, 3));
	cr_assert_null(policy_service_of_bit(policy, PROTO_NO_BIT));
}

Test(policy_object, rules_are_ready_to_match)
{
	const struct proto_rule *rule =
	        proto_rules_match(&policy->rules, span_of("cart_1"), SPAN_NONE);
	cr_assert_not_null(rule);
	cr_assert(span_is(policy->rules.services[rule->service].id, "cart"));
	rule = proto_rules_match(&policy->rules, span_of("uid"), span_of(".cdn.Ads.example"));
	cr_assert_not_null(rule);
	cr_assert_eq(rule->max_age, 86400);
	cr_assert_null(proto_rules_match(&policy->rules, span_of("uid"), SPAN_NONE));
	cr_assert_eq(policy->rules.live.word[0], 7);
	cr_assert_eq(policy->rules.asked.word[0], 7);
}

static int bit_from(void *ctx, struct span id, const uint8_t fingerprint[16], uint8_t *ret_bit)
{
	int *answers = ctx;
	(void)id;
	(void)fingerprint;
	int answer = answers[answers[0]++];
	if (answer >= 0 && answer < 1000) {
		*ret_bit = (uint8_t)answer;
		return 0;
	}
	return answer == 1000 ? POLICY_E_FULL : answer;
}

Test(policy_object, what_the_callback_says_ends_the_assignment)
{
	cr_assert_eq(policy_assign_bits(policy, bit_from, (int[]){1, 5, 127, 6}), 0);
	cr_assert(span_is(policy_service_of_bit(policy, 127)->id, "ads"));
	cr_assert_eq(policy->rules.live.word[1], UINT64_C(1) << 63);
	cr_assert_eq(policy_assign_bits(policy, bit_from, (int[]){1, 5, 1000}), POLICY_E_FULL);
	cr_assert_eq(policy_assign_bits(policy, bit_from, (int[]){1, -EIO}), -EIO);
	cr_assert_eq(policy_assign_bits(policy, bit_from, (int[]){1, 128}), POLICY_E_FULL);
}

Test(policy_object, keeps_a_copy_of_its_source)
{
	char source[] = "a.yaml";
	cr_assert_eq(policy_set_source(policy, span_of(source)), 0);
	source[0] = 'b';
	cr_assert(span_is(policy->source, "a.yaml"));
	cr_assert(span_is(policy->yaml, two_kinds));
	cr_assert_null(policy_free(NULL));
}

Test(policy_text, is_found_by_its_language_and_the_more_general_ones)
{
	const struct policy_translation translations[] = {
	        {span_of("en"), span_of("Hello")},
	        {span_of("pt-BR"), span_of("Oi")},
	        {span_of("pt"), span_of("Olá")},
	        {span_of("zh-Hant"), span_of("繁")},
	};
	const struct policy_text text = {translations, 4};
	const struct {
		const char *language, *expected;
	} cases[] = {{"pt-br", "Oi"}, {"pt-PT", "Olá"}, {"PT", "Olá"}, {"zh-Hant-TW-x-a", "繁"},
	        {"zh", "Hello"}, {"fr", "Hello"}, {"e", "Hello"}, {"", "Hello"}, {"-", "Hello"},
	        {"pt-", "Olá"}, {NULL, "Hello"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert(span_is(policy_text_in(&text, span_of(cases[i].language)),
		                  cases[i].expected),
		        "%s", cases[i].language);
	const struct policy_text none = {NULL, 0};
	cr_assert_not(span_present(policy_text_in(&none, span_of("en"))));
}
