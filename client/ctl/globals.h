/*
 * The options that every command takes. Any thread; constant.
 */
#ifndef CLIENT_CTL_GLOBALS_H
#define CLIENT_CTL_GLOBALS_H

#include "client/ctl/command.h"

struct globals {
	struct span socket;  /* absent: CONSENT_SOCKET, else the installed default */
	uint64_t format;     /* enum output_format + 1; 0: the command's own default */
	uint64_t timeout_ms; /* 0: GLOBALS_TIMEOUT_MS */
	bool no_color;
	bool help;
	bool version;
};

enum { GLOBALS_TIMEOUT_MS = 10000 };

extern const struct command_option globals_options[];
extern const uint32_t globals_n_options;

#endif
