/* The buffer of a connection's input, with memory and without. */
#include "daemon/net/input.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/tables.h"

static bool without_memory;

void *__real_malloc(size_t n_bytes);
void *__real_realloc(void *memory, size_t n_bytes);
void *__wrap_malloc(size_t n_bytes);
void *__wrap_realloc(void *memory, size_t n_bytes);

void *__wrap_malloc(size_t n_bytes)
{
	return without_memory ? NULL : __real_malloc(n_bytes);
}

void *__wrap_realloc(void *memory, size_t n_bytes)
{
	return without_memory ? NULL : __real_realloc(memory, n_bytes);
}

enum { HEAD_BYTES = 5, REST_BYTES = 10 };

static struct quota quota;
static struct quota_user *user;
static struct input input;
static int fds[2];
static uint8_t message[PROTO_LIMIT_MESSAGE_BYTES];

static void start(void)
{
	const uint64_t most[QUOTA_N_SLOTS] = {
	        [QUOTA_CONNECTIONS] = 10,
	        [QUOTA_BYTES] = 10 * PROTO_LIMIT_MESSAGE_BYTES,
	};

	quota_init(&quota, getuid(), most, 10);
	cr_assert_eq(quota_connect(&quota, getuid(), &user), 0);
	input_init(&input, &quota, user);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
}

static void stop(void)
{
	input_deinit(&input);
	cr_assert_eq(quota.left[QUOTA_BYTES], 10 * PROTO_LIMIT_MESSAGE_BYTES);
	quota_disconnect(&quota, user);
	quota_deinit(&quota);
	close(fds[0]);
	close(fds[1]);
}

TestSuite(input, .init = start, .fini = stop);

/* Sends a piece, and reads it. */
static void receive(const uint8_t *data, size_t n_bytes)
{
	size_t n_sent = 0, wanted = input.end - input.start + n_bytes;

	while (input.end - input.start < wanted) {
		ssize_t n = send(fds[0], data + n_sent, n_bytes - n_sent, MSG_NOSIGNAL);
		int error = input_read(&input, fds[1]);

		n_sent += n > 0 ? (size_t)n : 0;
		cr_assert(error == 0 || error == INPUT_E_MORE, "%d", error);
	}
}

/* A message that fills the largest buffer but for the first bytes of the next one. */
static void receive_long_and_rest(void)
{
	size_t n_text = sizeof(message) - HEAD_BYTES - REST_BYTES;
	struct span found;

	message[0] = 0xdb;
	for (unsigned int i = 0; i < 4; i++)
		message[1 + i] = (uint8_t)(n_text >> (24 - 8 * i));
	/* Room for the rest is there only once the scanner has seen that more must come. */
	receive(message, sizeof(message) - REST_BYTES - 1);
	cr_assert_eq(input_next(&input, &found), INPUT_E_MORE);
	message[sizeof(message) - REST_BYTES] = 0xdb;
	message[sizeof(message) - REST_BYTES + 3] = 1; /* a text of 256 bytes */
	receive(message + sizeof(message) - REST_BYTES - 1, REST_BYTES + 1);
	cr_assert_eq(input.end, input.capacity);
	cr_assert_eq(input_next(&input, &found), 0);
	cr_assert_eq(found.n_bytes, sizeof(message) - REST_BYTES);
	cr_assert_eq(input_next(&input, &found), INPUT_E_MORE);
}

Test(input, a_grown_buffer_is_given_back)
{
	receive_long_and_rest();
	input_settle(&input);
	cr_assert_eq(input.capacity, PROTO_LIMIT_INPUT_BYTES);
	cr_assert_eq(input.end - input.start, REST_BYTES);
	cr_assert_eq(input.data[input.start], 0xdb);
	receive(message, 100);
}

Test(input, a_grown_buffer_stays_usable_without_memory_for_a_smaller_one)
{
	receive_long_and_rest();
	without_memory = true;
	input_settle(&input);
	without_memory = false;
	cr_assert_eq(input.end - input.start, REST_BYTES);
	cr_assert_eq(input.data[input.start], 0xdb);
	receive(message, 100);
}
