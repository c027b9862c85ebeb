/*
 * A write's content follows from its number, so that numbers are all that the processes share. A
 * subject of several writers is in the state of the acknowledged write with the highest revision, or
 * of any write that was under way at some moment of the check.
 */
#include "tests/crash/linear_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { NUMBER_BITS = 24 };

struct model *model;

void model_make(void)
{
	model = mmap(
	        NULL, sizeof(*model), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (model == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
}

uint64_t model_hash(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) + b * UINT64_C(0xbf58476d1ce4e5b9) +
	             c * UINT64_C(0x94d049bb133111eb);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* -- writes -------------------------------------------------------------------------------- */

static uint64_t hash_of(int family, enum kind kind, int slot, uint64_t n)
{
	return model_hash((uint64_t)family * N_KINDS + kind, (uint64_t)slot, n);
}

enum action model_action(int family, enum kind kind, int slot, uint64_t n)
{
	static const enum action of_session[] = {
	        ACTION_ERASE, ACTION_BIND_X, ACTION_UNBIND, ACTION_ERASE, ACTION_BIND_Y};
	uint64_t choice = hash_of(family, kind, slot, n) >> 32;

	if (kind == KIND_SESSION)
		return of_session[n % 5];
	if (kind == KIND_SOLO && choice % 4 == 0)
		return ACTION_ERASE;
	return choice % 7 == 0 ? ACTION_WITHDRAW : ACTION_RECORD;
}

unsigned int model_state(int family, enum kind kind, int slot, uint64_t n)
{
	switch (model_action(family, kind, slot, n)) {
	case ACTION_RECORD:
		return hash_of(family, kind, slot, n) & COOKIES_ALL;
	case ACTION_WITHDRAW:
		return 0;
	default:
		return STATE_UNDECIDED;
	}
}

bool model_fresh_is_session(uint64_t i)
{
	return i % 4 == 3;
}

unsigned int model_fresh_state(int writer, uint64_t i)
{
	return model_hash((uint64_t)writer, 99, model_fresh_is_session(i) ? i - 1 : i) &
	       COOKIES_ALL;
}

uint64_t model_begin(struct slot *slot)
{
	return atomic_fetch_add(&slot->begun, 1) + 1;
}

void model_end(struct slot *slot, uint64_t n, enum fate fate, uint64_t revision)
{
	if (revision == 0)
		revision = atomic_load(&slot->effect) >> NUMBER_BITS;
	atomic_store(&slot->fates[n % N_FATES], (uint8_t)fate);
	if (fate == FATE_DONE)
		atomic_store(&slot->effect, revision << NUMBER_BITS | n);
	atomic_store(&slot->done, n);
}

/* -- checks -------------------------------------------------------------------------------- */

void model_before(int family, struct before *ret)
{
	for (int kind = 0; kind < N_KINDS; kind++) {
		for (int i = 0; i < 2; i++) {
			struct slot *slot = &model->subjects[family][kind].slots[i];

			ret->done[kind][i] = atomic_load(&slot->done);
			ret->effect[kind][i] = atomic_load(&slot->effect);
		}
	}
}

static void add(struct candidates *to, unsigned int state, struct slot *slot, uint64_t n)
{
	if (to->n == N_CANDIDATES)
		to->too_many = true;
	else
		to->list[to->n++] = (struct candidate){state, slot, n};
}

static void add_account(
        int family, enum kind kind, const struct before *before, struct candidates *to);

/* What checks of a session are answered by after its n-th write. */
static void add_session(int family, uint64_t n, const struct before *before, struct candidates *to)
{
	if (n == 0) {
		add(to, STATE_UNDECIDED, NULL, 0);
		return;
	}
	switch (model_action(family, KIND_SESSION, 0, n)) {
	case ACTION_BIND_X:
		add_account(family, KIND_ACCOUNT_X, before, to);
		break;
	case ACTION_BIND_Y:
		add_account(family, KIND_ACCOUNT_Y, before, to);
		break;
	case ACTION_UNBIND:
		/* It keeps what its account had refused, for as long as it is there. */
		add(to, 0, NULL, 0);
		add(to, STATE_UNDECIDED, NULL, 0);
		break;
	default:
		add(to, STATE_UNDECIDED, NULL, 0);
	}
}

static void add_acknowledged(
        int family, enum kind kind, const struct before *before, struct candidates *to)
{
	const uint64_t *effect = before->effect[kind];
	int slot = effect[1] > effect[0] ? 1 : 0;
	uint64_t n = effect[slot] & ((1 << NUMBER_BITS) - 1);

	add(to, n == 0 ? STATE_UNDECIDED : model_state(family, kind, slot, n), NULL, 0);
}

/* Of subjects that are no session. */
static void add_account(
        int family, enum kind kind, const struct before *before, struct candidates *to)
{
	add_acknowledged(family, kind, before, to);
	for (int i = 0; i < 2; i++) {
		struct slot *slot = &model->subjects[family][kind].slots[i];
		uint64_t begun = atomic_load(&slot->begun);

		for (uint64_t n = before->done[kind][i] + 1; n <= begun && !to->too_many; n++)
			add(to, model_state(family, kind, i, n), slot, n);
	}
}

void model_candidates(
        int family, enum kind kind, const struct before *before, struct candidates *ret)
{
	ret->n = 0;
	ret->too_many = false;
	if (kind != KIND_SESSION) {
		add_account(family, kind, before, ret);
		return;
	}
	uint64_t begun = atomic_load(&model->subjects[family][kind].slots[0].begun);

	add_session(family, before->effect[kind][0] & ((1 << NUMBER_BITS) - 1), before, ret);
	for (uint64_t n = before->done[kind][0] + 1; n <= begun && !ret->too_many; n++)
		add_session(family, n, before, ret);
}

bool model_yes_is_right(const struct candidates *candidates, unsigned int answer)
{
	for (size_t i = 0; i < candidates->n; i++)
		if ((answer & ~candidates->list[i].state) == 0)
			return true;
	return false;
}

bool model_no_is_right(const struct candidates *candidates, unsigned int answer)
{
	unsigned int always = COOKIES_ALL;

	for (size_t i = 0; i < candidates->n; i++)
		always &= candidates->list[i].state;
	return (always & ~answer) == 0;
}
