/* Two answers of policy_get are compared by bits and rules, as the daemon gave them. */
#include "client/ctl/policy_diff.h"

#include <criterion/criterion.h>

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	cr_assert_not_null(value, "%s", text);
	return value;
}

static void expect(const char *before, const char *after, const char *wanted)
{
	json_t *a = parse(before), *b = parse(after), *w = parse(wanted);
	json_t *diff = policy_diff_of(a, b);
	char *text = json_dumps(diff, 0);

	cr_expect(json_equal(diff, w), "%s", text);
	free(text);
	json_decref(diff);
	json_decref(w);
	json_decref(b);
	json_decref(a);
}

#define SERVICE(id, basis, exempt, bit)                                                            \
	"{\"id\": \"" id "\", \"category\": \"c\", \"basis\": \"" basis "\", \"exempt\": " exempt  \
	", \"bit\": " bit "}"
#define RULE(name, service)     "{\"name\": \"" name "\", \"service\": \"" service "\"}"
#define POLICY(services, rules) "{\"services\": [" services "], \"rules\": [" rules "]}"
#define LISTS(added, removed, material, changed, asked)                                            \
	"{\"added\": [" added "], \"removed\": [" removed "], \"material\": [" material            \
	"], \"changed\": [" changed "], \"asked_again\": [" asked "]}"

Test(policy_diff, the_same_policy)
{
	const char *policy = POLICY(SERVICE("a", "consent", "false", "0"), RULE("x", "a"));

	expect(policy, policy, LISTS("", "", "", "", ""));
}

Test(policy_diff, a_service_that_came_is_asked_for)
{
	expect(POLICY("", ""), POLICY(SERVICE("a", "consent", "false", "0"), ""),
	        LISTS("\"a\"", "", "", "", "\"a\""));
}

Test(policy_diff, what_needs_no_choice_is_not_asked_for)
{
	expect(POLICY("", ""), POLICY(SERVICE("a", "necessary", "true", "255"), ""),
	        LISTS("\"a\"", "", "", "", ""));
	expect(POLICY("", ""), POLICY(SERVICE("a", "audience_measurement", "true", "1"), ""),
	        LISTS("\"a\"", "", "", "", ""));
	expect(POLICY("", ""), POLICY(SERVICE("a", "opt_out", "false", "1"), ""),
	        LISTS("\"a\"", "", "", "", ""));
	expect(POLICY("", ""), POLICY(SERVICE("a", "audience_measurement", "false", "1"), ""),
	        LISTS("\"a\"", "", "", "", "\"a\""));
}

Test(policy_diff, a_service_that_went)
{
	expect(POLICY(SERVICE("a", "consent", "false", "0"), ""), POLICY("", ""),
	        LISTS("", "\"a\"", "", "", ""));
}

Test(policy_diff, another_bit_is_a_material_change)
{
	expect(POLICY(SERVICE("a", "consent", "false", "0"), ""),
	        POLICY(SERVICE("a", "consent", "false", "5"), ""),
	        LISTS("", "", "\"a\"", "", "\"a\""));
}

Test(policy_diff, another_rule_is_a_change)
{
	expect(POLICY(SERVICE("a", "consent", "false", "0"), RULE("x", "a")),
	        POLICY(SERVICE("a", "consent", "false", "0"), RULE("x", "a") "," RULE("y", "a")),
	        LISTS("", "", "", "\"a\"", ""));
}
