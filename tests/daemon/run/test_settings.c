/* Command line over configuration over defaults; and what a change of them needs a restart for. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/run/settings.h"

static char directory[64], config_path[80], key_path[96];

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static void start(void)
{
	cr_redirect_stderr();
	unsetenv("CREDENTIALS_DIRECTORY");
	snprintf(directory, sizeof(directory), "/tmp/consent-settings-XXXXXX");
	cr_assert_not_null(mkdtemp(directory));
	snprintf(config_path, sizeof(config_path), "%s/c.yaml", directory);
	snprintf(key_path, sizeof(key_path), "%s/consentd.key", directory);
}

static void stop(void)
{
	unlink(config_path);
	unlink(key_path);
	rmdir(directory);
}

TestSuite(settings, .init = start, .fini = stop);

Test(settings, a_private_daemon_reads_nothing_that_was_not_named)
{
	struct options options = {.data = "d", .socket = "s"};
	struct settings settings;

	cr_assert_eq(settings_load(&options, &settings), 0);
	cr_assert_str_eq(settings.data, "d");
	cr_assert_str_eq(settings.socket_path, "s");
	cr_assert_null(settings.policies);
	cr_assert_null(settings.key_file);
	settings_deinit(&settings);
}

Test(settings, command_line_wins)
{
	struct options options = {.config = config_path, .data = "d"};
	struct settings settings;

	write_file(config_path, "data: /x\nsocket: {path: /y}\npolicies: /z\nkey_file: /k\n");
	cr_assert_eq(settings_load(&options, &settings), 0);
	cr_assert_str_eq(settings.data, "d");
	cr_assert_str_eq(settings.socket_path, "/y");
	cr_assert_str_eq(settings.policies, "/z");
	cr_assert_str_eq(settings.key_file, "/k");
	settings_deinit(&settings);
	options.policies = "p";
	cr_assert_eq(settings_load(&options, &settings), 0);
	cr_assert_str_eq(settings.policies, "p");
	settings_deinit(&settings);
}

Test(settings, a_configuration_brings_its_default_policies)
{
	struct options options = {.config = config_path, .data = "d"};
	struct settings settings;

	write_file(config_path, "# nothing\n");
	cr_assert_eq(settings_load(&options, &settings), 0);
	cr_assert_str_eq(settings.policies, CONFIG_POLICIES);
	settings_deinit(&settings);
}

Test(settings, faulty)
{
	struct options options = {.config = config_path};
	struct settings settings;

	write_file(config_path, "log_level: loud\n");
	cr_assert_eq(settings_load(&options, &settings), SETTINGS_E_FAULTY);
}

Test(settings, missing)
{
	struct options options = {.config = config_path};
	struct settings settings;

	cr_assert_eq(settings_load(&options, &settings), SETTINGS_E_FAULTY);
}

Test(settings, credential)
{
	struct options options = {.data = "d"};
	struct settings settings;

	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	cr_assert_eq(settings_load(&options, &settings), 0);
	cr_assert_null(settings.key_file, "there is none of the name");
	settings_deinit(&settings);
	write_file(key_path, "key");
	cr_assert_eq(settings_load(&options, &settings), 0);
	cr_assert_str_eq(settings.key_file, key_path);
	settings_deinit(&settings);
}

Test(settings, configured_key_beats_the_credential)
{
	struct options options = {.config = config_path};
	struct settings settings;

	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	write_file(key_path, "key");
	write_file(config_path, "key_file: /k\n");
	cr_assert_eq(settings_load(&options, &settings), 0);
	cr_assert_str_eq(settings.key_file, "/k");
	settings_deinit(&settings);
}

/* Differences between two configurations. */
static const char *compare(const char *old_text, const char *new_text)
{
	static char differences[128];
	struct options options = {.config = config_path};
	struct settings old, new;

	write_file(config_path, old_text);
	cr_assert_eq(settings_load(&options, &old), 0);
	write_file(config_path, new_text);
	cr_assert_eq(settings_load(&options, &new), 0);
	settings_compare(&old, &new, differences, sizeof(differences));
	settings_deinit(&old);
	settings_deinit(&new);
	return differences;
}

Test(settings, what_needs_a_restart)
{
	cr_assert_str_eq(compare("data: /a\n", "data: /b\n"), " data");
	cr_assert_str_eq(
	        compare("socket: {path: /a}\n", "socket: {mode: 0666, path: /a}\n"), " socket");
	cr_assert_str_eq(compare("quota: 1 GiB\n", "connections: 5\n"), " quota connections");
	cr_assert_str_eq(compare("log_level: debug\n", "key_file: /k\n"), " key_file log_level");
}

Test(settings, roles_and_policies_need_none)
{
	cr_assert_str_eq(compare("policies: /a\n", "roles: [{user: 1, roles: [reader]}]\n"), "");
}
