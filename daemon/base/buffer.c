/*
 * A growing byte buffer. Capacity doubles, so appending n bytes costs O(n) over all; what is
 * consumed moves the rest to the front, which is cheap because consumers take nearly everything.
 */
#include "daemon/base/buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEAST_CAPACITY = 256 };

int buffer_reserve(struct buffer *buffer, size_t n_more)
{
	if (n_more <= buffer->capacity - buffer->n_bytes)
		return 0;
	if (n_more > SIZE_MAX / 2 - buffer->n_bytes)
		return -ENOMEM;
	size_t capacity = buffer->capacity ? buffer->capacity : LEAST_CAPACITY;
	while (capacity < buffer->n_bytes + n_more)
		capacity *= 2;
	uint8_t *data = realloc(buffer->data, capacity);
	if (data == NULL)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int buffer_append(struct buffer *buffer, struct span bytes)
{
	if (bytes.n_bytes == 0)
		return 0;
	int r = buffer_reserve(buffer, bytes.n_bytes);
	if (r != 0)
		return r;
	memcpy(buffer->data + buffer->n_bytes, bytes.data, bytes.n_bytes);
	buffer->n_bytes += bytes.n_bytes;
	return 0;
}

/* vsnprintf wants room for a NUL, which is not counted as content. */
static int print(struct buffer *buffer, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	size_t room = buffer->capacity - buffer->n_bytes;
	int n = vsnprintf(room ? (char *)buffer->data + buffer->n_bytes : NULL, room, format, args);
	int r = n < 0 ? -EINVAL : 0;
	if (r == 0 && (size_t)n >= room) {
		r = buffer_reserve(buffer, (size_t)n + 1);
		if (r == 0)
			vsnprintf((char *)buffer->data + buffer->n_bytes, (size_t)n + 1, format,
			        again);
	}
	va_end(again);
	if (r == 0)
		buffer->n_bytes += (size_t)n;
	return r;
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int r = print(buffer, format, args);
	va_end(args);
	return r;
}

void buffer_consume(struct buffer *buffer, size_t n_bytes)
{
	assert(n_bytes <= buffer->n_bytes);
	buffer->n_bytes -= n_bytes;
	if (buffer->n_bytes != 0 && n_bytes != 0)
		memmove(buffer->data, buffer->data + n_bytes, buffer->n_bytes);
}

void buffer_deinit(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}
