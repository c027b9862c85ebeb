/*
 * Prints what consentd.yaml(5) says about the keys, out of the table that reads them.
 */
#include <stdio.h>

#include "daemon/run/config.h"

int main(void)
{
	struct buffer page = {.data = NULL};
	int error = schema_print(&config_schema, &page);

	if (error == 0 && fwrite(page.data, 1, page.n_bytes, stdout) != page.n_bytes)
		error = -1;
	buffer_deinit(&page);
	return error == 0 ? 0 : 1;
}
