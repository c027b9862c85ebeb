/*
 * What LMDB answers, in the daemon's bands. Any thread.
 */
#ifndef DAEMON_STORE_ERROR_H
#define DAEMON_STORE_ERROR_H

#include "daemon/base/error.h"

/* 0, ENV_E_NOT_FOUND, ENV_E_FULL or -errno for a code of LMDB (its own or an errno). */
MUST_USE int error_of_lmdb(int code);

#endif
