/*
 * The master key, read or made, and its subkeys by crypto_kdf. The master itself leaves memory as
 * soon as they are derived.
 *
 * The numbers and the context of the subkeys are fixed for ever: other ones would orphan all
 * records. A key is made only where there is no data yet; a key made over existing data would hide
 * it for good, so its absence is an outcome that a human must look at.
 */
#include "daemon/store/keys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "daemon/store/file.h"

enum { MASTER_BYTES = crypto_kdf_KEYBYTES };
enum subkey { SUBKEY_DIGEST = 1, SUBKEY_TAG, SUBKEY_EVENT_ID, SUBKEY_MULTISET, SUBKEY_TAG_ID };

static const char CONTEXT[crypto_kdf_CONTEXTBYTES] = {'c', 'o', 'n', 's', 'e', 'n', 't', 'd'};

static void derive(const uint8_t *master, enum subkey number, uint8_t *ret, size_t n_bytes)
{
	/* It refuses lengths only, and these are constants. */
	int error = crypto_kdf_derive_from_key(ret, n_bytes, number, CONTEXT, master);
	assert(error == 0);
	(void)error;
}

static void derive_all(struct keys *keys, const uint8_t *master)
{
	uint8_t id[crypto_kdf_BYTES_MIN];
	derive(master, SUBKEY_DIGEST, keys->digest, sizeof(keys->digest));
	derive(master, SUBKEY_TAG, keys->tag, sizeof(keys->tag));
	derive(master, SUBKEY_EVENT_ID, keys->event_id, sizeof(keys->event_id));
	derive(master, SUBKEY_MULTISET, keys->multiset, sizeof(keys->multiset));
	derive(master, SUBKEY_TAG_ID, id, sizeof(id));
	keys->tag_id = id[0];
}

/*
 * A credential that systemd lends to a service belongs to root and names the service in an access
 * list, which shows as the group's right to read.
 */
static bool is_private(const struct stat *st)
{
	mode_t others = st->st_uid == geteuid() ? 077 : 037;
	return S_ISREG(st->st_mode) && (st->st_mode & others) == 0;
}

static int read_master(int fd, uint8_t master[MASTER_BYTES])
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return error_errno();
	if (!is_private(&st))
		return KEYS_E_INVALID;
	uint8_t bytes[MASTER_BYTES + 1];
	size_t n_bytes;
	int r = file_read(fd, bytes, sizeof(bytes), &n_bytes);
	if (r == 0 && n_bytes != MASTER_BYTES)
		r = KEYS_E_INVALID;
	if (r == 0)
		memcpy(master, bytes, MASTER_BYTES);
	sodium_memzero(bytes, sizeof(bytes));
	return r;
}

static int make_master(const char *path, uint8_t master[MASTER_BYTES])
{
	randombytes_buf(master, MASTER_BYTES);
	return file_write_durably(path, span_bytes(master, MASTER_BYTES));
}

static int load_master(const char *path, bool may_create, uint8_t master[MASTER_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return may_create ? make_master(path, master) : KEYS_E_MISSING;
	if (fd < 0)
		return error_errno();
	int r = read_master(fd, master);
	close(fd);
	return r;
}

int keys_load(struct keys *keys, const char *path, bool may_create)
{
	uint8_t master[MASTER_BYTES];
	if (sodium_init() < 0)
		return -EIO;
	int r = load_master(path, may_create, master);
	if (r == 0)
		derive_all(keys, master);
	sodium_memzero(master, sizeof(master));
	return r;
}

uint64_t keys_event_hash(const struct keys *keys, struct span bytes)
{
	uint8_t hash[crypto_shorthash_siphash24_BYTES];
	crypto_shorthash_siphash24(hash, bytes.data, bytes.n_bytes, keys->event_id);
	uint64_t word = 0;
	for (unsigned int i = 0; i < sizeof(hash); i++)
		word |= (uint64_t)hash[i] << (8 * i);
	return word != 0 ? word : 1;
}
