/* Options: defaults, limits, and what is copied; and the names of the library's enums. */
#include "client/src/client.h"
#include "client/src/names.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct consent_client_options options;
static struct consent_client *client;

static void begin(void)
{
	options = (struct consent_client_options)CONSENT_CLIENT_OPTIONS_INIT;
	unsetenv("CONSENT_SOCKET");
}

TestSuite(options, .init = begin);

static const char *text_of(char c, size_t n_bytes)
{
	static char text[512];
	memset(text, c, sizeof(text));
	text[n_bytes] = '\0';
	return text;
}

/* Whether a handle can be opened; it is closed again by the next call. */
static enum consent_error try(void)
{
	consent_client_close(client);
	client = NULL;
	return consent_client_open(&options, &client);
}

static void done(void)
{
	consent_client_close(client);
	client = NULL;
}

Test(options, have_defaults)
{
	cr_assert_eq(consent_client_open(NULL, &client), CONSENT_OK);
	cr_expect_str_eq(client->options.address.sun_path, "/run/consentd/consentd.sock");
	cr_expect_eq(client->options.deadline_ms, 250);
	cr_expect_eq(client->options.write_deadline_ms, 5000);
	cr_expect_str_eq(client->options.name, "libconsent");
	done();
}

Test(options, take_the_socket_from_the_environment_last)
{
	setenv("CONSENT_SOCKET", "/tmp/environment", 1);
	cr_assert_eq(try(), CONSENT_OK);
	cr_expect_str_eq(client->options.address.sun_path, "/tmp/environment");
	options.socket = "/tmp/option";
	cr_assert_eq(try(), CONSENT_OK);
	cr_expect_str_eq(client->options.address.sun_path, "/tmp/option");
	options.socket = NULL;
	setenv("CONSENT_SOCKET", "", 1);
	cr_assert_eq(try(), CONSENT_OK);
	cr_expect_str_eq(client->options.address.sun_path, "/run/consentd/consentd.sock");
	setenv("CONSENT_SOCKET", text_of('/', 108), 1);
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	done();
}

Test(options, are_held_to_their_limits)
{
	options.socket = text_of('/', 107);
	cr_expect_eq(try(), CONSENT_OK);
	options.socket = text_of('/', 108);
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	options.socket = "";
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	options.socket = NULL;
	options.name = text_of('n', 64);
	cr_expect_eq(try(), CONSENT_OK);
	options.name = text_of('n', 65);
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	options.name = "";
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	options.name = "\xff";
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	done();
}

Test(options, take_patterns_of_one_star_at_an_end)
{
	static const char *const valid[] = {"a", "a*", "*a", "__Host-a"};
	static const char *const invalid[] = {"", "*", "**", "a*b", "*a*", "a**", "\xff", NULL};
	const char *pattern;
	options.necessary = &pattern;
	options.n_necessary = 1;
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		pattern = valid[i];
		cr_expect_eq(try(), CONSENT_OK, "%s", pattern);
	}
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		pattern = invalid[i];
		cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT, "number %zu", i);
	}
	pattern = text_of('a', 256);
	cr_expect_eq(try(), CONSENT_OK);
	pattern = text_of('a', 257);
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	done();
}

Test(options, take_256_patterns)
{
	const char *many[257];
	for (size_t i = 0; i < 257; i++)
		many[i] = "a";
	options.necessary = many;
	options.n_necessary = 256;
	cr_expect_eq(try(), CONSENT_OK);
	options.n_necessary = 257;
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	options.necessary = NULL;
	options.n_necessary = 1;
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	done();
}

Test(options, are_copied)
{
	char name[] = "app", socket[] = "/tmp/s", pattern[] = "id*";
	const char *list[] = {pattern};
	options.name = name;
	options.socket = socket;
	options.necessary = list;
	options.n_necessary = 1;
	cr_assert_eq(try(), CONSENT_OK);
	memset(name, 'x', 3);
	memset(socket, 'x', 6);
	memset(pattern, 'x', 3);
	list[0] = NULL;
	cr_expect_str_eq(client->options.name, "app");
	cr_expect_str_eq(client->options.address.sun_path, "/tmp/s");
	cr_expect(client_options_necessary(&client->options, span_of("identity")));
	cr_expect_not(client_options_necessary(&client->options, span_of("xxx")));
	done();
}

Test(options, need_a_size_and_a_place_for_the_handle)
{
	options.size = 0;
	cr_expect_eq(try(), CONSENT_ERROR_INVALID_ARGUMENT);
	cr_expect_null(client);
	cr_expect_eq(consent_client_open(NULL, NULL), CONSENT_ERROR_INVALID_ARGUMENT);
	consent_client_close(NULL);
	cr_expect_str_empty(consent_client_message(NULL));
	options = (struct consent_client_options)CONSENT_CLIENT_OPTIONS_INIT;
	options.size = offsetof(struct consent_client_options, deadline_ms);
	options.deadline_ms = 7;
	cr_assert_eq(try(), CONSENT_OK);
	cr_expect_eq(client->options.deadline_ms, 250, "an older struct ends before it");
	cr_expect_str_empty(consent_client_message(client));
	done();
}

Test(names, are_those_of_the_wire)
{
	for (int i = 1; i <= PROTO_REASON_UNAVAILABLE; i++) {
		cr_expect_str_eq(consent_reason_name((enum consent_reason)i),
		        proto_reason_name((enum proto_reason)i));
		cr_expect_eq((int)client_reason((enum proto_reason)i), i);
	}
	cr_expect_str_eq(consent_reason_name(CONSENT_REASON_NONE), "none");
	cr_expect_str_eq(consent_reason_name((enum consent_reason)14), "?");
	for (int i = 1; i <= PROTO_ERROR_SHUTTING_DOWN; i++) {
		cr_expect_str_eq(consent_error_name((enum consent_error)(100 + i)),
		        proto_error_name((enum proto_error)i));
		cr_expect_eq((int)client_error((enum proto_error)i), 100 + i);
		cr_expect_str_neq(
		        consent_error_text((enum consent_error)(100 + i)), "unknown error");
	}
	cr_expect_eq(client_error(PROTO_ERROR_NONE), CONSENT_ERROR_REMOTE);
	cr_expect_str_eq(consent_error_name(CONSENT_OK), "ok");
	cr_expect_str_eq(consent_error_name(CONSENT_ERROR_PROTOCOL), "protocol");
	cr_expect_str_eq(consent_error_name(CONSENT_ERROR_REMOTE), "remote");
	cr_expect_str_eq(consent_error_name((enum consent_error)8), "?");
	cr_expect_str_eq(consent_error_name((enum consent_error)119), "?");
	cr_expect_str_eq(consent_error_text((enum consent_error)8), "unknown error");
	cr_expect_str_eq(consent_version(), "0.1.0");
}

Test(names, of_events_are_found)
{
	for (int i = CONSENT_EVENT_GIVEN; i <= CONSENT_EVENT_IMPORTED; i++) {
		const char *name = consent_event_name((enum consent_event)i);
		cr_expect_eq((int)client_event_find(span_of(name)), i);
	}
	cr_expect_eq(client_event_find(span_of("none")), CONSENT_EVENT_NONE);
	cr_expect_eq(client_event_find(span_of("unheard_of")), CONSENT_EVENT_NONE);
	cr_expect_str_eq(consent_event_name((enum consent_event)9), "?");
}
