/*
 * The table of global options. They work before the command and after it; a command that has an
 * option of the same name wins behind its own name.
 */
#include "client/ctl/globals.h"

#include "client/ctl/output.h"

const struct command_option globals_options[] = {
        {.name = "socket",
                .letter = 's',
                .value = "PATH",
                .help = "the daemon's socket",
                .type = COMMAND_FILE,
                .offset = offsetof(struct globals, socket)},
        {.name = "format",
                .letter = 'f',
                .value = "FORMAT",
                .help = "how answers are printed",
                .type = COMMAND_CHOICE,
                .choices = output_format_names,
                .offset = offsetof(struct globals, format)},
        {.name = "timeout",
                .value = "MS",
                .help = "how long to wait for an answer (default 10000)",
                .type = COMMAND_NUMBER,
                .least = 1,
                .most = 3600000,
                .offset = offsetof(struct globals, timeout_ms)},
        {.name = "no-color",
                .help = "print without colours",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct globals, no_color)},
        {.name = "help",
                .letter = 'h',
                .help = "print this help and exit",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct globals, help)},
        {.name = "version",
                .letter = 'V',
                .help = "print the version and exit",
                .type = COMMAND_FLAG,
                .offset = offsetof(struct globals, version)},
};

const uint32_t globals_n_options = COMMAND_COUNT(globals_options);
