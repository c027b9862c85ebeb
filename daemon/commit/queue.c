/*
 * The committer takes all that waits at once: under load one lock a group, and no timer anywhere.
 * Garbage travels with the writes it belongs to, so the loop frees it between two requests, when it
 * holds nothing of it.
 */
#include "daemon/commit/queue.h"

#include <stdlib.h>

void commit_list_append(struct commit_list *list, struct commit_request *request)
{
	request->next = NULL;
	if (list->last)
		list->last->next = request;
	else
		list->first = request;
	list->last = request;
	list->n++;
}

struct commit_request *commit_list_pop(struct commit_list *list)
{
	struct commit_request *request = list->first;

	if (!request)
		return NULL;
	list->first = request->next;
	if (!list->first)
		list->last = NULL;
	list->n--;
	request->next = NULL;
	return request;
}

void commit_list_splice(struct commit_list *to, struct commit_list *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	to->n += from->n;
	*from = (struct commit_list){0};
}

int queue_init(struct commit_queue *queue)
{
	*queue = (struct commit_queue){0};
	int error = pthread_mutex_init(&queue->lock, NULL);
	if (error != 0)
		return -error;
	error = pthread_cond_init(&queue->arrived, NULL);
	if (error != 0)
		pthread_mutex_destroy(&queue->lock);
	return -error;
}

static void free_garbage(struct commit_garbage *garbage)
{
	while (garbage) {
		struct commit_garbage *next = garbage->next;

		garbage->free_fn(garbage->object);
		free(garbage);
		garbage = next;
	}
}

void queue_deinit(struct commit_queue *queue)
{
	free_garbage(queue->garbage);
	pthread_cond_destroy(&queue->arrived);
	pthread_mutex_destroy(&queue->lock);
}

void queue_submit(struct commit_queue *queue, struct commit_request *request)
{
	pthread_mutex_lock(&queue->lock);
	bool was_empty = queue->waiting.n == 0;
	commit_list_append(&queue->waiting, request);
	if (was_empty)
		pthread_cond_signal(&queue->arrived);
	pthread_mutex_unlock(&queue->lock);
}

void queue_take_done(struct commit_queue *queue, struct commit_list *ret)
{
	pthread_mutex_lock(&queue->lock);
	struct commit_garbage *garbage = queue->garbage;
	*ret = queue->done;
	queue->done = (struct commit_list){0};
	queue->garbage = NULL;
	pthread_mutex_unlock(&queue->lock);
	free_garbage(garbage);
}

void queue_poke(struct commit_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->poked = true;
	pthread_cond_signal(&queue->arrived);
	pthread_mutex_unlock(&queue->lock);
}

void queue_stop(struct commit_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->stop = true;
	pthread_cond_signal(&queue->arrived);
	pthread_mutex_unlock(&queue->lock);
}

bool queue_take_waiting(struct commit_queue *queue, bool may_wait, struct commit_list *ret)
{
	pthread_mutex_lock(&queue->lock);
	while (may_wait && queue->waiting.n == 0 && !queue->poked && !queue->stop)
		pthread_cond_wait(&queue->arrived, &queue->lock);
	bool more = queue->waiting.n != 0 || !queue->stop;
	*ret = queue->waiting;
	queue->waiting = (struct commit_list){0};
	queue->poked = false;
	pthread_mutex_unlock(&queue->lock);
	return more;
}

void queue_put_done(
        struct commit_queue *queue, struct commit_list *list, struct commit_garbage *garbage)
{
	pthread_mutex_lock(&queue->lock);
	commit_list_splice(&queue->done, list);
	while (garbage) {
		struct commit_garbage *next = garbage->next;

		garbage->next = queue->garbage;
		queue->garbage = garbage;
		garbage = next;
	}
	pthread_mutex_unlock(&queue->lock);
}
