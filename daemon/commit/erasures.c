/*
 * The view may be rebuilt from the ledger at any start. A rebuild that met an erased subject's
 * earlier events would revive them, so their bodies go at once; the `erased` event itself names the
 * digest, and goes when no view that a crash could leave behind still holds the record.
 */
#include "daemon/commit/erasures.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "daemon/base/log.h"

static const char META_NAME[] = "erasures";

static int reserve(struct erasures *erasures, size_t n)
{
	if (n <= erasures->capacity)
		return 0;
	size_t capacity = erasures->capacity ? erasures->capacity : 16;
	while (capacity < n)
		capacity *= 2;
	uint64_t *revisions = reallocarray(erasures->revisions, capacity, sizeof(*revisions));
	if (!revisions)
		return -ENOMEM;
	erasures->revisions = revisions;
	erasures->capacity = capacity;
	return 0;
}

int erasures_load(struct erasures *erasures, struct ledger_reader *reader)
{
	struct span stored;

	erasures->n = erasures->n_stuck = 0;
	int rc = ledger_read_meta(reader, META_NAME, &stored);
	if (rc == LEDGER_E_NOT_FOUND)
		return 0;
	if (rc != 0)
		return rc < 0 ? rc : -EIO;
	if (stored.n_bytes % sizeof(uint64_t) != 0)
		return -EBADMSG;
	size_t n = stored.n_bytes / sizeof(uint64_t);
	rc = reserve(erasures, n);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		uint64_t revision;

		memcpy(&revision, stored.data + i * sizeof(revision), sizeof(revision));
		erasures->revisions[i] = be64toh(revision);
	}
	erasures->n = n;
	return 0;
}

int erasures_add(struct erasures *erasures, uint64_t revision)
{
	int rc = reserve(erasures, erasures->n + 1);

	if (rc == 0)
		erasures->revisions[erasures->n++] = revision;
	return rc;
}

size_t erasures_n_due(const struct erasures *erasures, uint64_t checkpoint)
{
	size_t n = 0, n_left = erasures->n - erasures->n_stuck;
	const uint64_t *left = erasures->revisions + erasures->n_stuck;

	while (n < n_left && left[n] <= checkpoint)
		n++;
	return n;
}

/* Rotten, or not there: no later try will do better, and others must not wait for it. */
static bool is_stuck(int rc, uint64_t revision)
{
	if (rc != -EBADMSG && rc != LEDGER_E_NOT_FOUND)
		return false;
	log_error("store: the body of the erased event %llu cannot be dropped (%d)",
	        (unsigned long long)revision, rc);
	return true;
}

int erasures_drop(struct erasures *erasures, struct ledger *ledger, size_t n)
{
	uint64_t *due = erasures->revisions + erasures->n_stuck;
	size_t n_stuck = 0, n_behind = erasures->n - erasures->n_stuck - n;

	for (size_t i = 0; i < n; i++) {
		int rc = ledger_drop_body(ledger, due[i]);

		if (is_stuck(rc, due[i]))
			due[n_stuck++] = due[i];
		else if (rc != 0 && rc != LEDGER_E_NO_BODY)
			return rc;
	}
	memmove(due + n_stuck, due + n, n_behind * sizeof(*due));
	erasures->n_stuck += n_stuck;
	erasures->n = erasures->n_stuck + n_behind;
	return 0;
}

int erasures_store(const struct erasures *erasures, struct ledger *ledger)
{
	uint64_t *encoded = reallocarray(NULL, erasures->n + 1, sizeof(*encoded));

	if (!encoded)
		return -ENOMEM;
	for (size_t i = 0; i < erasures->n; i++)
		encoded[i] = htobe64(erasures->revisions[i]);
	int rc = ledger_put_meta(
	        ledger, META_NAME, span_bytes(encoded, erasures->n * sizeof(*encoded)));
	free(encoded);
	return rc;
}

void erasures_deinit(struct erasures *erasures)
{
	free(erasures->revisions);
	*erasures = (struct erasures){0};
}
