/*
 * What the benchmark asks for, where the user does not say: a site of the daemon, and a cookie of
 * it that needs consent. One thread.
 */
#ifndef CLIENT_CTL_BENCH_TARGET_H
#define CLIENT_CTL_BENCH_TARGET_H

#include "client/ctl/ctl.h"

struct bench_target {
	char site[PROTO_LIMIT_SITE_BYTES + 1];
	char cookie[PROTO_LIMIT_COOKIE_NAME_BYTES + 1];
	const char *words[1]; /* the cookie, as command_words want it */
};

/* The site: `wanted`, or where that is absent the daemon's first. */
PROTO_MUST_USE int bench_target_site(struct ctl *ctl, struct span wanted, struct bench_target *ret);

/* A cookie of the site whose service needs an opt-in, and that is set without a domain. */
PROTO_MUST_USE int bench_target_cookie(struct ctl *ctl, struct bench_target *target);

/* The newest revision that the daemon has applied. */
PROTO_MUST_USE int bench_target_revision(
        struct ctl *ctl, const struct bench_target *target, uint64_t *ret);

#endif
