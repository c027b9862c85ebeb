/*
 * check: may these cookies be set for this subject? The exit code is the answer, so that a shell
 * can act on it.
 */
#include <stdlib.h>

#include "client/ctl/ctl.h"
#include "client/ctl/json.h"
#include "client/ctl/lists.h"
#include "client/ctl/positionals.h"

struct check_values {
	struct proto_check_request request;
	struct command_words cookies;
};

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct check_values, request.site),
        {.name = "SUBJECT",
                .help = "the visitor's id; - for one who has none yet",
                .offset = offsetof(struct check_values, request.subject),
                .anybody = true,
                .limits = &proto_fields[PROTO_FIELD_SUBJECT]},
        {.name = "COOKIE",
                .help = "names of cookies",
                .offset = offsetof(struct check_values, cookies),
                .many = true,
                .limits = &proto_fields[PROTO_FIELD_COOKIES]},
};

static const struct command_option options[] = {
        {.name = "domain",
                .value = "DOMAIN",
                .help = "the Domain that the cookies would be set with",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_DOMAIN],
                .offset = offsetof(struct check_values, request.domain)},
        {.name = "gpc",
                .help = "the browser sent Sec-GPC: 1",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct check_values, request.gpc)},
        {.name = "revision",
                .value = "N",
                .help = "answer `stale` unless at least this revision is applied",
                .type = COMMAND_NUMBER,
                .limits = &proto_fields[PROTO_FIELD_REVISION],
                .offset = offsetof(struct check_values, request.revision)},
};

/* The decision, with the cookie that it is about in front. */
static json_t *row_of(const char *cookie, const struct proto_decision *decision)
{
	json_t *row = json_new_object(), *members = json_of_message(&proto_decision, decision);

	json_put(row, "cookie", json_of_text(span_of(cookie)));
	if (json_object_update(row, members) != 0)
		exit_without_memory();
	json_decref(members);
	return row;
}

static json_t *rest_of(const struct proto_check_result *result)
{
	json_t *rest = json_new_object();

	json_put(rest, "revision", json_of_uint(result->revision));
	if (result->policy_revision)
		json_put(rest, "policy_revision", json_of_uint(result->policy_revision));
	json_put(rest, "ask", json_boolean(result->ask));
	return rest;
}

static int print(
        struct ctl *ctl, struct command_words cookies, const struct proto_check_result *result)
{
	struct proto_list decisions = result->decisions;
	struct proto_decision decision;
	uint32_t n = 0, n_allowed = 0;

	output_begin(&ctl->out, "decisions");
	output_column(&ctl->out, "cookie");
	output_columns_of(&ctl->out, &proto_decision);
	while (n < cookies.n_words && proto_list_message(&decisions, &proto_decision, &decision)) {
		output_row(&ctl->out, row_of(cookies.words[n++], &decision));
		n_allowed += decision.allowed;
	}
	output_end(&ctl->out, rest_of(result));
	if (n < cookies.n_words)
		return exit_fail(CTL_PARTLY, "%u decisions for %u cookies", n, cookies.n_words);
	return n_allowed == n ? CTL_OK : CTL_NO;
}

static int run(struct ctl *ctl, void *values)
{
	struct check_values *check = values;
	struct proto_check_result result;
	uint8_t *storage;
	int code;

	if (span_is(check->request.subject, "-"))
		check->request.subject = SPAN_NONE;
	check->request.cookies = lists_of_texts(check->cookies, &storage);
	code = ctl_call(ctl, PROTO_OP_CHECK, &check->request, &result);
	if (code == CTL_OK)
		code = print(ctl, check->cookies, &result);
	free(storage);
	return code;
}

const struct command cmd_check = {
        .name = "check",
        .summary = "ask whether cookies may be set",
        .details =
                "Asks whether cookies may be set for a visitor, and prints a line for each with "
                "the\n"
                "reason, the service that declares it and the longest lifetime that it may have.\n"
                "Exits 0 when all of them are allowed, and 1 when one is not.",
        .example = "consentctl check www.example.org 5f2c _pk_ref chat",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct check_values),
        .run_fn = run,
};
