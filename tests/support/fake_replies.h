/* What the fake daemon answers, from its site's table. Its thread only. */
#ifndef TESTS_SUPPORT_FAKE_REPLIES_H
#define TESTS_SUPPORT_FAKE_REPLIES_H

#include "proto/rpc.h"
#include "tests/support/fake_daemon.h"

/* Writes a whole reply to the call, with `msgid` in its envelope. */
void fake_reply(struct fake_daemon *daemon, const struct proto_call *call, uint32_t msgid,
        struct proto_writer *w);

#endif
