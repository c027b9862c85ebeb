/*
 * One send() for all that a batch of requests was answered with. A reply that is larger than what
 * is free costs a send in between, and only a peer that does not take its replies makes the buffer
 * grow.
 */
#include "daemon/net/output.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void move_to_front(struct output *output)
{
	size_t unsent = output_unsent(output);

	if (output->start == 0)
		return;
	if (unsent > 0)
		memmove(output->data, output->data + output->start, unsent);
	output->start = 0;
	output->end = unsent;
}

static size_t beyond_first(size_t capacity)
{
	return capacity > OUTPUT_FIRST_BYTES ? capacity - OUTPUT_FIRST_BYTES : 0;
}

/* Makes the capacity the first power of two that holds `n_bytes`. */
static int grow(struct output *output, size_t n_bytes)
{
	size_t capacity = OUTPUT_FIRST_BYTES, more;
	uint8_t *data;

	while (capacity < n_bytes)
		capacity *= 2;
	more = beyond_first(capacity) - beyond_first(output->capacity);
	if (more > 0 && quota_take(output->quota, output->user, more) != 0)
		return OUTPUT_E_QUOTA;
	data = realloc(output->data, capacity);
	if (!data) {
		quota_give(output->quota, output->user, more);
		return -ENOMEM;
	}
	output->data = data;
	output->capacity = capacity;
	return 0;
}

/* Everything is sent: back to the first buffer. */
static void reset(struct output *output)
{
	output->start = output->end = 0;
	output->blocked = false;
	if (output_is_large(output)) {
		quota_give(output->quota, output->user, beyond_first(output->capacity));
		free(output->data);
		output->data = NULL;
		output->capacity = 0;
	}
}

void output_init(struct output *output, struct quota *quota, struct quota_user *user)
{
	*output = (struct output){.quota = quota, .user = user};
}

void output_deinit(struct output *output)
{
	if (output->data)
		reset(output);
	free(output->data);
	*output = (struct output){.data = NULL};
}

int output_reserve(struct output *output, int fd, size_t n_bytes, struct proto_writer *ret)
{
	if (output->capacity - output->end < n_bytes && output->data) {
		if (!output->blocked) {
			/* Should it fail, then so will the flush that ends the batch. */
			int error = output_flush(output, fd);

			(void)error;
		}
		move_to_front(output);
	}
	if (output->capacity - output->end < n_bytes) {
		int error = grow(output, output->end + n_bytes);

		if (error != 0)
			return error;
	}
	*ret = proto_writer_of(output->data + output->end, n_bytes);
	return 0;
}

void output_commit(struct output *output, const struct proto_writer *writer)
{
	assert(!writer->overflow && writer->data == output->data + output->end);
	output->end += writer->n_bytes;
}

/* As send(): how many bytes were taken, or -1. */
static ssize_t send_fd(const struct output *output, int fd, int passed_fd)
{
	union {
		struct cmsghdr header; /* aligns */
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec data = {output->data + output->start, output_unsent(output)};
	struct msghdr message = {.msg_iov = &data,
	        .msg_iovlen = 1,
	        .msg_control = control.bytes,
	        .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &passed_fd, sizeof(int));
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

int output_send_fd(struct output *output, int fd, int passed_fd)
{
	ssize_t n;

	do
		n = send_fd(output, fd, passed_fd);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		int error = error_errno();

		output->end = output->start;
		return error == -EAGAIN || error == -EWOULDBLOCK ? OUTPUT_E_BLOCKED : error;
	}
	output->start += (size_t)n;
	return 0;
}

int output_flush(struct output *output, int fd)
{
	while (output_unsent(output) > 0) {
		size_t unsent = output_unsent(output);
		ssize_t n = send(fd, output->data + output->start, unsent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			return error_errno();
		if (n > 0)
			output->start += (size_t)n;
		if (n < (ssize_t)unsent) {
			output->blocked = true;
			return OUTPUT_E_BLOCKED;
		}
	}
	reset(output);
	return 0;
}
