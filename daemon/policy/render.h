/*
 * The public page of a policy: introduction, what a cookie is, the kinds, the declaration table
 * (provider, function and location, cookie names, purposes). Any thread.
 *
 * Everything that comes from the policy is escaped for the format.
 */
#ifndef DAEMON_POLICY_RENDER_H
#define DAEMON_POLICY_RENDER_H

#include "daemon/base/buffer.h"
#include "daemon/policy/policy.h"

enum policy_format {
	POLICY_FORMAT_HTML,
	POLICY_FORMAT_MARKDOWN,
	POLICY_FORMAT_TEXT,
};

MUST_USE bool policy_format_find(struct span name, enum policy_format *ret);

/* Appends the page. `language` absent: the first of each text. -ENOMEM. */
MUST_USE int policy_render(const struct policy *policy, enum policy_format format,
        struct span language, struct buffer *page);

#endif
