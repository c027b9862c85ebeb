/*
 * A material change is a new bit, and a bit is never given to two services at once: so two
 * revisions are compared by the bits that the daemon gave, not by a second idea of what is
 * material.
 */
#include "client/ctl/policy_diff.h"

#include <string.h>

#include "client/ctl/json.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static const json_t *find_service(const json_t *policy, const char *id)
{
	json_t *services = json_object_get(policy, "services"), *service;
	size_t i;

	json_array_foreach(services, i, service)
	{
		if (strcmp(text_of(service, "id"), id) == 0)
			return service;
	}
	return NULL;
}

/* The rules of a service, in the order of the policy. */
static json_t *rules_of(const json_t *policy, const char *id)
{
	json_t *rules = json_object_get(policy, "rules"), *found = json_new_array(), *rule;
	size_t i;

	json_array_foreach(rules, i, rule)
	{
		if (strcmp(text_of(rule, "service"), id) == 0)
			json_add(found, json_incref(rule));
	}
	return found;
}

static bool same_rules(const json_t *before, const json_t *after, const char *id)
{
	json_t *old_rules = rules_of(before, id), *new_rules = rules_of(after, id);
	bool same = json_equal(old_rules, new_rules) != 0;

	json_decref(old_rules);
	json_decref(new_rules);
	return same;
}

/* Without an opt-in nobody is asked. */
static bool asks(const json_t *service)
{
	const char *basis = text_of(service, "basis");

	return !json_is_true(json_object_get(service, "exempt")) &&
	       (strcmp(basis, "consent") == 0 || strcmp(basis, "audience_measurement") == 0);
}

static void list(json_t *lists, const char *name, const char *id)
{
	json_add(json_object_get(lists, name), json_of_text(span_of(id)));
}

static void compare_service(
        json_t *lists, const json_t *before, const json_t *after, const json_t *service)
{
	const char *id = text_of(service, "id");
	const json_t *old_service = find_service(before, id);

	if (old_service && json_equal(old_service, service)) {
		if (!same_rules(before, after, id))
			list(lists, "changed", id);
		return;
	}
	list(lists, old_service ? "material" : "added", id);
	if (asks(service))
		list(lists, "asked_again", id);
}

json_t *policy_diff_of(const json_t *before, const json_t *after)
{
	static const char *const names[] = {
	        "added", "removed", "material", "changed", "asked_again"};
	json_t *lists = json_new_object(), *service;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_put(lists, names[i], json_new_array());
	json_array_foreach(json_object_get(after, "services"), i, service)
	        compare_service(lists, before, after, service);
	json_array_foreach(json_object_get(before, "services"), i, service)
	{
		if (!find_service(after, text_of(service, "id")))
			list(lists, "removed", text_of(service, "id"));
	}
	return lists;
}
