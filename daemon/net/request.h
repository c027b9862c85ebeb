/*
 * What happens to one request, from bytes to bytes. Loop thread only.
 */
#ifndef DAEMON_NET_REQUEST_H
#define DAEMON_NET_REQUEST_H

#include "daemon/net/conn.h"

/* Serves one whole message: answers it, or hands a write to the committer. */
void request_serve(struct conn *conn, struct span message);

/*
 * Answers, with msgid nil, bytes in which no message can be found (an INPUT_E_*), and ends the
 * connection.
 */
void request_refuse_input(struct conn *conn, int input_error);

#endif
