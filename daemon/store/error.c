/*
 * The one file that knows LMDB's error codes.
 *
 * Three kinds are told apart. Absence and fullness are expected. -EBADMSG is a file that is not
 * what was written: the ledger's caller refuses to start, the view's caller rebuilds. Everything
 * else is a fault of the machine or of this program, and the process does not go on with it.
 */
#include "daemon/store/error.h"

#include <errno.h>

#include <lmdb.h>

#include "daemon/store/env.h"

int error_of_lmdb(int code)
{
	switch (code) {
	case MDB_SUCCESS:
		return 0;
	case MDB_NOTFOUND:
		return ENV_E_NOT_FOUND;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
		return ENV_E_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_CURSOR_FULL: /* a tree deeper than any that was written */
	case MDB_PAGE_FULL:
	case MDB_INCOMPATIBLE: /* a name that stands for no database of ours */
		return -EBADMSG;
	case MDB_VERSION_MISMATCH:
		return -EPROTONOSUPPORT;
	case MDB_PANIC: /* a meta page could not be written: nothing is known but that */
		return -EIO;
	case MDB_MAP_RESIZED:
		return -EFBIG;
	case MDB_TXN_FULL:
		return -E2BIG;
	case MDB_READERS_FULL:
	case MDB_TLS_FULL:
		return -EUSERS;
	case MDB_DBS_FULL:
		return -ENFILE;
	case MDB_KEYEXIST: /* appended out of order */
		return -EEXIST;
	case MDB_BAD_TXN: /* used after a call in it had failed */
		return -ECANCELED;
	case MDB_BAD_RSLOT:
	case MDB_BAD_VALSIZE:
	case MDB_BAD_DBI:
		return -EINVAL;
	default:
		return code > 0 ? -code : -EIO;
	}
}
