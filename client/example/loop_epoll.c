/*
 * May this cookie be set for these visitors? All are asked about at once, from an epoll loop.
 *
 * cc loop_epoll.c $(pkg-config --cflags --libs consent) -o loop_epoll
 * ./loop_epoll public.opendatasoft.com django_language anna ben chloe
 */
#include <consent.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A tag is the visitor's number, and its answer says what becomes of the response that waits. */
static int take_answers(struct consent_client *client, char **subjects)
{
	struct consent_answer answer;
	int n = 0;
	for (; consent_receive(client, &answer); n++)
		printf("%s: %s, %s\n", subjects[answer.tag],
		        answer.decisions[0].allowed ? "yes" : "no",
		        consent_reason_name(answer.decisions[0].reason));
	return n;
}

/* Returns how many answers are to come. */
static int ask(struct consent_client *client, const char *site, const char *cookie, char **subjects)
{
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	struct consent_cookie asked = {cookie, NULL};
	int n_waiting = 0;
	visitor.site = site;
	for (int i = 0; subjects[i]; i++) {
		visitor.subject = subjects[i];
		if (consent_send_check(client, &visitor, &asked, 1, (uint64_t)i) == CONSENT_OK)
			n_waiting++;
		else
			printf("%s: no, %s\n", subjects[i], consent_client_message(client));
		n_waiting -= take_answers(client, subjects);
	}
	return n_waiting;
}

int main(int argc, char **argv)
{
	struct consent_client *client;
	struct epoll_event event = {.events = EPOLLIN};
	int loop = epoll_create1(EPOLL_CLOEXEC);
	if (argc < 4 || loop < 0 || consent_client_open(NULL, &client) != CONSENT_OK)
		return 2;
	event.data.ptr = client;
	if (epoll_ctl(loop, EPOLL_CTL_ADD, consent_client_fd(client), &event) != 0)
		return 2;
	int n_waiting = ask(client, argv[1], argv[2], argv + 3);
	while (n_waiting > 0)
		if (epoll_wait(loop, &event, 1, -1) == 1 && event.data.ptr == client)
			n_waiting -= take_answers(client, argv + 3);
	consent_client_close(client);
	close(loop);
	return 0;
}
