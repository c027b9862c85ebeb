/*
 * Words of the command line as the lists of a request. Any thread.
 *
 * Each function encodes into memory of its own, which `ret_storage` owns (free it), and ends the
 * program where there is none.
 */
#ifndef CLIENT_CTL_LISTS_H
#define CLIENT_CTL_LISTS_H

#include "client/ctl/command.h"
#include "proto/message.h"

struct proto_list lists_of_texts(struct command_words words, uint8_t **ret_storage);

/* Pairs of each word and `value`. */
struct proto_list lists_of_choices(struct command_words words, bool value, uint8_t **ret_storage);

/*
 * Pairs of `name=value` words. Returns CTL_OK; CTL_USAGE where a word has no `=`, after saying so
 * (`ret` and `ret_storage` are then untouched).
 */
PROTO_MUST_USE int lists_of_attributes(
        struct command_words words, struct proto_list *ret, uint8_t **ret_storage);

#endif
