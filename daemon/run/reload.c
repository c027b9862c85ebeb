/*
 * Settings are read into a second struct, which replaces the first only once the policies that they
 * name are known to be sound.
 */
#include "daemon/run/reload.h"

#include "daemon/base/log.h"
#include "daemon/run/notify.h"

static void grant_roles(struct access *access, const struct config *config)
{
	memcpy(access->grants, config->grants, sizeof(access->grants));
	access->n_grants = config->n_grants;
}

static void on_loaded(void *ctx, size_t n_failed)
{
	struct reload *reload = ctx;

	if (!reload->started) {
		reload->started = true;
		reload->options.started_fn(reload->options.ctx, n_failed);
	} else {
		if (n_failed == 0)
			log_info("reloaded");
		else
			log_error("%zu policies were not applied; theirs of before are in force",
			        n_failed);
		notify_ready("reloaded");
	}
	if (reload->again && !reload->ended) {
		reload->again = false;
		reload_begin(reload);
	}
}

/* Puts the new settings in the place of the old. */
static void take_over(struct reload *reload, struct settings *new)
{
	char differences[128];

	settings_compare(reload->options.settings, new, differences, sizeof(differences));
	if (differences[0] != '\0')
		log_warning("changed, and in effect after the next start only:%s", differences);
	settings_deinit(reload->options.settings);
	*reload->options.settings = *new;
	grant_roles(reload->options.access, &new->config);
	server_refresh_peers(reload->options.server);
}

static void begin_again(struct reload *reload)
{
	const char *directory = reload->policies.options.directory;
	struct settings new;

	notify_reloading();
	if (settings_load(reload->options.options, &new) != 0) {
		log_error("the configuration has faults; nothing was changed");
		notify_ready("running with the configuration of before: the new one has faults");
		return;
	}
	reload->policies.options.directory = new.policies;
	/*
	 * Before the policies are handed over, which may call back at once; the old settings are
	 * gone then, so their directory must be named no more.
	 */
	if (policies_load(&reload->policies) != 0) {
		reload->policies.options.directory = directory;
		settings_deinit(&new);
		log_error("policies have faults; nothing was changed");
		notify_ready("running with the policies of before: the new ones have faults");
		return;
	}
	take_over(reload, &new);
}

void reload_init(struct reload *reload, const struct reload_options *options)
{
	struct policies_options policies = {
	        .env = options->env,
	        .files = options->options->policy_files,
	        .n_files = options->options->n_policy_files,
	        .directory = options->settings->policies,
	        .done_fn = on_loaded,
	        .ctx = reload,
	};

	*reload = (struct reload){.options = *options};
	policies_init(&reload->policies, &policies);
	grant_roles(options->access, &options->settings->config);
}

void reload_begin(struct reload *reload)
{
	if (reload->ended)
		return;
	if (policies_busy(&reload->policies)) {
		reload->again = true;
		return;
	}
	if (reload->started) {
		begin_again(reload);
	} else if (policies_load(&reload->policies) != 0) {
		reload->started = true;
		reload->options.started_fn(reload->options.ctx, 1);
	}
}

void reload_end(struct reload *reload)
{
	reload->ended = true;
}

void reload_deinit(struct reload *reload)
{
	policies_deinit(&reload->policies);
}
