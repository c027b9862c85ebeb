/*
 * All of them, and never only the first: who edits a file wants to go through it once.
 */
#include "daemon/run/report.h"

#include "daemon/base/log.h"

enum { LINE_BYTES = 1024 };

void report_faults(const struct faults *faults)
{
	char line[LINE_BYTES];

	for (size_t i = 0; i < faults->n_items; i++) {
		fault_format(faults, i, line, sizeof(line));
		if (faults->items[i].warning)
			log_warning("%s", line);
		else
			log_error("%s", line);
	}
	if (faults->out_of_memory)
		log_error("%s: not all faults could be listed: no memory", faults->file);
}
