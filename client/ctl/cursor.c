/* A cursor's bytes are the daemon's own affair; here they are only carried to the next request. */
#include "client/ctl/cursor.h"

#include "client/ctl/exit.h"

int cursor_keep(struct cursor *cursor, struct span next)
{
	if (next.n_bytes >= sizeof(cursor->text))
		return exit_fail(CTL_PARTLY, "the daemon's cursor is %zu bytes long", next.n_bytes);
	cursor->more = span_present(next);
	if (cursor->more)
		memcpy(cursor->text, next.data, next.n_bytes);
	cursor->text[next.n_bytes] = '\0';
	return CTL_OK;
}
