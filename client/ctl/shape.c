/*
 * From JSON to a line of text. Instants are UTC, whatever the machine's time zone: a record is
 * evidence, and evidence must read the same everywhere.
 */
#include "client/ctl/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/ctl/exit.h"
#include "client/ctl/json.h"

enum kind { KIND_PLAIN, KIND_COUNT, KIND_INSTANT, KIND_DURATION };

/* The keys whose numbers are no plain identifiers. */
static const struct {
	const char *key;
	enum kind kind;
} kinds[] = {
        {"applied_at", KIND_INSTANT},
        {"at", KIND_INSTANT},
        {"created_at", KIND_INSTANT},
        {"floor", KIND_INSTANT},
        {"given_until", KIND_INSTANT},
        {"refused_until", KIND_INSTANT},
        {"updated_at", KIND_INSTANT},
        {"max_age", KIND_DURATION},
        {"validity", KIND_DURATION},
        {"cookies", KIND_COUNT},
        {"count", KIND_COUNT},
        {"events", KIND_COUNT},
        {"policy_revision", KIND_COUNT},
        {"revision", KIND_COUNT},
        {"services", KIND_COUNT},
};

static enum kind kind_of(const char *key)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].key, key) == 0)
			return kinds[i].kind;
	}
	return KIND_PLAIN;
}

bool shape_is_known(const char *key)
{
	return kind_of(key) != KIND_PLAIN;
}

bool shape_is_count(const char *key)
{
	return kind_of(key) == KIND_COUNT;
}

/* 0 stands for "never happened" wherever an instant is sent. Saturated ones mean "for ever". */
static void print_instant(FILE *stream, json_int_t at, enum shape_reader reader)
{
	time_t seconds = (time_t)at;
	struct tm utc;
	char text[32];

	if (at == 0)
		fputs(reader == SHAPE_FOR_EYES ? "-" : "", stream);
	else if (gmtime_r(&seconds, &utc) && strftime(text, sizeof(text), "%FT%TZ", &utc) > 0)
		fputs(text, stream);
	else
		fprintf(stream, "%lld", (long long)at);
}

/* The largest unit that divides it, so that what a policy says reads as it was written. */
static void print_duration(FILE *stream, json_int_t duration_s)
{
	static const struct {
		json_int_t seconds;
		const char *name;
	} units[] = {
	        {31536000, "year"},
	        {2592000, "month"},
	        {604800, "week"},
	        {86400, "day"},
	        {3600, "hour"},
	        {60, "minute"},
	        {1, "second"},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		json_int_t n = duration_s / units[i].seconds;

		if (n > 0 && duration_s % units[i].seconds == 0) {
			fprintf(stream, "%lld %s%s", (long long)n, units[i].name, n > 1 ? "s" : "");
			return;
		}
	}
	fputs("0 seconds", stream);
}

static void print_number(FILE *stream, const char *key, json_int_t n, enum shape_reader reader)
{
	enum kind kind = kind_of(key);

	if (kind == KIND_INSTANT)
		print_instant(stream, n, reader);
	else if (kind == KIND_DURATION && reader == SHAPE_FOR_EYES)
		print_duration(stream, n);
	else
		fprintf(stream, "%lld", (long long)n);
}

static void print_flag(FILE *stream, bool flag, enum shape_reader reader)
{
	if (reader == SHAPE_FOR_EYES)
		fputs(flag ? "yes" : "no", stream);
	else
		fputs(flag ? "true" : "false", stream);
}

static void print_value(
        FILE *stream, const char *key, const json_t *value, enum shape_reader reader);

static void print_object(
        FILE *stream, const char *key, const json_t *object, enum shape_reader reader)
{
	const char *separator = "", *name;
	json_t *member;

	json_object_foreach((json_t *)object, name, member)
	{
		fprintf(stream, "%s%s=", separator, name);
		print_value(stream, key, member, reader);
		separator = reader == SHAPE_FOR_EYES ? ", " : ";";
	}
}

/* Lists of messages have no form on one line but JSON's. */
static void print_array(
        FILE *stream, const char *key, const json_t *array, enum shape_reader reader)
{
	const char *separator = "";
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		fputs(separator, stream);
		if (json_is_object(item))
			json_print_bare(stream, item);
		else
			print_value(stream, key, item, reader);
		separator = reader == SHAPE_FOR_EYES ? ", " : ";";
	}
}

static bool is_empty(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_array(value) && json_array_size(value) == 0) ||
	       (json_is_object(value) && json_object_size(value) == 0);
}

static void print_value(
        FILE *stream, const char *key, const json_t *value, enum shape_reader reader)
{
	if (is_empty(value))
		fputs(reader == SHAPE_FOR_EYES ? "-" : "", stream);
	else if (json_is_string(value))
		fwrite(json_string_value(value), 1, json_string_length(value), stream);
	else if (json_is_integer(value))
		print_number(stream, key, json_integer_value(value), reader);
	else if (json_is_real(value))
		fprintf(stream, "%.3f", json_real_value(value));
	else if (json_is_boolean(value))
		print_flag(stream, json_is_true(value), reader);
	else if (json_is_object(value))
		print_object(stream, key, value, reader);
	else
		print_array(stream, key, value, reader);
}

struct shape_text shape_of(const char *key, const json_t *value, enum shape_reader reader)
{
	struct shape_text text = {NULL, 0};
	FILE *stream = open_memstream(&text.data, &text.n_bytes);
	bool failed;

	if (!stream)
		exit_without_memory();
	print_value(stream, key, value, reader);
	failed = ferror(stream) != 0;
	if (fclose(stream) != 0 || failed)
		exit_without_memory();
	return text;
}
