/*
 * Messages by description: what is right comes back as it was, what is wrong is named.
 */
#include "proto/messages.h"

#include <criterion/criterion.h>

static uint8_t memory[4096];

static struct span check_encoded(void)
{
	static uint8_t items[256];
	struct proto_writer names = proto_writer_of(items, sizeof(items));
	struct proto_writer w = proto_writer_of(memory, sizeof(memory));
	struct proto_check_request request = {
	        .site = span_of("example.org"),
	        .subject = span_of("s-1"),
	        .gpc = true,
	        .revision = 7,
	};

	proto_writer_text(&names, span_of("sessionid"));
	proto_writer_text(&names, span_of("_ga"));
	request.cookies = proto_list_of(&names, 2);
	proto_encode(&w, &proto_check_request, &request);
	cr_assert_not(w.overflow);
	return proto_writer_span(&w);
}

Test(message, a_request_comes_back_as_it_was)
{
	struct proto_check_request request;
	struct proto_fault fault;
	struct span name;

	cr_assert_not(
	        proto_decode_request(&proto_check_request, check_encoded(), &request, &fault));
	cr_assert(span_is(request.site, "example.org"));
	cr_assert(span_is(request.subject, "s-1"));
	cr_assert_not(span_present(request.domain));
	cr_assert(request.gpc);
	cr_assert_eq(request.revision, 7);
	cr_assert_eq(request.cookies.n_items, 2);
	cr_assert(proto_list_text(&request.cookies, &name));
	cr_assert(span_is(name, "sessionid"));
	cr_assert(proto_list_text(&request.cookies, &name));
	cr_assert(span_is(name, "_ga"));
	cr_assert_not(proto_list_text(&request.cookies, &name));
}

Test(message, every_cut_is_refused)
{
	const struct span whole = check_encoded();
	struct proto_check_request request;
	struct proto_fault fault;

	for (size_t n = 0; n < whole.n_bytes; n++) {
		cr_assert(proto_decode_request(&proto_check_request, span_bytes(whole.data, n),
		                  &request, &fault),
		        "cut at %zu", n);
		cr_assert_eq(fault.error, PROTO_ERROR_MALFORMED, "cut at %zu", n);
	}
}

Test(message, a_missing_field_is_named)
{
	static const uint8_t empty[] = {0x80};
	struct proto_check_request request;
	struct proto_fault fault;
	char text[256];

	cr_assert(proto_decode_request(
	        &proto_check_request, span_bytes(empty, sizeof(empty)), &request, &fault));
	cr_assert_eq(fault.error, PROTO_ERROR_MISSING_FIELD);
	proto_fault_format(&fault, "check", text, sizeof(text));
	cr_assert_str_eq(text, "check: `site` is missing, text of 1 to 253 bytes is right");
}
