/*
 * The committer takes all that waits at once: under load one lock a group, and no timer anywhere.
 * Garbage travels with the writes it belongs to, so the loop frees it between two requests, when it
 * holds nothing of it.
 */
#include "daemon/commit/queue.h"

#include <stdlib.h>
#include <time.h>

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
	*queue = (struct commit_queue){.n_signal = 1};
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
	commit_list_append(&queue->waiting, request);
	if (queue->waiting.n == queue->n_signal)
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

static struct timespec deadline_in(unsigned int us)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)(us % 1000000) * 1000;
	t.tv_sec += (time_t)(us / 1000000) + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* With the lock. A single write wakes again afterwards. */
static void wait_for_more(struct commit_queue *queue, const struct queue_gather *gather)
{
	struct timespec until = deadline_in(gather->max_wait_us);

	queue->n_signal = gather->n_wanted;
	while (queue->waiting.n < gather->n_wanted && !queue->stop)
		if (pthread_cond_clockwait(
		            &queue->arrived, &queue->lock, CLOCK_MONOTONIC, &until) != 0)
			break;
	queue->n_signal = 1;
}

bool queue_take_waiting(
        struct commit_queue *queue, const struct queue_gather *gather, struct commit_list *ret)
{
	pthread_mutex_lock(&queue->lock);
	while (gather && queue->waiting.n == 0 && !queue->poked && !queue->stop)
		pthread_cond_wait(&queue->arrived, &queue->lock);
	if (gather && queue->waiting.n != 0 && queue->waiting.n < gather->n_wanted)
		wait_for_more(queue, gather);
	bool more = queue->waiting.n != 0 || !queue->stop;
	*ret = queue->waiting;
	queue->waiting = (struct commit_list){0};
	queue->poked = false;
	pthread_mutex_unlock(&queue->lock);
	return more;
}

size_t queue_put_done(
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
	size_t n_waiting = queue->waiting.n;
	pthread_mutex_unlock(&queue->lock);
	return n_waiting;
}
