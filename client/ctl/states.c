/* As proto/fields.def has them; the daemon refuses any other. */
#include "client/ctl/states.h"

#include <stddef.h>

const char *const states[] = {"given", "refused", "expired", NULL};
