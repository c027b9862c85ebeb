/*
 * list: a site's records, in the order of their digests. Only a digest names them: the daemon does
 * not know its subjects either.
 */
#include "client/ctl/ctl.h"
#include "client/ctl/cursor.h"
#include "client/ctl/json.h"
#include "client/ctl/positionals.h"
#include "client/ctl/states.h"

enum { USUAL_LIMIT = 100 };

struct list_values {
	struct proto_list_request request;
	uint64_t state; /* index + 1 */
	bool all;
};

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct list_values, request.site),
};

static const struct command_option options[] = {
        {.name = "subject",
                .value = "SUBJECT",
                .help = "only the record of this visitor",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_SUBJECT],
                .offset = offsetof(struct list_values, request.subject)},
        {.name = "state",
                .value = "STATE",
                .help = "only records with something in this state",
                .type = COMMAND_CHOICE,
                .choices = states,
                .offset = offsetof(struct list_values, state)},
        {.name = "limit",
                .value = "N",
                .help = "at most so many records (default 100), or with --all so many a page",
                .type = COMMAND_NUMBER,
                .limits = &proto_fields[PROTO_FIELD_LIMIT],
                .offset = offsetof(struct list_values, request.limit)},
        {.name = "after",
                .value = "CURSOR",
                .help = "go on where a page ended, by its `next`",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_AFTER],
                .offset = offsetof(struct list_values, request.after)},
        {.name = "all",
                .help = "all records, page by page",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct list_values, all)},
};

/* A page may be short, even empty, and not be the last: reading takes turns with checks. */
static int print_pages(struct ctl *ctl, struct list_values *values, struct cursor *cursor)
{
	const uint64_t limit = values->request.limit;

	do {
		struct proto_list_result result;
		int code = ctl_call(ctl, PROTO_OP_LIST, &values->request, &result);

		if (code != CTL_OK)
			return code;
		output_rows_of(&ctl->out, &proto_list_row, result.records);
		if (values->all)
			output_flush(&ctl->out);
		else
			values->request.limit =
			        ctl->out.n_rows < limit ? limit - ctl->out.n_rows : 0;
		code = cursor_keep(cursor, result.next);
		if (code != CTL_OK)
			return code;
		values->request.after = span_of(cursor->text);
	} while (cursor->more && values->request.limit > 0);
	return CTL_OK;
}

static json_t *rest_of(const struct cursor *cursor)
{
	json_t *rest = json_new_object();

	if (cursor->more)
		json_put(rest, "next", json_of_text(span_of(cursor->text)));
	return rest;
}

static int print_listing(struct ctl *ctl, struct list_values *values)
{
	struct cursor cursor = {"", false};
	int code;

	output_begin(&ctl->out, "records");
	output_columns_of(&ctl->out, &proto_list_row);
	code = print_pages(ctl, values, &cursor);
	if (code == CTL_OK)
		output_end(&ctl->out, rest_of(&cursor));
	return code != CTL_OK && ctl->out.n_rows > 0 ? CTL_PARTLY : code;
}

static int run(struct ctl *ctl, void *values)
{
	struct list_values *list = values;

	if (list->request.limit == 0)
		list->request.limit = list->all ? PROTO_LIMIT_PAGE : USUAL_LIMIT;
	if (list->state)
		list->request.state = span_of(states[list->state - 1]);
	return print_listing(ctl, list);
}

const struct command cmd_list = {
        .name = "list",
        .summary = "list a site's records",
        .details = "Lists records in the order of their digests: the keyed digest stands for the "
                   "subject,\n"
                   "which is stored nowhere. Prints one page, and the cursor of the next where "
                   "there is\n"
                   "more; --all prints everything, a page at a time.",
        .example = "consentctl list www.example.org --state given --limit 20\n"
                   "consentctl list www.example.org --all --format csv",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct list_values),
        .run_fn = run,
};
