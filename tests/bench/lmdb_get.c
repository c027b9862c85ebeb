/*
 * What LMDB's own look-up costs in process: the digest of a subject, a read transaction, one get.
 *
 *   lmdb_get DIR SUBJECTS MS ROUNDS
 *
 * The values are as long as a line of the map. A transaction lasts for one look-up, as long as a
 * worker may hold one that must not see yesterday's choice; it is renewed, which is the cheapest.
 */
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "tests/bench/subjects.h"

enum { VALUE_BYTES = 64, LOAD_SLICE = 100000, SLICE = 4096, MAX_ROUNDS = 99 };

static const struct proto_site_key site_key = {{1, 2, 3}};

struct lmdb {
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *txn;
};

static void must(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "lmdb_get: %s: %s\n", what, mdb_strerror(r));
	exit(1);
}

static void key_of(const char *name, uint8_t ret[PROTO_DIGEST_BYTES])
{
	proto_digest_encode(proto_digest_of(&site_key, span_of(name)), ret);
}

static void load_some(struct lmdb *lmdb, uint64_t from, uint64_t to)
{
	char name[SUBJECT_BYTES + 1];
	uint8_t key_bytes[PROTO_DIGEST_BYTES], value_bytes[VALUE_BYTES] = {1};
	MDB_val key = {sizeof(key_bytes), key_bytes}, value = {sizeof(value_bytes), value_bytes};
	MDB_txn *txn;

	must(mdb_txn_begin(lmdb->env, NULL, 0, &txn), "begin");
	for (uint64_t i = from; i < to; i++) {
		subject_name(i, name);
		key_of(name, key_bytes);
		must(mdb_put(txn, lmdb->dbi, &key, &value, 0), "put");
	}
	must(mdb_txn_commit(txn), "commit");
}

static void open_and_load(struct lmdb *lmdb, const char *dir, uint64_t n)
{
	MDB_txn *txn;

	must(mdb_env_create(&lmdb->env), "create");
	must(mdb_env_set_mapsize(lmdb->env, (size_t)1 << 36), "size");
	must(mdb_env_open(lmdb->env, dir, MDB_NOTLS | MDB_NOSYNC, 0600), dir);
	must(mdb_txn_begin(lmdb->env, NULL, 0, &txn), "begin");
	must(mdb_dbi_open(txn, NULL, 0, &lmdb->dbi), "open");
	must(mdb_txn_commit(txn), "commit");
	for (uint64_t i = 0; i < n; i += LOAD_SLICE)
		load_some(lmdb, i, i + LOAD_SLICE < n ? i + LOAD_SLICE : n);
	must(mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->txn), "read");
	mdb_txn_reset(lmdb->txn);
}

static uint64_t get_slice(struct lmdb *lmdb, char names[SLICE][SUBJECT_BYTES + 1])
{
	uint8_t key_bytes[PROTO_DIGEST_BYTES];
	MDB_val key = {sizeof(key_bytes), key_bytes}, value;
	uint64_t start_ns = now_ns();

	for (int i = 0; i < SLICE; i++) {
		key_of(names[i], key_bytes);
		must(mdb_txn_renew(lmdb->txn), "renew");
		must(mdb_get(lmdb->txn, lmdb->dbi, &key, &value), "get");
		mdb_txn_reset(lmdb->txn);
	}
	return now_ns() - start_ns;
}

static double measure(struct lmdb *lmdb, uint64_t n_subjects, uint64_t ms, uint64_t *random)
{
	static char names[SLICE][SUBJECT_BYTES + 1];
	uint64_t sum_ns = 0, n = 0;

	for (; sum_ns < ms * 1000000; n += SLICE) {
		for (int i = 0; i < SLICE; i++)
			subject_name(random_below(random, n_subjects), names[i]);
		sum_ns += get_slice(lmdb, names);
	}
	return (double)sum_ns / (double)n;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	uint64_t random = now_ns() | 1, n_rounds;
	double values[MAX_ROUNDS];
	struct lmdb lmdb;

	if (argc != 5 || number_of(argv[4]) < 1 || number_of(argv[4]) > MAX_ROUNDS) {
		fprintf(stderr, "usage: lmdb_get DIR SUBJECTS MS ROUNDS\n");
		return 2;
	}
	open_and_load(&lmdb, argv[1], number_of(argv[2]));
	n_rounds = number_of(argv[4]);
	for (uint64_t i = 0; i < n_rounds; i++)
		values[i] = measure(&lmdb, number_of(argv[2]), number_of(argv[3]), &random);
	qsort(values, n_rounds, sizeof(*values), by_value);
	printf("{\"get_ns\": %.2f}\n", values[n_rounds / 2]);
	mdb_txn_abort(lmdb.txn);
	mdb_env_close(lmdb.env);
	return 0;
}
