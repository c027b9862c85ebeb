/*
 * bench: how many checks, or durable writes, a second. Like redis-benchmark: N clients, each with
 * P requests in flight, ask for random ones of subjects that were recorded before. Every reply is
 * checked: its message id, and that its decision follows from what that subject chose.
 */
#include <stdlib.h>

#include "client/ctl/bench_conn.h"
#include "client/ctl/bench_map.h"
#include "client/ctl/bench_report.h"
#include "client/ctl/bench_run.h"
#include "client/ctl/bench_target.h"
#include "client/ctl/positionals.h"

enum {
	USUAL_CLIENTS = 50,
	USUAL_SECONDS = 5,
	USUAL_SUBJECTS = 100000,
	PASS_PIPELINE = 256,
	PASS_CLIENTS = 16,
};

struct bench_values {
	struct span site, domain;
	uint64_t clients, pipeline, seconds, subjects, threads, batch;
	struct command_words cookies;
	bool write, map, no_preload, yes;
	uint8_t *given; /* what each subject chose last; NULL where nobody asks */
};

static const struct command_positional positionals[] = {
        {.name = "SITE",
                .help = "the site that is asked about (default: one where there is something to "
                        "consent to)",
                .offset = offsetof(struct bench_values, site),
                .optional = true,
                .completion = COMMAND_COMPLETE_SITE,
                .limits = &proto_fields[PROTO_FIELD_SITE]},
};

static const struct command_option options[] = {
        {.name = "clients",
                .letter = 'c',
                .value = "N",
                .help = "connections (default 50)",
                .type = COMMAND_NUMBER,
                .least = 1,
                .most = 4096,
                .offset = offsetof(struct bench_values, clients)},
        {.name = "pipeline",
                .letter = 'P',
                .value = "N",
                .help = "requests in flight on each (default 1)",
                .type = COMMAND_NUMBER,
                .least = 1,
                .most = BENCH_MAX_PIPELINE,
                .offset = offsetof(struct bench_values, pipeline)},
        {.name = "seconds",
                .value = "S",
                .help = "how long to measure (default 5)",
                .type = COMMAND_NUMBER,
                .least = 1,
                .most = 86400,
                .offset = offsetof(struct bench_values, seconds)},
        {.name = "subjects",
                .letter = 'r',
                .value = "N",
                .help = "subjects that are recorded and asked for (default 100000)",
                .type = COMMAND_NUMBER,
                .least = 1,
                .most = 1000000000,
                .offset = offsetof(struct bench_values, subjects)},
        {.name = "cookie",
                .value = "NAME",
                .help = "a cookie to ask for; may stand again (default: one that needs consent)",
                .type = COMMAND_TEXTS,
                .limits = &proto_fields[PROTO_FIELD_COOKIES],
                .offset = offsetof(struct bench_values, cookies)},
        {.name = "domain",
                .value = "DOMAIN",
                .help = "the Domain that they would be set with",
                .type = COMMAND_TEXT,
                .limits = &proto_fields[PROTO_FIELD_DOMAIN],
                .offset = offsetof(struct bench_values, domain)},
        {.name = "batch",
                .value = "N",
                .help = "cookies of one check, the names in turn (default: as many as are named)",
                .type = COMMAND_NUMBER,
                .least = 1,
                .most = PROTO_LIMIT_COOKIES,
                .offset = offsetof(struct bench_values, batch)},
        {.name = "write",
                .help = "measure durable writes, each of which changes a choice",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct bench_values, write)},
        {.name = "map",
                .help = "look the decisions up in this process, as an application's workers do",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct bench_values, map)},
        {.name = "threads",
                .value = "N",
                .help = "threads that ask (default 1)",
                .type = COMMAND_NUMBER,
                .least = 1,
                .most = 64,
                .offset = offsetof(struct bench_values, threads)},
        {.name = "no-preload",
                .help = "the subjects were recorded by an earlier run; checks are then not "
                        "verified",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct bench_values, no_preload)},
        {.name = "yes",
                .letter = 'y',
                .help = "do not ask before recording",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct bench_values, yes)},
};

static uint64_t or_usual(uint64_t value, uint64_t usual)
{
	return value ? value : usual;
}

static void set_defaults(struct bench_values *bench)
{
	bench->clients = or_usual(bench->clients, USUAL_CLIENTS);
	bench->pipeline = or_usual(bench->pipeline, 1);
	bench->seconds = or_usual(bench->seconds, USUAL_SECONDS);
	bench->subjects = or_usual(bench->subjects, USUAL_SUBJECTS);
	bench->threads = or_usual(bench->threads, 1);
	if (bench->threads > bench->clients && !bench->map)
		bench->threads = bench->clients;
}

static struct bench_plan plan_of(const struct ctl *ctl, const struct bench_values *bench)
{
	return (struct bench_plan){
	        .socket = ctl_socket(ctl),
	        .mode = bench->write ? BENCH_WRITE
	                : bench->map ? BENCH_MAP
	                             : BENCH_CHECK,
	        .n_connections = (uint32_t)bench->clients,
	        .n_threads = (uint32_t)bench->threads,
	        .pipeline = (uint32_t)bench->pipeline,
	        .n_subjects = bench->subjects,
	        .given = bench->given,
	        .duration_ns = bench->seconds * UINT64_C(1000000000),
	        .timeout_ms = (uint32_t)or_usual(ctl->globals.timeout_ms, GLOBALS_TIMEOUT_MS),
	        .verify = bench->write || !bench->no_preload,
	        .shows_progress = ctl_shows_progress(),
	};
}

static struct bench_check check_of(
        const struct bench_values *bench, const struct bench_target *target)
{
	return (struct bench_check){span_of(target->site), bench->domain, bench->cookies,
	        (uint32_t)or_usual(bench->batch, bench->cookies.n_words)};
}

static int run_requests(
        struct bench_plan *plan, const struct bench_check *check, struct bench_tally *ret)
{
	int code;

	if (bench_mode_writes(plan->mode))
		bench_request_record(check->site, &plan->request);
	else
		bench_request_check(check, &plan->request);
	code = bench_run(plan, ret);
	bench_request_deinit(&plan->request);
	return code;
}

/*
 * Lets each subject have its turn: PRELOAD or LEARN. Any error would make what is measured
 * afterwards something else.
 */
static int pass(struct ctl *ctl, const struct bench_values *bench,
        const struct bench_target *target, enum bench_mode mode)
{
	struct bench_plan plan = plan_of(ctl, bench);
	struct bench_check check = check_of(bench, target);
	struct bench_tally tally;
	int code;

	plan.mode = mode;
	plan.n_threads = 1;
	plan.n_connections = PASS_CLIENTS;
	plan.pipeline = PASS_PIPELINE;
	code = run_requests(&plan, &check, &tally);
	if (code == CTL_OK && tally.n_errors > 0)
		code = exit_fail(CTL_PARTLY, "%llu of %llu subjects could not be %s: %s",
		        (unsigned long long)tally.n_errors, (unsigned long long)plan.n_subjects,
		        mode == BENCH_PRELOAD ? "recorded" : "looked up", tally.first_error);
	return code;
}

static int judge(const struct bench_tally *tally)
{
	if (tally->n_errors > 0)
		return exit_fail(CTL_PARTLY, "%llu requests failed, the first with %s",
		        (unsigned long long)tally->n_errors, tally->first_error);
	if (tally->n_unexpected > 0)
		return exit_fail(CTL_PARTLY,
		        "%llu replies are not what follows from what was recorded",
		        (unsigned long long)tally->n_unexpected);
	return CTL_OK;
}

static int measure(
        struct ctl *ctl, const struct bench_values *bench, const struct bench_target *target)
{
	struct bench_plan plan = plan_of(ctl, bench);
	struct bench_check check = check_of(bench, target);
	struct bench_tally tally;
	struct bench_report report = {
	        &plan, &tally, check.site, bench->write ? 0 : check.n_cookies, !bench->no_preload};
	int code = bench_target_revision(ctl, target, &plan.since_revision);

	if (code != CTL_OK)
		return code;
	code = bench->map ? bench_map_run(&plan, &check, &tally)
	                  : run_requests(&plan, &check, &tally);
	if (code != CTL_OK)
		return code;
	bench_report_print(&ctl->out, &report);
	return judge(&tally);
}

/* A necessary cookie is answered without a look at the subject: there is nothing to record. */
static int choose_target(struct ctl *ctl, struct bench_values *bench, struct bench_target *target)
{
	bool named = bench->cookies.n_words > 0;
	int code = bench_target_find(ctl, bench->site, named, target);

	if (code != CTL_OK || named)
		return code;
	bench->cookies = (struct command_words){target->words, 1};
	if (target->exempt && bench->write)
		return exit_fail(CTL_NO, "%s has nothing to consent to: no write changes anything",
		        target->site);
	if (target->exempt) {
		bench->no_preload = true;
		exit_note("%s has nothing to consent to: a necessary cookie is asked for",
		        target->site);
	}
	return CTL_OK;
}

/* What subjects chose is known before anything is measured: each write must change it. */
static int prepare(
        struct ctl *ctl, const struct bench_values *bench, const struct bench_target *target)
{
	int code;

	if (bench->no_preload)
		return bench->write ? pass(ctl, bench, target, BENCH_LEARN) : CTL_OK;
	code = ctl_confirm(bench->yes, "Record choices of %llu subjects, bench-…, on %s?",
	        (unsigned long long)bench->subjects, target->site);
	return code == CTL_OK ? pass(ctl, bench, target, BENCH_PRELOAD) : code;
}

static void allocate_given(struct bench_values *bench)
{
	if (bench->no_preload && !bench->write)
		return;
	bench->given = calloc(bench->subjects, 1);
	if (!bench->given)
		exit_without_memory();
}

static int run(struct ctl *ctl, void *values)
{
	struct bench_values *bench = values;
	struct bench_target target;
	int code;

	if (bench->map && (bench->write || bench->clients || bench->pipeline))
		return exit_fail(CTL_USAGE, "--map asks nobody: it goes with none of --write, "
		                            "--clients and --pipeline; there are --threads");
	set_defaults(bench);
	if (bench->write && bench->clients > bench->subjects)
		return exit_fail(
		        CTL_USAGE, "--write takes at least as many --subjects as --clients");
	code = choose_target(ctl, bench, &target);
	if (code != CTL_OK)
		return code;
	allocate_given(bench);
	code = prepare(ctl, bench, &target);
	if (code == CTL_OK)
		code = measure(ctl, bench, &target);
	free(bench->given);
	return code;
}

const struct command cmd_bench = {
        .name = "bench",
        .summary = "measure checks, or durable writes, a second",
        .details =
                "Records choices of N subjects named bench-…, and then asks about random ones of "
                "them,\n"
                "as redis-benchmark does: each client sends a batch of as many requests as the\n"
                "pipeline is deep, and the next when all replies have come. Every reply is "
                "checked.\n"
                "Prints the rate, the hit rate, and latencies in microseconds, measured from the\n"
                "sending of a batch to each reply of it, to within 1/128. With --write it "
                "measures\n"
                "record instead, each a change that is durable when it is answered; with --map,\n"
                "look-ups in the decision map by the library, of which every 64th is timed alone,\n"
                "the clock included, and the daemon is asked nothing (asked: 0). Exits 7 when a\n"
                "request failed or a reply was not what it must be. Not for a site in use: the\n"
                "subjects stay in the ledger.",
        .example = "consentctl bench --clients 50 --pipeline 64 --subjects 1000000\n"
                   "consentctl bench --map --batch 16 --threads 2\n"
                   "consentctl bench --write --clients 128 --no-preload --format json",
        .positionals = positionals,
        .n_positionals = COMMAND_COUNT(positionals),
        .options = options,
        .n_options = COMMAND_COUNT(options),
        .n_values_bytes = sizeof(struct bench_values),
        .run_fn = run,
};
