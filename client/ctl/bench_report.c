/*
 * Figures without their circumstances mislead, so these are printed with them: how many clients,
 * how deep the pipeline, how many subjects, and how many of the checks found a record.
 */
#include "client/ctl/bench_report.h"

#include <math.h>

#include "client/ctl/exit.h"
#include "client/ctl/json.h"

static json_t *of_real(double value)
{
	json_t *real = json_real(value);

	if (!real)
		exit_without_memory();
	return real;
}

/* Three decimals are more than a measurement is worth, and enough to read. */
static double rounded(double value)
{
	return round(value * 1000) / 1000;
}

static double a_second(uint64_t n, uint64_t elapsed_ns)
{
	return elapsed_ns > 0 ? rounded((double)n * 1e9 / (double)elapsed_ns) : 0;
}

static const char *mode_name(enum bench_mode mode)
{
	return bench_mode_writes(mode) ? "write" : mode == BENCH_MAP ? "map" : "check";
}

static void put_circumstances(json_t *object, const struct bench_report *report)
{
	const struct bench_plan *plan = report->plan;

	json_put(object, "site", json_of_text(report->site));
	json_put(object, "mode", json_of_text(span_of(mode_name(plan->mode))));
	if (plan->mode != BENCH_MAP) {
		json_put(object, "clients", json_of_uint(plan->n_connections));
		json_put(object, "pipeline", json_of_uint(plan->pipeline));
	}
	json_put(object, "threads", json_of_uint(plan->n_threads));
	if (report->n_cookies)
		json_put(object, "batch", json_of_uint(report->n_cookies));
	json_put(object, "subjects", json_of_uint(plan->n_subjects));
	json_put(object, "preloaded", json_boolean(report->preloaded));
	json_put(object, "verified", json_boolean(plan->verify));
}

static void put_counts(json_t *object, const struct bench_report *report)
{
	const struct bench_tally *tally = report->tally;
	uint64_t n_decisions = tally->n_allowed + tally->n_denied;
	uint64_t n_seen = tally->n_hits + tally->n_misses;

	json_put(object, "seconds", of_real(rounded((double)tally->elapsed_ns / 1e9)));
	json_put(object, "requests", json_of_uint(tally->n_replies));
	json_put(object, "rate", of_real(a_second(tally->n_replies, tally->elapsed_ns)));
	json_put(object, "errors", json_of_uint(tally->n_errors));
	json_put(object, "unexpected", json_of_uint(tally->n_unexpected));
	if (report->n_cookies == 0)
		return;
	json_put(object, "decision_rate", of_real(a_second(n_decisions, tally->elapsed_ns)));
	json_put(object, "allowed", json_of_uint(tally->n_allowed));
	json_put(object, "denied", json_of_uint(tally->n_denied));
	if (report->plan->mode == BENCH_MAP)
		json_put(object, "asked", json_of_uint(tally->n_asked));
	json_put(object, "hit_rate",
	        n_seen > 0 ? of_real(rounded((double)tally->n_hits / (double)n_seen))
	                   : json_null());
}

static void put_latency(json_t *object, const struct histogram *latency)
{
	static const struct {
		const char *key;
		uint32_t per_100000;
	} percentiles[] = {
	        {"p50_us", 50000}, {"p90_us", 90000}, {"p99_us", 99000}, {"p99_9_us", 99900}};

	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		uint64_t ns = histogram_percentile(latency, percentiles[i].per_100000);

		json_put(object, percentiles[i].key, of_real(rounded((double)ns / 1e3)));
	}
	json_put(object, "max_us", of_real(rounded((double)latency->max_ns / 1e3)));
	json_put(object, "mean_us",
	        of_real(latency->n > 0 ? rounded((double)latency->sum_ns / (double)latency->n / 1e3)
	                               : 0));
}

void bench_report_print(struct output *out, const struct bench_report *report)
{
	json_t *object = json_new_object();

	put_circumstances(object, report);
	put_counts(object, report);
	put_latency(object, &report->tally->latency);
	output_object(out, NULL, object);
}
