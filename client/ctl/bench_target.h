/*
 * What the benchmark asks for, where the user does not say: a site of the daemon, and a cookie of
 * it whose answer depends on what the subject chose. One thread.
 */
#ifndef CLIENT_CTL_BENCH_TARGET_H
#define CLIENT_CTL_BENCH_TARGET_H

#include "client/ctl/ctl.h"

struct bench_target {
	char site[PROTO_LIMIT_SITE_BYTES + 1];
	char cookie[PROTO_LIMIT_COOKIE_NAME_BYTES + 1];
	const char *words[1]; /* the cookie, as command_words want it */
	bool exempt;          /* there is no such cookie: this one is necessary */
};

/*
 * Finds a cookie of the site that is set without a domain. Best is one that needs consent, then
 * one that may be refused, then one that is necessary. `site` absent: the best of all sites. With
 * `any_cookie` the site alone is looked for. Returns CTL_OK, or says why not.
 */
PROTO_MUST_USE int bench_target_find(
        struct ctl *ctl, struct span site, bool any_cookie, struct bench_target *ret);

/* The newest revision that the daemon has applied. */
PROTO_MUST_USE int bench_target_revision(
        struct ctl *ctl, const struct bench_target *target, uint64_t *ret);

#endif
