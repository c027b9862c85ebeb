/*
 * How an operation says that it failed.
 */
#include "daemon/op/op.h"

#include <stdarg.h>
#include <stdio.h>

int op_fail(struct op_call *call, enum proto_error error, const char *format, ...)
{
	va_list args;

	call->error = error;
	va_start(args, format);
	vsnprintf(call->message, sizeof(call->message), format, args);
	va_end(args);
	return OP_FAILED;
}
