/*
 * The part of declaration_lint that has its own file. One thread.
 */
#ifndef DAEMON_POLICY_LINT_H
#define DAEMON_POLICY_LINT_H

#include "daemon/policy/declaration.h"

/*
 * Warns of every text that lacks a language in which other texts of the policy are written: a page
 * in that language would change its language half-way.
 */
void lint_languages(const struct declaration *declaration, struct faults *faults);

#endif
