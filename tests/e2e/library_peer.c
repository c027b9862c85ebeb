/*
 * The library at the end of a pipe, for tests in Python: a command a line, its words parted by tabs,
 * `-` for NULL; one line of words comes back. The handle lives as long as the program, so that
 * what it remembers between calls is tested too. LIBRARY_PEER_DEADLINE_MS: of its checks; else so long
 * that no busy machine exceeds it.
 */
#include <consent.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 64 };

struct words {
	char *word[MAX_WORDS];
	size_t n;
};

static struct consent_client *client;

static void end_line(void)
{
	putchar('\n');
	fflush(stdout);
}

static const char *word(const struct words *words, size_t i)
{
	return i < words->n && strcmp(words->word[i], "-") != 0 ? words->word[i] : NULL;
}

/* Every command names the site and the subject first. */
static struct consent_visitor visitor_of(const struct words *words)
{
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	visitor.site = word(words, 1);
	visitor.subject = word(words, 2);
	return visitor;
}

static void print_written(enum consent_error error, const struct consent_written *written)
{
	printf("%s\t%llu\t%s\t%llu", consent_error_name(error),
	        (unsigned long long)written->revision, consent_event_name(written->event),
	        (unsigned long long)written->n_events);
}

static void run_check(const struct words *words)
{
	struct consent_visitor visitor = visitor_of(words);
	struct consent_decision decision;
	visitor.sec_gpc = word(words, 5);
	visitor.revision = word(words, 6) ? strtoull(word(words, 6), NULL, 10) : 0;
	bool allowed = consent_check(client, &visitor, word(words, 3), word(words, 4), &decision);
	printf("%s\t%s\t%s\t%u\t%s\t%u\t%s", allowed ? "yes" : "no",
	        consent_reason_name(decision.reason), decision.service, decision.max_age,
	        decision.ask ? "ask" : "-", decision.policy_revision,
	        consent_error_name(decision.error));
}

/* The same in a child of fork, which has the parent's handle. */
static void run_fork(const struct words *words)
{
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		run_check(words);
		fflush(stdout);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) != child)
		printf("fork failed");
}

static void run_record(const struct words *words)
{
	struct consent_visitor visitor = visitor_of(words);
	struct consent_choices choices = CONSENT_CHOICES_INIT;
	struct consent_choice list[MAX_WORDS];
	struct consent_written written = {.revision = 0};
	for (size_t i = 5; i < words->n; i++) {
		char *equals = strchr(words->word[i], '=');
		list[choices.n_choices++] =
		        (struct consent_choice){words->word[i], equals && equals[1] == '1'};
		if (equals)
			*equals = '\0';
	}
	choices.choices = list;
	choices.method = word(words, 3);
	choices.event_id = word(words, 4);
	print_written(consent_record(client, &visitor, &choices, &written), &written);
}

static void run_withdraw(const struct words *words)
{
	struct consent_visitor visitor = visitor_of(words);
	struct consent_written written = {.revision = 0};
	print_written(consent_withdraw(client, &visitor, word(words, 3), &written), &written);
}

static void run_bind(const struct words *words)
{
	struct consent_visitor visitor = visitor_of(words);
	struct consent_written written = {.revision = 0};
	print_written(consent_bind(client, &visitor, word(words, 3), NULL, &written), &written);
}

static void run_erase(const struct words *words)
{
	struct consent_visitor visitor = visitor_of(words);
	struct consent_written written = {.revision = 0};
	print_written(consent_erase(client, &visitor, &written), &written);
}

static void run_show(const struct words *words)
{
	struct consent_visitor visitor = visitor_of(words);
	struct consent_record record = {.n_choices = 0};
	enum consent_error error = consent_show(client, &visitor, &record);
	printf("%s\t%s\t%s", consent_error_name(error), record.method ? record.method : "-",
	        record.bound ? "bound" : "-");
	for (size_t i = 0; i < record.n_choices; i++)
		printf("\t%s=%d", record.choices[i].name, record.choices[i].given);
}

static void run_filter(const struct words *words)
{
	struct consent_visitor visitor = visitor_of(words);
	struct consent_set_cookie headers[MAX_WORDS];
	size_t n = words->n - 3;
	for (size_t i = 0; i < n; i++)
		headers[i] = (struct consent_set_cookie){
		        .value = words->word[i + 3], .value_bytes = CONSENT_NUL_TERMINATED};
	enum consent_error error = consent_filter_set_cookie(client, &visitor, headers, n);
	printf("%s", consent_error_name(error));
	for (size_t i = 0; i < n; i++)
		printf("\t%s\t%s", consent_reason_name(headers[i].reason),
		        headers[i].keep ? headers[i].text : "-");
}

static void run_sweep(const struct words *words)
{
	struct consent_visitor visitor = visitor_of(words);
	struct consent_headers headers;
	enum consent_error error =
	        consent_sweep(client, &visitor, word(words, 3), CONSENT_NUL_TERMINATED, &headers);
	printf("%s", consent_error_name(error));
	for (size_t i = 0; i < headers.n_values; i++)
		printf("\t%s", headers.values[i]);
}

static void run_flush(const struct words *words)
{
	(void)words;
	printf("%s", consent_error_name(consent_flush(client)));
}

static const struct {
	const char *name;
	void (*run_fn)(const struct words *words);
} commands[] = {
        {"check", run_check},
        {"fork", run_fork},
        {"record", run_record},
        {"withdraw", run_withdraw},
        {"bind", run_bind},
        {"erase", run_erase},
        {"show", run_show},
        {"filter", run_filter},
        {"sweep", run_sweep},
        {"flush", run_flush},
};

static void run(char *line)
{
	struct words words = {.n = 0};
	line[strcspn(line, "\n")] = '\0';
	for (char *at = strtok(line, "\t"); at && words.n < MAX_WORDS; at = strtok(NULL, "\t"))
		words.word[words.n++] = at;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (words.n >= 3 && strcmp(words.word[0], commands[i].name) == 0)
			commands[i].run_fn(&words);
	end_line();
}

int main(void)
{
	static const char *const necessary[] = {"listed"};
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	char *line = NULL;
	size_t capacity = 0;
	const char *deadline_ms = getenv("LIBRARY_PEER_DEADLINE_MS");
	options.deadline_ms = deadline_ms ? (uint32_t)strtoul(deadline_ms, NULL, 10) : 30000;
	options.write_deadline_ms = 60000;
	options.name = "library_peer";
	options.necessary = necessary;
	options.n_necessary = 1;
	if (consent_client_open(&options, &client) != CONSENT_OK)
		return 1;
	while (getline(&line, &capacity, stdin) >= 0)
		run(line);
	free(line);
	consent_client_close(client);
	return 0;
}
