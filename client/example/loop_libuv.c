/*
 * May this cookie be set for these visitors? All are asked about at once, from a libuv loop.
 *
 * cc loop_libuv.c $(pkg-config --cflags --libs consent libuv) -o loop_libuv
 * ./loop_libuv public.opendatasoft.com django_language anna ben chloe
 */
#include <consent.h>
#include <stdio.h>
#include <uv.h>

/* What a response waits for: a tag is the address of one. */
struct waiting {
	const char *subject;
	int *n_waiting;
};

/* Takes all answers that are there; when none is to come, the loop has nothing more to do. */
static void take_answers(uv_poll_t *poll)
{
	struct consent_answer answer;
	while (consent_receive(poll->data, &answer)) {
		const struct waiting *waiting = (const void *)(uintptr_t)answer.tag;
		printf("%s: %s, %s\n", waiting->subject, answer.decisions[0].allowed ? "yes" : "no",
		        consent_reason_name(answer.decisions[0].reason));
		if (--*waiting->n_waiting == 0)
			uv_poll_stop(poll);
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	take_answers(poll);
}

static void ask(uv_poll_t *poll, const char *site, const char *cookie, struct waiting *waiting)
{
	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
	struct consent_cookie asked = {cookie, NULL};
	visitor.site = site;
	visitor.subject = waiting->subject;
	++*waiting->n_waiting;
	if (consent_send_check(poll->data, &visitor, &asked, 1, (uintptr_t)waiting) == CONSENT_OK) {
		take_answers(poll);
		return;
	}
	printf("%s: no, %s\n", waiting->subject, consent_client_message(poll->data));
	--*waiting->n_waiting;
}

int main(int argc, char **argv)
{
	enum { MOST = 100 };
	static struct waiting waiting[MOST];
	struct consent_client *client;
	uv_poll_t poll;
	int n_waiting = 1; /* this function, until all are sent */
	if (argc < 4 || argc > MOST || consent_client_open(NULL, &client) != CONSENT_OK)
		return 2;
	if (uv_poll_init(uv_default_loop(), &poll, consent_client_fd(client)) != 0)
		return 2;
	poll.data = client;
	uv_poll_start(&poll, UV_READABLE, on_readable);
	for (int i = 3; i < argc; i++) {
		waiting[i] = (struct waiting){argv[i], &n_waiting};
		ask(&poll, argv[1], argv[2], &waiting[i]);
	}
	if (--n_waiting == 0)
		uv_poll_stop(&poll);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&poll, NULL);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	consent_client_close(client);
	return uv_loop_close(uv_default_loop()) == 0 ? 0 : 1;
}
