/*
 * The memory is as large as the words can become: each text takes at most five bytes more than its
 * own, a flag one.
 */
#include "client/ctl/lists.h"

#include <stdlib.h>

#include "client/ctl/exit.h"

enum { TEXT_OVERHEAD = 5, FLAG_BYTES = 1 };

static struct proto_writer writer_for(struct command_words words, uint8_t **ret_storage)
{
	size_t capacity = 1;

	for (uint32_t i = 0; i < words.n_words; i++)
		capacity += strlen(words.words[i]) + 2 * TEXT_OVERHEAD + FLAG_BYTES;
	*ret_storage = malloc(capacity);
	if (!*ret_storage)
		exit_without_memory();
	return proto_writer_of(*ret_storage, capacity);
}

struct proto_list lists_of_texts(struct command_words words, uint8_t **ret_storage)
{
	struct proto_writer w = writer_for(words, ret_storage);

	for (uint32_t i = 0; i < words.n_words; i++)
		proto_writer_text(&w, span_of(words.words[i]));
	return proto_list_of(&w, words.n_words);
}

struct proto_list lists_of_choices(struct command_words words, bool value, uint8_t **ret_storage)
{
	struct proto_writer w = writer_for(words, ret_storage);

	for (uint32_t i = 0; i < words.n_words; i++) {
		proto_writer_text(&w, span_of(words.words[i]));
		proto_writer_bool(&w, value);
	}
	return proto_list_of(&w, words.n_words);
}

int lists_of_attributes(struct command_words words, struct proto_list *ret, uint8_t **ret_storage)
{
	struct proto_writer w;

	for (uint32_t i = 0; i < words.n_words; i++) {
		if (!strchr(words.words[i], '='))
			return exit_fail(CTL_USAGE,
			        "--attribute takes NAME=VALUE, and `%s` has no `=`",
			        words.words[i]);
	}
	w = writer_for(words, ret_storage);
	for (uint32_t i = 0; i < words.n_words; i++) {
		const char *word = words.words[i], *equals = strchr(word, '=');

		proto_writer_text(&w, span_bytes(word, (size_t)(equals - word)));
		proto_writer_text(&w, span_of(equals + 1));
	}
	*ret = proto_list_of(&w, words.n_words);
	return CTL_OK;
}
