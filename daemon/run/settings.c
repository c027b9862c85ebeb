/*
 * Where each value comes from is decided here and nowhere else.
 */
#include "daemon/run/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/run/text_file.h"
#include "daemon/run/report.h"

#define INSTALLED_CONFIG "/etc/consentd/consentd.yaml"
#define CREDENTIAL       "consentd.key"

/* The configuration file to read, or NULL. */
static const char *config_path(const struct options *options)
{
	if (options->config)
		return options->config;
	if (options->data || access(INSTALLED_CONFIG, F_OK) != 0)
		return NULL;
	return INSTALLED_CONFIG;
}

static int read_config(const char *path, struct config *config)
{
	struct buffer text = {.data = NULL};
	struct faults faults = {.file = path};
	int error = text_file_read(path, PROTO_LIMIT_YAML_BYTES, &text);

	if (error == 0)
		error = config_parse(config, buffer_span(&text), &faults);
	else if (error != -ENOMEM)
		faults_error(&faults, 0, 0, "cannot be read: %s", strerror(-error));
	report_faults(&faults);
	if (error != 0 && error != -ENOMEM)
		error = SETTINGS_E_FAULTY;
	faults_deinit(&faults);
	buffer_deinit(&text);
	return error;
}

/* The key as a systemd credential, if there is one. */
static int find_credential(struct settings *settings)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	if (!directory)
		return 0;
	if (asprintf(&settings->credential, "%s/" CREDENTIAL, directory) < 0) {
		settings->credential = NULL;
		return -ENOMEM;
	}
	if (access(settings->credential, F_OK) != 0) {
		free(settings->credential);
		settings->credential = NULL;
	}
	return 0;
}

static const char *text_of(struct span text)
{
	return (const char *)text.data;
}

static void settle(struct settings *settings, const struct options *options, bool configured)
{
	const struct config *config = &settings->config;

	settings->data = options->data ? options->data : text_of(config->data);
	settings->socket_path = options->socket ? options->socket : text_of(config->socket.path);
	settings->key_file =
	        span_present(config->key_file) ? text_of(config->key_file) : settings->credential;
	settings->policies = options->policies;
	if (!settings->policies && (configured || !options->data))
		settings->policies = text_of(config->policies);
}

int settings_load(const struct options *options, struct settings *ret)
{
	const char *path = config_path(options);
	int error;

	*ret = (struct settings){.data = NULL};
	error = config_init(&ret->config);
	if (error == 0 && path)
		error = read_config(path, &ret->config);
	if (error == 0)
		error = find_credential(ret);
	if (error != 0) {
		settings_deinit(ret);
		return error;
	}
	settle(ret, options, path != NULL);
	return 0;
}

void settings_deinit(struct settings *settings)
{
	config_deinit(&settings->config);
	free(settings->credential);
	*settings = (struct settings){.data = NULL};
}

static bool differ(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

void settings_compare(
        const struct settings *old, const struct settings *new, char *ret, size_t capacity)
{
	const struct config *a = &old->config, *b = &new->config;
	bool socket_differs = differ(old->socket_path, new->socket_path) ||
	                      a->socket.mode != b->socket.mode ||
	                      a->socket_group != b->socket_group;
	bool limits_differ = a->connections != b->connections ||
	                     a->connections_per_uid != b->connections_per_uid;

	snprintf(ret, capacity, "%s%s%s%s%s%s%s", differ(old->data, new->data) ? " data" : "",
	        differ(old->key_file, new->key_file) ? " key_file" : "",
	        socket_differs ? " socket" : "", a->quota_bytes != b->quota_bytes ? " quota" : "",
	        a->map.max_bytes != b->map.max_bytes ? " map" : "",
	        limits_differ ? " connections" : "",
	        a->log_level != b->log_level ? " log_level" : "");
}
