/* Set-Cookie and Cookie texts by table: what a browser would make of them. */
#include "client/src/cookie.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOW = 1700000000 };

static const struct {
	const char *header;
	const char *name, *domain; /* domain NULL: absent */
	bool deletes;
} valid[] = {
        {"a=b", "a", NULL, false},
        {"a=", "a", NULL, false},
        {"a=b=c", "a", NULL, false},
        {"  a \t = b ; Path=/", "a", NULL, false},
        {"a=b;", "a", NULL, false},
        {"a=b; ; ;Secure", "a", NULL, false},
        {"a b=c", "a b", NULL, false},
        {"__Host-sessionid=1; Secure; Path=/", "__Host-sessionid", NULL, false},
        {"__Secure-id=1", "__Secure-id", NULL, false},
        {"sessionid__Host-=1", "sessionid__Host-", NULL, false},
        {"a=\"x; y\"", "a", NULL, false},
        /* Domain */
        {"a=b; Domain=example.org", "a", "example.org", false},
        {"a=b; DOMAIN = .Example.org ", "a", "Example.org", false},
        {"a=b; domain=..example.org", "a", ".example.org", false},
        {"a=b; domain=x.org; domain=y.org", "a", "y.org", false},
        {"a=b; domain=x.org; domain=", "a", "x.org", false},
        {"a=b; domain=x.org; domain=.", "a", NULL, false},
        {"a=b; domain", "a", NULL, false},
        {"a=b; xdomain=x.org", "a", NULL, false},
        {"a=domain=x.org", "a", NULL, false},
        /* Max-Age */
        {"a=b; Max-Age=0", "a", NULL, true},
        {"a=b; max-age=-1", "a", NULL, true},
        {"a=b; Max-Age = 0 ", "a", NULL, true},
        {"a=b; Max-Age=000", "a", NULL, true},
        {"a=b; Max-Age=-0", "a", NULL, true},
        {"a=b; Max-Age=-99999999999999999999999", "a", NULL, true},
        {"a=b; Max-Age=1", "a", NULL, false},
        {"a=b; Max-Age=99999999999999999999999", "a", NULL, false},
        {"a=b; Max-Age=", "a", NULL, false},
        {"a=b; Max-Age", "a", NULL, false},
        {"a=b; Max-Age=-", "a", NULL, false},
        {"a=b; Max-Age=+0", "a", NULL, false},
        {"a=b; Max-Age=0x", "a", NULL, false},
        {"a=b; Max-Age=0.0", "a", NULL, false},
        {"a=b; Max-Age=\"0\"", "a", NULL, false},
        {"a=b; Max-Age=0; Max-Age=5", "a", NULL, false},
        {"a=b; Max-Age=5; Max-Age=0", "a", NULL, true},
        {"a=b; Max-Age=5; Max-Age=x", "a", NULL, false},
        {"a=b; Max-Age=0; Max-Age=x", "a", NULL, true},
        /* Expires, and Max-Age over it */
        {"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a", NULL, true},
        {"a=b; expires=Tue, 14 Nov 2023 22:13:20 GMT", "a", NULL, true},
        {"a=b; expires=Tue, 14 Nov 2023 22:13:21 GMT", "a", NULL, false},
        {"a=b; expires=whenever", "a", NULL, false},
        {"a=b; expires=", "a", NULL, false},
        {"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", "a", NULL, false},
        {"a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a", NULL, false},
        {"a=b; Max-Age=0; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "a", NULL, true},
        {"a=b; Max-Age=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a", NULL, true},
        {"a=b; Expires=1 Jan 1970 0:0:0; Expires=1 Jan 2100 0:0:0", "a", NULL, false},
        {"a=b; Expires=1 Jan 1970 0:0:0; Expires=never", "a", NULL, true},
};

static const char *const invalid[] = {
        "",
        " ",
        ";",
        "a",
        "a; b=c",
        "=b",
        " \t=b; Path=/",
        "=",
        "a=b\r\nSet-Cookie: c=d",
        "a=b\n",
        "a\r=b",
        "a=b; Path=/\n",
};

Test(cookie, is_read_as_browsers_read_it)
{
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		const char *header = valid[i].header;
		struct client_set_cookie cookie;
		cr_assert(client_set_cookie_parse(span_of(header), &cookie), "%s", header);
		cr_expect(span_is(cookie.name, valid[i].name), "%s", header);
		cr_expect_eq(span_present(cookie.domain), valid[i].domain != NULL, "%s", header);
		cr_expect(
		        !valid[i].domain || span_is(cookie.domain, valid[i].domain), "%s", header);
		cr_expect_eq(
		        client_set_cookie_deletes(&cookie, NOW), valid[i].deletes, "%s", header);
	}
}

Test(cookie, is_none_where_browsers_see_none)
{
	struct client_set_cookie cookie;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		cr_expect_not(
		        client_set_cookie_parse(span_of(invalid[i]), &cookie), "%s", invalid[i]);
	cr_expect_not(client_set_cookie_parse(span_bytes("a=b\0c", 5), &cookie));
	cr_expect_not(client_set_cookie_parse(SPAN_NONE, &cookie));
}

/* At the limit the value counts, and one past it newer browsers pass it over. */
Test(cookie, passes_over_values_that_are_too_long)
{
	char header[2048];
	struct client_set_cookie cookie;
	for (size_t n = 1023; n <= 1025; n++) {
		size_t n_bytes = (size_t)sprintf(header, "a=b; Max-Age=");
		memset(header + n_bytes, '0', n);
		cr_assert(client_set_cookie_parse(span_bytes(header, n_bytes + n), &cookie));
		cr_expect_eq(client_set_cookie_deletes(&cookie, NOW), n <= 1024);
	}
}

static const struct {
	const char *header;
	uint32_t max_age;
	const char *shortened; /* NULL: nothing changes */
} lifetimes[] = {
        {"a=b", 60, NULL},
        {"a=b; Path=/; HttpOnly", 0, NULL},
        {"a=b; Max-Age=60", 60, NULL},
        {"a=b; Max-Age=61", 60, "a=b; Max-Age=60"},
        {"a=b;max-age = 9999 ;Path=/", 60, "a=b;max-age = 60 ;Path=/"},
        {"a=b; Max-Age=99999999999999999999; Secure", UINT32_MAX - 1,
                "a=b; Max-Age=4294967294; Secure"},
        {"a=b; Max-Age=61; Max-Age=59; Max-Age=7000", 60,
                "a=b; Max-Age=60; Max-Age=59; Max-Age=60"},
        {"a=b; Max-Age=x", 60, NULL},
        {"a=max-age=61", 60, NULL},
        {"a=b; Expires=Tue, 14 Nov 2023 22:14:20 GMT", 60, NULL},
        {"a=b; Expires=Tue, 14 Nov 2023 22:14:21 GMT", 60,
                "a=b; Expires=Tue, 14 Nov 2023 22:14:20 GMT"},
        {"a=b;expires=1 jan 2100 0:0:0;Secure", 60,
                "a=b;expires=Tue, 14 Nov 2023 22:14:20 GMT;Secure"},
        {"a=b; Max-Age=90; Expires=1 jan 2100 0:0:0", 60,
                "a=b; Max-Age=60; Expires=Tue, 14 Nov 2023 22:14:20 GMT"},
        {"a=b; Max-Age=90; Path=/; Expires=1 jan 2100 0:0:0; HttpOnly", 0, "a=b; Path=/; HttpOnly"},
        {"a=b; max-age; Secure", 0, "a=b; Secure"},
        {"a=\"1;Max-Age=90\";X", 0, "a=\"1;X"},
        {"  a = b  ;  Max-Age=90", 60, "  a = b  ;  Max-Age=60"},
};

Test(cookie, lives_no_longer_than_allowed)
{
	for (size_t i = 0; i < sizeof(lifetimes) / sizeof(lifetimes[0]); i++) {
		struct span header = span_of(lifetimes[i].header);
		const char *wanted = lifetimes[i].shortened;
		struct client_bytes out = {NULL, 0, 0};
		cr_assert(client_bytes_reserve(&out, client_set_cookie_room(header)));
		bool changed = client_set_cookie_shorten(header, lifetimes[i].max_age, NOW, &out);
		cr_expect_eq(changed, wanted != NULL, "%s", lifetimes[i].header);
		struct span text = span_bytes(out.data, out.n_bytes);
		cr_expect(span_is(text, wanted ? wanted : lifetimes[i].header), "%.*s",
		        SPAN_ARG(text));
		cr_expect_leq(out.n_bytes, client_set_cookie_room(header));
		client_bytes_deinit(&out);
	}
}

Test(cookie, finds_the_names_of_a_request)
{
	static const char *const names[] = {"a", "b", "c d", "a", "_ga"};
	struct span header = span_of("a=1; b=2=3;c d=;; =x; novalue;  a = 5 ;\t_ga=\"1\"");
	struct span name;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_assert(client_cookie_next(&header, &name));
		cr_expect(span_is(name, names[i]), "%.*s", SPAN_ARG(name));
	}
	cr_expect_not(client_cookie_next(&header, &name));
	cr_expect_not(client_cookie_next(&header, &name));
}

/* Pieces of which headers are made at random; most of what comes out is half right. */
static const char *const pieces[] = {"a", "=", ";", " ", "Max-Age", "max-age=", "Expires=", "-",
        "0", "9", "99999999999", "1 jan 2100 0:0:0", "Thu, 01 Jan 1970 00:00:00 GMT",
        "Domain=", "x.org", "\t", ",", "\xff", "Path=/", "1 feb 0:0"};

static struct span random_header(char *memory, uint32_t *seed)
{
	size_t n_bytes = 0;
	for (uint32_t n = 1 + (*seed >> 8) % 12; n > 0; n--) {
		*seed = *seed * 1664525 + 1013904223;
		const char *piece = pieces[(*seed >> 16) % (sizeof(pieces) / sizeof(pieces[0]))];
		memcpy(memory + n_bytes, piece, strlen(piece));
		n_bytes += strlen(piece);
	}
	return span_bytes(memory, n_bytes);
}

/* What was shortened is the same cookie, lives no longer than allowed, and needs no more of it. */
static void expect_short(struct span header, uint32_t max_age)
{
	struct client_bytes once = {NULL, 0, 0}, twice = {NULL, 0, 0};
	struct client_set_cookie before, after;
	if (!client_set_cookie_parse(header, &before) || client_set_cookie_deletes(&before, NOW))
		return;
	cr_assert(client_bytes_reserve(&once, client_set_cookie_room(header)));
	bool changed = client_set_cookie_shorten(header, max_age, NOW, &once);
	struct span text = span_bytes(once.data, once.n_bytes);
	cr_expect_leq(text.n_bytes, client_set_cookie_room(header));
	cr_expect(changed || span_equal(text, header));
	cr_assert(client_set_cookie_parse(text, &after), "%.*s", SPAN_ARG(text));
	cr_expect(span_equal(before.name, after.name), "%.*s", SPAN_ARG(text));
	cr_expect(span_equal(before.domain, after.domain), "%.*s", SPAN_ARG(text));
	cr_expect(!after.has_max_age || after.max_age <= max_age, "%.*s", SPAN_ARG(text));
	cr_expect(!after.has_expires || after.expires <= NOW + max_age, "%.*s", SPAN_ARG(text));
	cr_expect(max_age > 0 || !(after.has_max_age || after.has_expires));
	cr_assert(client_bytes_reserve(&twice, client_set_cookie_room(text)));
	cr_expect_not(
	        client_set_cookie_shorten(text, max_age, NOW, &twice), "%.*s", SPAN_ARG(text));
	client_bytes_deinit(&once);
	client_bytes_deinit(&twice);
}

Test(cookie, keeps_its_promises_for_any_header)
{
	char memory[1024];
	uint32_t seed = 1;
	for (int i = 0; i < 30000; i++) {
		struct span header = random_header(memory, &seed);
		/* A block of exactly its size, so that a read past it is found. */
		char *exact = malloc(header.n_bytes);
		cr_assert(exact);
		memcpy(exact, memory, header.n_bytes);
		expect_short(span_bytes(exact, header.n_bytes), seed % 3 * 1800);
		free(exact);
	}
}
