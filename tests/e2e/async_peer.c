/*
 * Checks without waiting at the end of a pipe: an epoll loop over stdin and a handle. A line is
 * `check SUBJECT COOKIE`, `record SUBJECT CHOICE=0|1`, `withdraw SUBJECT`, `bind SUBJECT ACCOUNT`,
 * or `fd`; what comes back begins with the line's number, and in any order.
 */
#include <consent.h>

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static const char *site;
static struct consent_client *client;
static uint64_t n_lines;

static void print(const struct consent_answer *answer)
{
	printf("%llu\t%s", (unsigned long long)answer->tag, consent_error_name(answer->error));
	if (answer->kind == CONSENT_KIND_CHECK)
		printf("\t%s\t%s\n", answer->decisions[0].allowed ? "yes" : "no",
		        consent_reason_name(answer->decisions[0].reason));
	else
		printf("\t%s\t%llu\n", consent_event_name(answer->written.event),
		        (unsigned long long)answer->written.revision);
}

static void take_answers(void)
{
	struct consent_answer answer;
	while (consent_receive(client, &answer))
		print(&answer);
}

static enum consent_error send_record(
        const struct consent_visitor *visitor, char *pair, uint64_t tag)
{
	struct consent_choices choices = CONSENT_CHOICES_INIT;
	struct consent_choice choice = {pair, false};
	char *equals = strchr(pair, '=');
	if (equals) {
		*equals = '\0';
		choice.given = equals[1] == '1';
	}
	choices.choices = &choice;
	choices.n_choices = 1;
	return consent_send_record(client, visitor, &choices, tag);
}

static void run(char *line)
{
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	uint64_t tag = ++n_lines;
	const char *command = strtok(line, "\t");
	char *subject = strtok(NULL, "\t"), *word = strtok(NULL, "\t");
	struct consent_cookie cookie = {word, NULL};
	enum consent_error error = CONSENT_ERROR_INVALID_ARGUMENT;
	visitor.site = site;
	visitor.subject = subject;
	if (!command)
		return;
	if (strcmp(command, "check") == 0)
		error = consent_send_check(client, &visitor, &cookie, 1, tag);
	else if (strcmp(command, "record") == 0 && word)
		error = send_record(&visitor, word, tag);
	else if (strcmp(command, "withdraw") == 0)
		error = consent_send_withdraw(client, &visitor, NULL, tag);
	else if (strcmp(command, "bind") == 0)
		error = consent_send_bind(client, &visitor, word, NULL, tag);
	if (strcmp(command, "fd") == 0)
		printf("%llu\t%d\n", (unsigned long long)tag, consent_client_fd(client));
	else if (error != CONSENT_OK)
		printf("%llu\t%s\n", (unsigned long long)tag, consent_error_name(error));
	take_answers();
}

/* All lines that are there, whole ones: the tests write them at once. False at the end. */
static bool read_lines(void)
{
	static char text[65536];
	ssize_t n = read(STDIN_FILENO, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	for (char *at = text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		*end = '\0';
		run(at);
	}
	return true;
}

int main(int argc, char **argv)
{
	struct consent_client_options options = CONSENT_CLIENT_OPTIONS_INIT;
	struct epoll_event event = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
	int loop = epoll_create1(EPOLL_CLOEXEC);
	options.deadline_ms = 30000;
	options.write_deadline_ms = 60000;
	options.no_map = argc > 2;
	site = argv[1];
	if (argc < 2 || loop < 0 || consent_client_open(&options, &client) != CONSENT_OK)
		return 1;
	if (epoll_ctl(loop, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0)
		return 1;
	event.data.fd = consent_client_fd(client);
	if (epoll_ctl(loop, EPOLL_CTL_ADD, event.data.fd, &event) != 0)
		return 1;
	for (bool more = true; more; fflush(stdout)) {
		if (epoll_wait(loop, &event, 1, -1) != 1)
			continue;
		if (event.data.fd == STDIN_FILENO)
			more = read_lines();
		else
			take_answers();
	}
	consent_client_close(client);
	close(loop);
	return 0;
}
