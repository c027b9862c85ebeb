/* consentd.yaml: defaults, every key, every fault with its place, and users and groups by name. */
#include <criterion/criterion.h>

#include <stdio.h>

#include "daemon/base/log.h"
#include "daemon/run/config.h"

static struct config config;
static struct faults faults = {.file = "c.yaml"};

static void start(void)
{
	cr_assert_eq(config_init(&config), 0);
}

static void stop(void)
{
	faults_deinit(&faults);
	config_deinit(&config);
}

TestSuite(config, .init = start, .fini = stop);

static int parse(const char *text)
{
	return config_parse(&config, span_of(text), &faults);
}

/* The one fault there is. */
static void expect_fault(const char *text, const char *expected)
{
	char line[512];

	cr_assert_eq(parse(text), CONFIG_E_FAULTY);
	cr_assert_eq(faults.n_items, 1);
	fault_format(&faults, 0, line, sizeof(line));
	cr_assert_not_null(strstr(line, expected), "%s", line);
}

static void expect_defaults(void)
{
	cr_assert(span_is(config.data, "/var/lib/consentd"));
	cr_assert(span_is(config.policies, "/etc/consentd/policies.d"));
	cr_assert(span_is(config.socket.path, "/run/consentd/consentd.sock"));
	cr_assert_not(span_present(config.key_file));
	cr_assert_eq(config.socket.mode, 0660);
	cr_assert_eq(config.socket_group, (gid_t)-1);
	cr_assert_eq(config.quota_bytes, 0);
	cr_assert_eq(config.connections, PROTO_LIMIT_CONNECTIONS);
	cr_assert_eq(config.connections_per_uid, PROTO_LIMIT_CONNECTIONS_PER_UID);
	cr_assert_eq(config.log_level, LOG_LEVEL_INFO);
	cr_assert_eq(config.n_grants, 0);
}

Test(config, every_key_is_optional)
{
	cr_assert_eq(parse(""), 0);
	cr_assert_eq(parse("# nothing\n\n  # at all\n"), 0);
	cr_assert_eq(parse("log_level: info\n"), 0);
	expect_defaults();
}

Test(config, every_key)
{
	cr_assert_eq(parse("data: /srv/consent\n"
	                   "key_file: /srv/key\n"
	                   "policies: /srv/policies\n"
	                   "socket: {path: /srv/s, mode: 0600, group: 1234}\n"
	                   "roles:\n"
	                   "  - {user: root, roles: [reader]}\n"
	                   "  - {user: 1001, roles: [reader, recorder]}\n"
	                   "  - {group: 1002, roles: [auditor, admin]}\n"
	                   "quota: 2 GiB\n"
	                   "connections: 100\n"
	                   "connections_per_uid: 10\n"
	                   "log_level: debug\n"),
	        0);
	cr_assert_str_eq((const char *)config.data.data, "/srv/consent");
	cr_assert_str_eq((const char *)config.key_file.data, "/srv/key");
	cr_assert_str_eq((const char *)config.policies.data, "/srv/policies");
	cr_assert_str_eq((const char *)config.socket.path.data, "/srv/s");
	cr_assert_eq(config.socket.mode, 0600);
	cr_assert_eq(config.socket_group, 1234);
	cr_assert_eq(config.quota_bytes, UINT64_C(2) << 30);
	cr_assert_eq(config.connections, 100);
	cr_assert_eq(config.connections_per_uid, 10);
	cr_assert_eq(config.log_level, LOG_LEVEL_DEBUG);
	cr_assert_eq(config.n_grants, 3);
	cr_assert_eq(config.grants[0].id, 0);
	cr_assert_not(config.grants[1].is_group);
	cr_assert_eq(config.grants[1].id, 1001);
	cr_assert_eq(config.grants[1].roles, PROTO_ROLE_READER | PROTO_ROLE_RECORDER);
	cr_assert(config.grants[2].is_group);
	cr_assert_eq(config.grants[2].id, 1002);
	cr_assert_eq(config.grants[2].roles, PROTO_ROLE_AUDITOR | PROTO_ROLE_ADMIN);
}

Test(config, all_faults_at_once)
{
	cr_assert_eq(parse("dta: /x\nlog_level: loud\nsocket: {mode: 0999}\nroles: [{user: 5}]\n"),
	        CONFIG_E_FAULTY);
	cr_assert_geq(faults.n_errors, 4);
}

Test(config, relative_paths)
{
	expect_fault("data: here\n", "c.yaml:1:7: \"data\": expected an absolute path");
}

Test(config, socket_path_at_the_limit_and_one_past)
{
	char text[200];

	snprintf(text, sizeof(text), "socket: {path: /%0106d}\n", 0);
	cr_assert_eq(parse(text), 0);
	snprintf(text, sizeof(text), "socket: {path: /%0107d}\n", 0);
	expect_fault(text, "108 bytes long");
}

Test(config, unknown_user)
{
	expect_fault("roles:\n  - {user: no-such-user, roles: [reader]}\n",
	        "c.yaml:2:5: no user is called \"no-such-user\"");
}

Test(config, unknown_group)
{
	expect_fault("roles:\n  - {group: no-such-group, roles: [reader]}\n", "no group is called");
}

Test(config, unknown_socket_group)
{
	expect_fault(
	        "socket:\n  group: no-such-group\n", "c.yaml:2:10: \"group\": no group is called");
}

Test(config, unknown_role)
{
	expect_fault("roles: [{user: root, roles: [owner]}]\n", "owner");
}

Test(config, user_and_group)
{
	expect_fault("roles: [{user: root, group: root, roles: [reader]}]\n", "either");
}

Test(config, neither_user_nor_group)
{
	expect_fault("roles: [{roles: [reader]}]\n", "either");
}

/* Whom the kernel cannot name reads as this one. */
Test(config, nobody_holds_no_role)
{
	expect_fault("roles: [{user: 65534, roles: [reader]}]\n", "65534");
}

/* The group of the socket holds roles, too. */
Test(config, nogroup_is_no_group_of_the_socket)
{
	expect_fault("socket: {group: 65534}\n", "\"group\": group \"65534\" has the number");
	cr_assert_eq(config.socket_group, (gid_t)-1);
}

Test(config, numbers_at_the_limit_and_one_past)
{
	cr_assert_eq(parse("roles: [{user: 4294967294, roles: [reader]}]\n"), 0);
	cr_assert_eq(config.grants[0].id, 4294967294);
	expect_fault("roles: [{user: 4294967295, roles: [reader]}]\n", "no user is called");
}

Test(config, roles_at_the_limit_and_one_past)
{
	static char text[32768];
	size_t n = (size_t)sprintf(text, "roles:\n");

	for (int i = 0; i < ACCESS_MAX_GRANTS; i++)
		n += (size_t)sprintf(text + n, "  - {user: %d, roles: [reader]}\n", 1000 + i);
	cr_assert_eq(parse(text), 0);
	cr_assert_eq(config.n_grants, ACCESS_MAX_GRANTS);
	sprintf(text + n, "  - {user: 1, roles: [reader]}\n");
	config.n_grants = 0;
	cr_assert_eq(parse(text), CONFIG_E_FAULTY);
	cr_assert_leq(config.n_grants, ACCESS_MAX_GRANTS);
}

Test(config, role_words_are_the_protocol_s)
{
	static const char *const names[] = {"reader", "recorder", "auditor", "admin"};
	char text[128];

	for (size_t i = 0; i < 4; i++) {
		enum proto_role role;

		cr_assert(proto_role_find(span_of(names[i]), &role));
		snprintf(text, sizeof(text), "roles: [{user: 1, roles: [%s]}]\n", names[i]);
		config.n_grants = 0;
		cr_assert_eq(parse(text), 0);
		cr_assert_eq(config.grants[0].roles, role);
	}
}
