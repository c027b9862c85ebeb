/*
 * policy diff: the policy in force beside a file, or two revisions beside each other. As with
 * diff(1), the exit code says whether they differ. People see the lines of the YAML and then what
 * becomes of the services; the other formats have the services alone.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/ctl/json.h"
#include "client/ctl/line_diff.h"
#include "client/ctl/policy_diff.h"
#include "client/ctl/policy_file.h"
#include "client/ctl/positionals.h"

struct diff_values {
	struct span site, from, to;
};

/* Both texts, and what becomes of the services. */
struct sides {
	char *before, *after; /* YAML; NUL-terminated, owned */
	char before_name[64];
	char revision_name[64]; /* what after_name points to, where it is a revision */
	const char *after_name;
	json_t *services; /* as policy_diff_of makes them */
};

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct diff_values, site),
        {.name = "FROM",
                .help = "a file to compare the policy in force with, or a revision",
                .offset = offsetof(struct diff_values, from),
                .completion = COMMAND_COMPLETE_FILE},
        {.name = "TO",
                .help = "the other revision, where FROM is one",
                .offset = offsetof(struct diff_values, to),
                .optional = true},
};

static char *copy(struct span text)
{
	char *memory = strndup((const char *)text.data, text.n_bytes);

	if (!memory)
		exit_without_memory();
	return memory;
}

/* The policy of a revision (0: in force): its YAML, and the whole answer. */
static int fetch(struct ctl *ctl, const struct proto_policy_get_request *request, char **ret_yaml,
        json_t **ret_answer)
{
	struct proto_policy_get_result result;
	int code = ctl_call(ctl, PROTO_OP_POLICY_GET, request, &result);

	if (code != CTL_OK)
		return code;
	*ret_yaml = copy(result.yaml);
	*ret_answer = json_of_message(&proto_policy_get_result, &result);
	return CTL_OK;
}

static int ask_file(struct ctl *ctl, const struct diff_values *diff, json_t **ret_services)
{
	struct proto_policy_apply_request request = {.dry_run = true};
	struct proto_policy_apply_result result;
	int code = policy_file_read(diff->from, &request.yaml);

	if (code != CTL_OK)
		return code;
	code = policy_file_apply(ctl, diff->from, &request, &result);
	if (code == CTL_OK && !span_equal(result.site, diff->site))
		code = exit_fail(CTL_INVALID, "%s is the policy of %.*s, not of %.*s",
		        (const char *)diff->from.data, SPAN_ARG(result.site), SPAN_ARG(diff->site));
	if (code == CTL_OK)
		*ret_services = json_of_message(&proto_policy_apply_result, &result);
	free((void *)(uintptr_t)request.yaml.data);
	return code;
}

static int read_after(const struct diff_values *diff, struct sides *sides)
{
	struct span yaml;
	int code = policy_file_read(diff->from, &yaml);

	if (code != CTL_OK)
		return code;
	sides->after = copy(yaml);
	sides->after_name = (const char *)diff->from.data;
	free((void *)(uintptr_t)yaml.data);
	return CTL_OK;
}

static int against_file(struct ctl *ctl, const struct diff_values *diff, struct sides *sides)
{
	const struct proto_policy_get_request request = {.site = diff->site};
	json_t *answer = NULL;
	int code;

	if (span_is(diff->from, "-"))
		return exit_fail(CTL_USAGE, "policy diff reads a file, and no standard input");
	code = fetch(ctl, &request, &sides->before, &answer);
	json_decref(answer);
	if (code == CTL_OK)
		code = read_after(diff, sides);
	if (code == CTL_OK)
		code = ask_file(ctl, diff, &sides->services);
	snprintf(sides->before_name, sizeof(sides->before_name), "in force");
	return code;
}

static int parse_revision(struct span word, uint64_t *ret)
{
	const char *text = (const char *)word.data;
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || *ret == 0 ||
	        *ret > UINT32_MAX)
		return exit_fail(CTL_USAGE,
		        "two policies are compared by their revisions, and `%s` is none; revisions "
		        "are numbers from 1",
		        text);
	return CTL_OK;
}

static int between_revisions(struct ctl *ctl, const struct diff_values *diff, struct sides *sides)
{
	struct proto_policy_get_request request = {.site = diff->site};
	json_t *before = NULL, *after = NULL;
	int code = parse_revision(diff->from, &request.policy_revision);

	if (code == CTL_OK)
		code = fetch(ctl, &request, &sides->before, &before);
	if (code == CTL_OK)
		code = parse_revision(diff->to, &request.policy_revision);
	if (code == CTL_OK)
		code = fetch(ctl, &request, &sides->after, &after);
	if (code == CTL_OK)
		sides->services = policy_diff_of(before, after);
	snprintf(sides->before_name, sizeof(sides->before_name), "revision %s",
	        (const char *)diff->from.data);
	snprintf(sides->revision_name, sizeof(sides->revision_name), "revision %s",
	        (const char *)diff->to.data);
	sides->after_name = sides->revision_name;
	json_decref(before);
	json_decref(after);
	return code;
}

/* The lists that are not empty, a line each. */
static void print_lists(struct ctl *ctl, json_t *services)
{
	static const char *const names[] = {
	        "added", "removed", "material", "changed", "asked_again"};
	json_t *shown = json_new_object();

	for (size_t i = 0; i < COMMAND_COUNT(names); i++) {
		json_t *ids = json_object_get(services, names[i]);

		if (json_array_size(ids) > 0)
			json_put(shown, names[i], json_incref(ids));
	}
	if (json_object_size(shown) > 0)
		output_object(&ctl->out, &proto_policy_apply_result, shown);
	else
		json_decref(shown);
}

static int print(struct ctl *ctl, const struct sides *sides)
{
	const struct line_diff lines = {span_of(sides->before), span_of(sides->after),
	        sides->before_name, sides->after_name, ctl->out.color, isatty(STDOUT_FILENO) != 0};
	bool differs = !span_equal(lines.before, lines.after);

	if (ctl->out.format != OUTPUT_TABLE) {
		output_object(&ctl->out, &proto_policy_apply_result, json_incref(sides->services));
	} else if (differs) {
		line_diff_print(ctl->out.stream, &lines);
		print_lists(ctl, sides->services);
	}
	return differs ? CTL_NO : CTL_OK;
}

static int run(struct ctl *ctl, void *values)
{
	const struct diff_values *diff = values;
	struct sides sides = {0};
	int code = span_present(diff->to) ? between_revisions(ctl, diff, &sides)
	                                  : against_file(ctl, diff, &sides);

	if (code == CTL_OK)
		code = print(ctl, &sides);
	free(sides.before);
	free(sides.after);
	json_decref(sides.services);
	return code;
}

const struct command cmd_policy_diff = {
        .name = "policy diff",
        .summary = "compare a policy with a file, or two revisions",
        .details = "Compares the policy in force with a file, or two revisions with each other: "
                   "the lines\n"
                   "of the YAML, and what becomes of the services. Exits 1 when they differ. With "
                   "another\n"
                   "format than table the services alone are printed, as by policy apply. "
                   "Comparing with\n"
                   "a file takes the role admin, as the daemon must read it as a policy.",
        .example = "consentctl policy diff www.example.org www.example.org.yaml\n"
                   "consentctl policy diff www.example.org 1 2",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .n_values_bytes = sizeof(struct diff_values),
        .run_fn = run,
};
