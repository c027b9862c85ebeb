/*
 * The answers of the fake daemon. Decisions come from a table instead of from decide(), so that a
 * test of the client says what it wants to see answered.
 */
#include "tests/support/fake_replies.h"

#include "proto/rules.h"

#include <assert.h>
#include <time.h>

enum { LIST_BYTES = 256 * 1024 };

static const struct fake_cookie *cookie_find(
        const struct fake_site *site, struct span name, struct span domain)
{
	for (size_t i = 0; i < site->n_cookies; i++) {
		const struct fake_cookie *cookie = &site->cookies[i];
		bool here = !cookie->domain || span_is(domain, cookie->domain);
		if (here && proto_pattern_matches(span_of(cookie->name), name))
			return cookie;
	}
	return NULL;
}

static struct proto_decision decision_of(
        const struct fake_daemon *daemon, struct span name, struct span domain)
{
	const struct fake_cookie *cookie = cookie_find(&daemon->site, name, domain);
	struct proto_decision decision = {.reason = span_of("undeclared_cookie")};
	enum proto_reason reason;
	if (cookie) {
		decision = (struct proto_decision){.reason = span_of(cookie->reason),
		        .service = span_of(cookie->service),
		        .max_age = cookie->max_age};
		if (!proto_reason_find(decision.reason, &reason))
			assert(!"a test's reason is none");
		decision.allowed = proto_reason_allowed(reason);
	}
	if (daemon->behaviour == FAKE_LIES)
		decision = (struct proto_decision){
		        .allowed = true, .reason = span_of("consent_refused")};
	if (daemon->behaviour == FAKE_INVENTS)
		decision = (struct proto_decision){
		        .allowed = true, .reason = span_of("because_i_say_so")};
	return decision;
}

static bool knows(const struct fake_daemon *daemon, struct span site)
{
	return span_is(site, daemon->site.site);
}

static void check(struct fake_daemon *daemon, const void *request, struct proto_writer *w)
{
	static uint8_t memory[LIST_BYTES];
	const struct proto_check_request *from = request;
	struct proto_writer list = proto_writer_of(memory, sizeof(memory));
	struct proto_list names = from->cookies;
	uint32_t n = names.n_items - (daemon->behaviour == FAKE_FORGETS ? 1 : 0);
	struct span name;
	for (uint32_t i = 0; i < n && proto_list_text(&names, &name); i++) {
		struct proto_decision decision = decision_of(daemon, name, from->domain);
		if (!knows(daemon, from->site))
			decision = (struct proto_decision){.reason = span_of("unknown_site")};
		proto_encode(&list, &proto_decision, &decision);
	}
	struct proto_check_result result = {.decisions = proto_list_of(&list, n),
	        .revision = daemon->revision,
	        .policy_revision = knows(daemon, from->site) ? daemon->policy_revision : 0,
	        .ask = daemon->ask};
	proto_encode(w, &proto_check_result, &result);
}

static uint32_t services_write(const struct fake_daemon *daemon, struct proto_writer *w)
{
	uint32_t n = 0;
	for (size_t i = 0; i < daemon->site.n_cookies; i++) {
		const struct fake_cookie *cookie = &daemon->site.cookies[i];
		bool necessary = strcmp(cookie->basis, "necessary") == 0;
		struct proto_policy_service service = {.id = span_of(cookie->service),
		        .category = span_of("all"),
		        .basis = span_of(cookie->basis),
		        .exempt = necessary || strcmp(cookie->basis, "audience_measurement") == 0,
		        .bit = necessary ? 255 : i};
		if (daemon->behaviour == FAKE_CONTRADICTS)
			service.id = span_of("somebody_else");
		proto_encode(w, &proto_policy_service, &service);
		n++;
	}
	return n;
}

static uint32_t rules_write(const struct fake_daemon *daemon, struct proto_writer *w)
{
	uint32_t n = 0;
	for (size_t i = 0; i < daemon->site.n_cookies; i++) {
		const struct fake_cookie *cookie = &daemon->site.cookies[i];
		struct proto_policy_rule rule = {.name = span_of(cookie->name),
		        .domain = span_of(cookie->domain),
		        .path = span_of(cookie->path),
		        .service = span_of(cookie->service),
		        .max_age = cookie->max_age};
		proto_encode(w, &proto_policy_rule, &rule);
		n++;
	}
	return n;
}

static void policy_get(struct fake_daemon *daemon, struct proto_writer *w)
{
	static uint8_t services[LIST_BYTES], rules[LIST_BYTES], validity[64];
	static const uint8_t digest[32];
	struct proto_writer services_w = proto_writer_of(services, sizeof(services));
	struct proto_writer rules_w = proto_writer_of(rules, sizeof(rules));
	struct proto_writer validity_w = proto_writer_of(validity, sizeof(validity));
	proto_writer_text(&validity_w, span_of("given"));
	proto_writer_uint(&validity_w, 1);
	struct proto_policy_get_result result = {
	        .yaml = span_of("site: x\n"),
	        .policy_revision = daemon->policy_revision,
	        .digest = span_bytes(digest, sizeof(digest)),
	        .mode = span_of(daemon->site.mode ? daemon->site.mode : "enforce"),
	        .validity = proto_list_of(&validity_w, 1),
	        .services = proto_list_of(&services_w, services_write(daemon, &services_w)),
	        .rules = proto_list_of(&rules_w, rules_write(daemon, &rules_w)),
	        .applied_at = 1,
	        .source = span_of("api"),
	        .instance = daemon->policy_instance ? daemon->policy_instance
	                    : daemon->map           ? daemon->map->instance
	                                            : 0,
	};
	result.services.items.n_bytes = services_w.n_bytes;
	result.rules.items.n_bytes = rules_w.n_bytes;
	proto_encode(w, &proto_policy_get_result, &result);
}

/* A record with one service given and one refused. */
static struct span record(struct fake_daemon *daemon)
{
	static uint8_t choices[256], encoded[512];
	struct proto_writer list = proto_writer_of(choices, sizeof(choices));
	struct proto_writer w = proto_writer_of(encoded, sizeof(encoded));
	proto_writer_text(&list, span_of("audience"));
	proto_writer_text(&list, span_of("given"));
	proto_writer_text(&list, span_of("advertising"));
	proto_writer_text(&list, span_of("refused"));
	struct proto_record message = {.choices = proto_list_of(&list, 2),
	        .given_until = 2000,
	        .refused_until = 3000,
	        .created_at = 100,
	        .updated_at = 200,
	        .revision = daemon->revision,
	        .policy_revision = daemon->policy_revision,
	        .method = span_of("banner"),
	        .bound = true};
	proto_encode(&w, &proto_record, &message);
	return proto_writer_span(&w);
}

static void hello(struct fake_daemon *daemon, struct proto_writer *w)
{
	uint8_t none[1];
	struct proto_writer empty = proto_writer_of(none, sizeof(none));
	struct proto_hello_result result = {.version = span_of("0"),
	        .protocol = daemon->protocol,
	        .roles = proto_list_of(&empty, 0),
	        .limits = proto_list_of(&empty, 0)};
	proto_encode(w, &proto_hello_result, &result);
}

static void map(struct fake_daemon *daemon, struct proto_writer *w)
{
	const struct fake_map *from = daemon->map;
	uint8_t memory[512];
	struct proto_writer sites = proto_writer_of(memory, sizeof(memory));
	struct proto_map_site site = {.site = span_of(daemon->site.site),
	        .key = span_bytes(from->key.bytes, sizeof(from->key.bytes))};
	struct timespec now;
	proto_encode(&sites, &proto_map_site, &site);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	struct proto_map_result result = {.instance = from->instance,
	        .layout = from->layout,
	        .lines = from->n_lines,
	        .policy_generation = from->policy_generation,
	        .clock_ns = (uint64_t)((int64_t)now.tv_sec * 1000000000 + now.tv_nsec +
	                               from->clock_apart_ns),
	        .sites = proto_list_of(&sites, 1)};
	proto_encode(w, &proto_map_result, &result);
}

static void written(struct fake_daemon *daemon, enum proto_op op, struct proto_writer *w)
{
	struct proto_record_result recorded = {.revision = ++daemon->revision,
	        .event = span_of("given"),
	        .record = record(daemon)};
	struct proto_bind_result bound = {.revision = recorded.revision};
	struct proto_erase_result erased = {.revision = recorded.revision, .events = 7};
	if (op == PROTO_OP_RECORD)
		proto_encode(w, &proto_record_result, &recorded);
	else if (op == PROTO_OP_BIND)
		proto_encode(w, &proto_bind_result, &bound);
	else
		proto_encode(w, &proto_erase_result, &erased);
}

static void result(
        struct fake_daemon *daemon, enum proto_op op, const void *request, struct proto_writer *w)
{
	struct proto_show_result shown = {.record = record(daemon)};
	struct proto_report_result reported = {.unused = 0};
	if (op == PROTO_OP_HELLO)
		hello(daemon, w);
	else if (op == PROTO_OP_CHECK)
		check(daemon, request, w);
	else if (op == PROTO_OP_POLICY_GET)
		policy_get(daemon, w);
	else if (op == PROTO_OP_MAP)
		map(daemon, w);
	else if (op == PROTO_OP_SHOW)
		proto_encode(w, &proto_show_result, &shown);
	else if (op == PROTO_OP_REPORT)
		proto_encode(w, &proto_report_result, &reported);
	else
		written(daemon, op, w);
}

void fake_reply(struct fake_daemon *daemon, const struct proto_call *call, uint32_t msgid,
        struct proto_writer *w)
{
	union proto_any_request request;
	struct proto_fault fault;
	enum proto_op op;
	if (!proto_op_find(call->method, &op)) {
		proto_rpc_write_error(w, &msgid, PROTO_ERROR_UNKNOWN_METHOD, span_of("no such"));
		return;
	}
	if (proto_decode_request(proto_ops[op].request, call->params, &request, &fault) != 0) {
		char text[256];
		proto_fault_format(&fault, proto_ops[op].name, text, sizeof(text));
		proto_rpc_write_error(w, &msgid, fault.error, span_of(text));
		return;
	}
	bool refused = daemon->behaviour == FAKE_REFUSES && op != PROTO_OP_HELLO;
	if (daemon->refuses_domains && op == PROTO_OP_CHECK && span_present(request.check.domain)) {
		proto_rpc_write_error(w, &msgid, PROTO_ERROR_BUSY, span_of("no domains now"));
		return;
	}
	if (op == PROTO_OP_MAP && !daemon->map) {
		proto_rpc_write_error(w, &msgid, PROTO_ERROR_UNKNOWN_METHOD, span_of("no map"));
		return;
	}
	if (refused || (daemon->refuses_op && op == daemon->refused_op)) {
		proto_rpc_write_error(w, &msgid, daemon->error, span_of("the fake says no"));
		return;
	}
	proto_rpc_write_result(w, msgid);
	result(daemon, op, &request, w);
}
