/*
 * The table, and what of it is not a matter of one value: that is in config_resolve.c.
 */
#include "daemon/run/config.h"

#include <errno.h>

#include "daemon/base/log.h"

static const struct schema_word role_words[] = {
        {"reader", PROTO_ROLE_READER},
        {"recorder", PROTO_ROLE_RECORDER},
        {"auditor", PROTO_ROLE_AUDITOR},
        {"admin", PROTO_ROLE_ADMIN},
        {NULL, 0},
};

static const struct schema_word level_words[] = {
        {"error", LOG_LEVEL_ERROR},
        {"warning", LOG_LEVEL_WARNING},
        {"info", LOG_LEVEL_INFO},
        {"debug", LOG_LEVEL_DEBUG},
        {NULL, 0},
};

enum {
	PATH_BYTES = 4095,
	SOCKET_PATH_BYTES = 107, /* of a socket's address */
	USER_BYTES = 64,
	MODE_MOST = 0777,
	MODE_LEAST = 0600,
	QUOTA_LEAST = 64 << 20,
	MAP_LEAST = 1 << 20,
};

static const char *check_path(struct span text)
{
	return text.data[0] == '/' ? NULL : "an absolute path";
}

#define ROW(type_, member, kind)                                                                   \
	.key = #member, .type = (kind), .offset = offsetof(struct type_, member)

static const struct schema_row socket_rows[] = {
        {ROW(config_socket, path, SCHEMA_TEXT), .least = 2, .most = SOCKET_PATH_BYTES,
                .check = check_path, .preset = CONFIG_SOCKET,
                .meaning = "Where clients connect. A socket that systemd passes is used instead."},
        {ROW(config_socket, mode, SCHEMA_OCTAL), .least = MODE_LEAST, .most = MODE_MOST,
                .preset = "0660",
                .meaning = "Who may connect at all. What they may ask is a matter of `roles`."},
        {ROW(config_socket, group, SCHEMA_TEXT), .at = offsetof(struct config_socket, group_at),
                .least = 1, .most = USER_BYTES, .preset = "the daemon's",
                .meaning = "The group of the socket, by name or number. Its members hold the roles "
                           "`reader` and `recorder`."},
};
static const struct schema socket_schema = {.noun = "socket", SCHEMA_ROWS(socket_rows)};

static const struct schema_row role_rows[] = {
        {ROW(config_role, user, SCHEMA_TEXT), .least = 1, .most = USER_BYTES,
                .meaning = "A user, by name or number. Either this or `group` is given."},
        {ROW(config_role, group, SCHEMA_TEXT), .least = 1, .most = USER_BYTES,
                .meaning = "A group, by name or number; primary or supplementary."},
        {ROW(config_role, roles, SCHEMA_WORDS), .required = true, .words = role_words,
                .meaning = "What they may do: `reader` asks and reads policies, `recorder` records "
                           "and binds, `auditor` reads records, history and counters, `admin` "
                           "erases and applies policies. No role includes another."},
};
static const struct schema role_schema = {
        .noun = "role", SCHEMA_ROWS(role_rows), .n_bytes = sizeof(struct config_role)};

static const struct schema_row map_rows[] = {
        {ROW(config_map, max_bytes, SCHEMA_SIZE), .least = MAP_LEAST,
                .preset = "half of the machine's memory",
                .meaning =
                        "How large the map may grow, at 64 bytes a subject and a quarter of it "
                        "in reserve; while it grows there are two. Subjects for whom there is no "
                        "room are asked about over the socket."},
};
static const struct schema map_schema = {.noun = "map", SCHEMA_ROWS(map_rows)};

static const struct schema_row rows[] = {
        {ROW(config, data, SCHEMA_TEXT), .least = 1, .most = PATH_BYTES, .check = check_path,
                .preset = CONFIG_DATA,
                .meaning = "The directory of ledger, view and key. It is made where it is missing, "
                           "and must not be on a network file system."},
        {ROW(config, key_file, SCHEMA_TEXT), .least = 1, .most = PATH_BYTES, .check = check_path,
                .preset = "the systemd credential `consentd.key`, else `key` in the data directory",
                .meaning = "The master key, 32 bytes. Without it the records are orphans."},
        {ROW(config, policies, SCHEMA_TEXT), .least = 1, .most = PATH_BYTES, .check = check_path,
                .preset = CONFIG_POLICIES,
                .meaning = "A directory; every `*.yaml` in it is the policy of one site. Read at "
                           "start "
                           "and at SIGHUP."},
        {ROW(config, socket, SCHEMA_MAP), .schema = &socket_schema,
                .meaning = "The socket that clients connect to."},
        {ROW(config, roles, SCHEMA_LIST), .most = ACCESS_MAX_GRANTS, .schema = &role_schema,
                .meaning =
                        "Who may do what. Root and the daemon's own user hold all roles. Roles of "
                        "a user and of its groups add up. Read again at SIGHUP, also for peers "
                        "that are connected."},
        {.key = "quota",
                .type = SCHEMA_SIZE,
                .offset = offsetof(struct config, quota_bytes),
                .least = QUOTA_LEAST,
                .preset = "what the file system has",
                .meaning =
                        "How large ledger and view may grow together. At 85 % of it nothing more "
                        "can be given; refusing, withdrawing and erasing work to the end."},
        {ROW(config, map, SCHEMA_MAP), .schema = &map_schema,
                .meaning = "The decision map, the shared memory in which workers look decisions "
                           "up."},
        {ROW(config, connections, SCHEMA_UINT), .least = 1, .most = PROTO_LIMIT_CONNECTIONS,
                .preset = "10000", .meaning = "How many may be connected; others wait."},
        {ROW(config, connections_per_uid, SCHEMA_UINT), .least = 1, .most = PROTO_LIMIT_CONNECTIONS,
                .preset = "4096",
                .meaning =
                        "How many of them one user may have, the daemon's own and root excepted."},
        {ROW(config, log_level, SCHEMA_WORD), .words = level_words, .preset = "info",
                .meaning = "What is logged: this, and what is more serious."},
};

const struct schema config_schema = {
        .noun = "configuration",
        SCHEMA_ROWS(rows),
        .n_bytes = sizeof(struct config),
        .max_bytes = PROTO_LIMIT_YAML_BYTES,
};

/* Nothing but comments and space: every key is optional, so that is a whole configuration. */
static bool is_blank(struct span text)
{
	bool comment = false;

	for (size_t i = 0; i < text.n_bytes; i++) {
		uint8_t c = text.data[i];

		if (c == '\n')
			comment = false;
		else if (c == '#')
			comment = true;
		else if (!comment && c != ' ' && c != '\t' && c != '\r')
			return false;
	}
	return true;
}

int config_init(struct config *config)
{
	*config = (struct config){
	        .data = span_of(CONFIG_DATA),
	        .policies = span_of(CONFIG_POLICIES),
	        .socket = {.path = span_of(CONFIG_SOCKET), .mode = 0660},
	        .log_level = LOG_LEVEL_INFO,
	        .connections = PROTO_LIMIT_CONNECTIONS,
	        .connections_per_uid = PROTO_LIMIT_CONNECTIONS_PER_UID,
	        .socket_group = (gid_t)-1,
	        .arena = arena_new(),
	};
	return config->arena ? 0 : -ENOMEM;
}

void config_deinit(struct config *config)
{
	arena_free(config->arena);
	*config = (struct config){.arena = NULL};
}

int config_parse(struct config *config, struct span text, struct faults *faults)
{
	int error;

	if (is_blank(text))
		return 0;
	error = schema_read(&config_schema, text, config->arena, faults, config);
	if (error < 0)
		return error;
	config_resolve(config, faults);
	return faults_any_error(faults) ? CONFIG_E_FAULTY : 0;
}
