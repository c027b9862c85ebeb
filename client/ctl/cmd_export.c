/*
 * export: everything that is kept of a site's records, events included, a record a line. Pages are
 * printed as they come and never held together, so a site of any size can be exported.
 */
#include "client/ctl/ctl.h"
#include "client/ctl/cursor.h"
#include "client/ctl/positionals.h"
#include "client/ctl/states.h"

struct export_values {
	struct proto_export_request request;
	uint64_t state; /* index + 1 */
};

static const struct command_positional positionals[] = {
        POSITIONAL_SITE(struct export_values, request.site),
};

static const struct command_option options[] = {
        {.name = "subject",
                .value = "SUBJECT",
                .help = "only the record of this visitor",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_SUBJECT],
                .offset = offsetof(struct export_values, request.subject)},
        {.name = "state",
                .value = "STATE",
                .help = "only records with something in this state",
                .type = COMMAND_CHOICE,
                .choices = states,
                .offset = offsetof(struct export_values, state)},
        {.name = "after",
                .value = "CURSOR",
                .help = "go on after this cursor, as a broken export named it",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_AFTER],
                .offset = offsetof(struct export_values, request.after)},
        {.name = "limit",
                .value = "N",
                .help = "records a page",
                .type = COMMAND_NUMBER,
                .limits = &proto_fields[PROTO_FIELD_LIMIT],
                .offset = offsetof(struct export_values, request.limit)},
};

static void show_progress(const struct ctl *ctl, bool shows)
{
	if (shows)
		fprintf(stderr, "\r%llu records", (unsigned long long)ctl->out.n_rows);
}

/* What a broken export leaves is whole lines, and the place to go on from. */
static int stopped(const struct ctl *ctl, const struct cursor *cursor, int code)
{
	if (ctl->out.n_rows == 0)
		return code;
	return exit_fail(CTL_PARTLY, "stopped after %llu records; --after %s goes on",
	        (unsigned long long)ctl->out.n_rows, cursor->text);
}

static int print_pages(struct ctl *ctl, struct proto_export_request *request)
{
	struct cursor cursor = {"", false};
	bool shows = ctl_shows_progress();

	do {
		struct proto_export_result result;
		int code = ctl_call(ctl, PROTO_OP_EXPORT, request, &result);

		if (code != CTL_OK)
			return stopped(ctl, &cursor, code);
		output_rows_of(&ctl->out, &proto_export_row, result.records);
		output_flush(&ctl->out);
		show_progress(ctl, shows);
		code = cursor_keep(&cursor, result.next);
		if (code != CTL_OK)
			return code;
		request->after = span_of(cursor.text);
	} while (cursor.more);
	if (shows)
		putc('\n', stderr);
	return CTL_OK;
}

static int run(struct ctl *ctl, void *values)
{
	struct export_values *export = values;
	int code;

	ctl->out.format = ctl_format(ctl, OUTPUT_JSONL);
	if (ctl->out.format == OUTPUT_TABLE || ctl->out.format == OUTPUT_CSV)
		return exit_fail(CTL_USAGE,
		        "an export holds events within records: --format is jsonl or json; "
		        "list prints tables");
	if (export->state)
		export->request.state = span_of(states[export->state - 1]);
	output_begin(&ctl->out, "records");
	code = print_pages(ctl, &export->request);
	if (code == CTL_OK)
		output_end(&ctl->out, NULL);
	return code;
}

const struct command cmd_export = {
        .name = "export",
        .summary = "export a site's records with their events",
        .details = "Writes everything that is kept of a site's records, or of one visitor's: a "
                   "JSON object\n"
                   "a line, with the events inside. Pages are written as they come. When it breaks "
                   "off\n"
                   "it exits 7 and says where to go on.",
        .example = "consentctl export www.example.org > records.jsonl\n"
                   "consentctl export www.example.org --subject 5f2c",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct export_values),
        .run_fn = run,
};
