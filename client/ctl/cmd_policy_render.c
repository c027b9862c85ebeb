/*
 * policy render: the public page of a policy. The page is the output, whole; --format says what it
 * is written in and not, as elsewhere, how an answer is printed.
 */
#include <unistd.h>

#include "client/ctl/ctl.h"
#include "client/ctl/positionals.h"
#include "client/ctl/text.h"

struct render_values {
	struct proto_policy_render_request request;
	uint64_t format; /* index + 1 */
};

static const char *const formats[] = {"html", "markdown", "text", NULL};

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct render_values, request.site),
};

static const struct command_option options[] = {
        {.name = "format",
                .letter = 'f',
                .value = "FORMAT",
                .help = "what the page is written in (default html)",
                .type = COMMAND_CHOICE,
                .choices = formats,
                .offset = offsetof(struct render_values, format)},
        {.name = "language",
                .value = "TAG",
                .help = "the language of its texts (default: the policy's first)",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_LANGUAGE],
                .offset = offsetof(struct render_values, request.language)},
        {.name = "policy-revision",
                .value = "N",
                .help = "this revision, and not the one in force",
                .type = COMMAND_NUMBER,
                .limits = &proto_fields[PROTO_FIELD_POLICY_REVISION],
                .offset = offsetof(struct render_values, request.policy_revision)},
};

static int run(struct ctl *ctl, void *values)
{
	struct render_values *render = values;
	struct proto_policy_render_result result;
	int code;

	if (render->format)
		render->request.format = span_of(formats[render->format - 1]);
	code = ctl_call(ctl, PROTO_OP_POLICY_RENDER, &render->request, &result);
	if (code != CTL_OK)
		return code;
	if (ctl->out.format == OUTPUT_TABLE)
		text_print_whole(ctl->out.stream, result.page, isatty(STDOUT_FILENO) != 0);
	else
		output_message(&ctl->out, &proto_policy_render_result, &result);
	return CTL_OK;
}

const struct command cmd_policy_render = {
        .name = "policy render",
        .summary = "print a policy's public page",
        .details = "Prints the page that tells visitors about cookies: introduction, what a cookie "
                   "is,\n"
                   "the kinds, and the table of providers, functions, cookies and purposes. It "
                   "follows\n"
                   "from the policy that decides, so page and behaviour cannot differ.",
        .example = "consentctl policy render www.example.org --format html > cookies.html",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct render_values),
        .run_fn = run,
};
