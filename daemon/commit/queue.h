/*
 * The way of a write from the loop to the committer and back: two lists under one lock.
 */
#ifndef DAEMON_COMMIT_QUEUE_H
#define DAEMON_COMMIT_QUEUE_H

#include <pthread.h>

#include "daemon/commit/commit.h"

/* A singly linked list with its end; empty when zeroed. */
struct commit_list {
	struct commit_request *first, *last;
	size_t n;
};

/* Something that readers on the loop may still hold: freed there. */
struct commit_garbage {
	void (*free_fn)(void *object);
	void *object;
	struct commit_garbage *next;
};

struct commit_queue {
	pthread_mutex_t lock;
	pthread_cond_t arrived; /* something to do for the committer */
	struct commit_list waiting, done;
	struct commit_garbage *garbage;
	size_t n_signal; /* of waiting writes that wake the committer */
	bool poked, stop;
};

/* Writes that are worth a short wait: those who were just answered often have the next one ready. */
struct queue_gather {
	size_t n_wanted; /* at most 1: nothing is waited for */
	unsigned int max_wait_us;
};

void commit_list_append(struct commit_list *list, struct commit_request *request);
struct commit_request *commit_list_pop(struct commit_list *list);
/* Moves all of `from` to the end of `to`. */
void commit_list_splice(struct commit_list *to, struct commit_list *from);

MUST_USE int queue_init(struct commit_queue *queue);
void queue_deinit(struct commit_queue *queue);

/* Loop. */
void queue_submit(struct commit_queue *queue, struct commit_request *request);
/* Loop. Takes what is done, and frees the garbage: the loop must hold nothing that could be in it. */
void queue_take_done(struct commit_queue *queue, struct commit_list *ret);
/* Any thread: makes queue_take_waiting return, with an empty list if need be. */
void queue_poke(struct commit_queue *queue);
void queue_stop(struct commit_queue *queue);

/*
 * Committer. Blocks until there is something, and then until there is as much as is gathered or the
 * time for that is over. Where `gather` is NULL it does not block. The list may be empty after a
 * poke. False: stopping, and nothing is left.
 */
MUST_USE bool queue_take_waiting(
        struct commit_queue *queue, const struct queue_gather *gather, struct commit_list *ret);
/*
 * Committer. Hands a list, and the garbage that its commit left, to the loop. Returns how many writes
 * wait at that moment.
 */
size_t queue_put_done(
        struct commit_queue *queue, struct commit_list *list, struct commit_garbage *garbage);

#endif
