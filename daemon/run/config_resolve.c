/*
 * Users and groups by name, once, when the configuration is read: afterwards only numbers are
 * compared, and no directory service can stall a connection.
 *
 * A name that does not exist is an error and not nobody: it is a slip of the pen, or a directory
 * service that is down, and either way somebody would lack a role without being told.
 */
#include "daemon/run/config.h"

#include <grp.h>
#include <pwd.h>

/* Decimal digits alone are the number itself. */
static bool parse_number(struct span text, uint32_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < text.n_bytes; i++) {
		if (text.data[i] < '0' || text.data[i] > '9' || value > UINT32_MAX)
			return false;
		value = value * 10 + (uint64_t)(text.data[i] - '0');
	}
	if (value >= UINT32_MAX) /* (uid_t)-1 is nobody's */
		return false;
	*ret = (uint32_t)value;
	return true;
}

static bool find_user(struct span name, uint32_t *ret)
{
	struct passwd *user;

	if (parse_number(name, ret))
		return true;
	user = getpwnam((const char *)name.data);
	if (user)
		*ret = user->pw_uid;
	return user != NULL;
}

static bool find_group(struct span name, uint32_t *ret)
{
	struct group *group;

	if (parse_number(name, ret))
		return true;
	group = getgrnam((const char *)name.data);
	if (group)
		*ret = group->gr_gid;
	return group != NULL;
}

static bool find(bool is_group, struct span name, uint32_t *ret)
{
	return is_group ? find_group(name, ret) : find_user(name, ret);
}

static void refuse_unknown_id(
        struct faults *faults, struct schema_mark at, const char *noun, struct span name)
{
	faults_error(faults, at.line, at.column,
	        "%s %s has the number that unknown ones have (%d); expected one of its own", noun,
	        schema_quote(name).text, ACCESS_UNKNOWN_ID);
}

static void resolve_role(
        struct config *config, const struct config_role *role, struct faults *faults)
{
	struct schema_mark at = role->head.at;
	bool is_group = span_present(role->group);
	struct span name = is_group ? role->group : role->user;
	const char *noun = is_group ? "group" : "user";
	uint32_t id;

	if (role->roles == 0)
		return; /* its own fault was noted when it was read */
	if (is_group == span_present(role->user)) {
		faults_error(faults, at.line, at.column,
		        "a role is of either a \"user\" or a \"group\"; expected one of these "
		        "keys");
	} else if (!find(is_group, name, &id)) {
		faults_error(faults, at.line, at.column,
		        "no %s is called %s; expected one that exists", noun,
		        schema_quote(name).text);
	} else if (id == ACCESS_UNKNOWN_ID) {
		refuse_unknown_id(faults, at, noun, name);
	} else if (config->n_grants < ACCESS_MAX_GRANTS) {
		config->grants[config->n_grants++] =
		        (struct access_grant){is_group, id, (unsigned int)role->roles};
	}
}

static void resolve_socket_group(struct config *config, struct faults *faults)
{
	struct schema_mark at = config->socket.group_at;
	struct span name = config->socket.group;
	uint32_t id;

	if (!span_present(name))
		return;
	if (!find_group(name, &id))
		faults_error(faults, at.line, at.column,
		        "\"group\": no group is called %s; expected one that exists",
		        schema_quote(name).text);
	else if (id == ACCESS_UNKNOWN_ID)
		refuse_unknown_id(faults, at, "\"group\": group", name);
	else
		config->socket_group = id;
}

void config_resolve(struct config *config, struct faults *faults)
{
	const struct config_role *roles = config->roles.items;

	for (uint32_t i = 0; i < config->roles.n_items; i++)
		resolve_role(config, &roles[i], faults);
	resolve_socket_group(config, faults);
}
