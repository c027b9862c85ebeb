/*
 * Messages as JSON, by their descriptions: whatever an operation answers can be printed without
 * code of its own.
 *
 * Any thread. Texts are strings, bins hex strings, integers and booleans themselves, lists arrays,
 * maps objects. A member that is absent is left out, but for lists and maps, which are then empty,
 * and those that the description calls NULLABLE, which are null. A program without memory for an
 * answer has nothing better to do than to say so: these functions never return NULL, they end it.
 */
#ifndef CLIENT_CTL_JSON_H
#define CLIENT_CTL_JSON_H

#include <jansson.h>

#include "proto/message.h"

/* The struct as an object; free it with json_decref. */
json_t *json_of_message(const struct proto_message *description, const void *message);

/* The items of a list, as an array of objects. */
json_t *json_of_list(const struct proto_message *item, struct proto_list list);

json_t *json_of_text(struct span text);
json_t *json_of_uint(uint64_t value);

/* An empty object, or array. */
json_t *json_new_object(void);
json_t *json_new_array(void);

/* Sets a member, or appends an item; `value` is handed over. */
void json_put(json_t *object, const char *key, json_t *value);
void json_add(json_t *array, json_t *value);

/* Writes the value with a line feed, indented or on one line. */
enum json_style { JSON_STYLE_LINE, JSON_STYLE_INDENTED };
void json_print(FILE *stream, const json_t *value, enum json_style style);

/* Writes the value on one line without a line feed. */
void json_print_bare(FILE *stream, const json_t *value);

#endif
