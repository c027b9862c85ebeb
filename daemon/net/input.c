/*
 * The bytes of a message are looked at once, by the scanner, which remembers where it stood.
 *
 * read() and not recvmsg(): where no room is given for control data, the kernel drops descriptors
 * that a peer passes along, so they can never pile up here.
 */
#include "daemon/net/input.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static_assert(
        PROTO_LIMIT_INPUT_BYTES <= PROTO_LIMIT_MESSAGE_BYTES, "the buffer grows to a message");

static void move_to_front(struct input *input)
{
	size_t rest = input->end - input->start;

	if (input->start > 0 && rest > 0)
		memmove(input->data, input->data + input->start, rest);
	input->start = 0;
	input->end = rest;
}

/* What is left of the input must lie at the front, and fit. */
static int resize(struct input *input, size_t capacity)
{
	uint8_t *data = realloc(input->data, capacity);

	if (!data)
		return -ENOMEM;
	input->data = data;
	input->capacity = capacity;
	return 0;
}

/* A whole message may be as long as the largest buffer: then the scanner has reported it. */
static int grow(struct input *input)
{
	size_t capacity = input->capacity * 2;
	int error;

	if (capacity > PROTO_LIMIT_MESSAGE_BYTES)
		capacity = PROTO_LIMIT_MESSAGE_BYTES;
	assert(capacity > input->capacity);
	if (quota_take(input->quota, input->user, capacity - input->capacity) != 0)
		return INPUT_E_QUOTA;
	error = resize(input, capacity);
	if (error != 0)
		quota_give(input->quota, input->user, capacity - input->capacity);
	return error;
}

static void shrink(struct input *input)
{
	size_t grown = input->capacity - PROTO_LIMIT_INPUT_BYTES;

	/* Without memory for a smaller buffer the larger one stays. */
	if (resize(input, PROTO_LIMIT_INPUT_BYTES) == 0)
		quota_give(input->quota, input->user, grown);
}

void input_init(struct input *input, struct quota *quota, struct quota_user *user)
{
	*input = (struct input){.quota = quota, .user = user};
}

void input_deinit(struct input *input)
{
	if (input->capacity > PROTO_LIMIT_INPUT_BYTES)
		quota_give(input->quota, input->user, input->capacity - PROTO_LIMIT_INPUT_BYTES);
	free(input->data);
	*input = (struct input){.data = NULL};
}

int input_read(struct input *input, int fd)
{
	ssize_t n;
	int error = 0;

	if (!input->data)
		error = resize(input, PROTO_LIMIT_INPUT_BYTES);
	else if (input->end == input->capacity)
		error = grow(input);
	if (error != 0)
		return error;
	do
		n = read(fd, input->data + input->end, input->capacity - input->end);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return INPUT_E_END;
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? INPUT_E_MORE : error_errno();
	input->end += (size_t)n;
	return 0;
}

int input_next(struct input *input, struct span *ret)
{
	struct span rest = {input->data + input->start, input->end - input->start};
	size_t n_bytes;

	if (rest.n_bytes == 0)
		return INPUT_E_MORE;
	switch (proto_scanner_feed(&input->scanner, rest, &n_bytes)) {
	case 0:
		*ret = (struct span){rest.data, n_bytes};
		input->start += n_bytes;
		return 0;
	case PROTO_E_TRUNCATED:
		/* Nothing longer than this is a message, whatever the scanner expects still. */
		return rest.n_bytes >= PROTO_LIMIT_MESSAGE_BYTES ? INPUT_E_TOO_LARGE : INPUT_E_MORE;
	case PROTO_E_TOO_LARGE:
		return INPUT_E_TOO_LARGE;
	default:
		return INPUT_E_MALFORMED;
	}
}

void input_settle(struct input *input)
{
	size_t rest = input->end - input->start;
	bool shrinks =
	        input->capacity > PROTO_LIMIT_INPUT_BYTES && rest < PROTO_LIMIT_INPUT_BYTES / 2;

	if (rest == 0 || shrinks || input->capacity - input->end < input->capacity / 2)
		move_to_front(input);
	if (shrinks)
		shrink(input);
}

void input_clear(struct input *input)
{
	input->start = input->end = 0;
	input->scanner = (struct proto_scanner){.depth = 0};
}
