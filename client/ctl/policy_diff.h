/*
 * What differs between two policies, service by service, from two answers of policy_get as JSON.
 * Any thread; ends the program without memory.
 */
#ifndef CLIENT_CTL_POLICY_DIFF_H
#define CLIENT_CTL_POLICY_DIFF_H

#include <jansson.h>

/*
 * Lists of service ids, by the names that policy_apply gives them: added, removed, material,
 * changed, asked_again. Texts are no part of policy_get's services, so a changed text shows in the
 * YAML alone.
 */
json_t *policy_diff_of(const json_t *before, const json_t *after);

#endif
