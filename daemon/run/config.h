/*
 * consentd.yaml: every key optional, all faults found at once. Main thread only.
 *
 * One table (config_schema) reads the file, words the faults and prints the manual's list of keys.
 */
#ifndef DAEMON_RUN_CONFIG_H
#define DAEMON_RUN_CONFIG_H

#include "daemon/access/access.h"
#include "daemon/base/schema.h"

#define CONFIG_DATA     "/var/lib/consentd"
#define CONFIG_SOCKET   "/run/consentd/consentd.sock"
#define CONFIG_POLICIES "/etc/consentd/policies.d"

struct config_socket {
	struct span path;
	uint64_t mode;
	struct span group; /* absent: the process's */
	struct schema_mark group_at;
};

/* One line of `roles`: of a user or of a group. */
struct config_role {
	struct schema_head head;
	struct span user, group;
	uint64_t roles; /* enum proto_role, or-ed */
};

struct config_map {
	uint64_t max_bytes; /* 0: half of the machine's memory */
};

/* Texts have a NUL behind them. */
struct config {
	struct span data, key_file, policies;
	struct config_socket socket;
	struct config_map map;
	uint64_t quota_bytes; /* 0: what the file system has */
	uint64_t log_level;   /* enum log_level */
	uint64_t connections, connections_per_uid;
	struct schema_list roles;

	/* Names, resolved. */
	gid_t socket_group; /* (gid_t)-1: none is set */
	struct access_grant grants[ACCESS_MAX_GRANTS];
	size_t n_grants;

	struct arena *arena;
};

extern const struct schema config_schema;

enum { CONFIG_E_FAULTY = 1 };

/* The defaults; -ENOMEM. */
MUST_USE int config_init(struct config *config);
void config_deinit(struct config *config);

/*
 * Reads over the defaults. 0; CONFIG_E_FAULTY with at least one error in `faults`; -ENOMEM. Looks
 * users and groups up, and may block for it. `text` may be gone afterwards.
 */
MUST_USE int config_parse(struct config *config, struct span text, struct faults *faults);

/* For config.c: looks up what the file names, and notes what does not exist. */
void config_resolve(struct config *config, struct faults *faults);

#endif
