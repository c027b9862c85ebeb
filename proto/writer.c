/*
 * The writer: msgpack-c's packer over a buffer that never grows.
 *
 * The packer hands its bytes to `append`, which either copies all of them or notes the overflow;
 * from then on nothing more is written, so a message is whole or unusable, never torn. The
 * packer's return codes are not looked at, because `overflow` says the same and says it at the end.
 */
#include "proto/writer.h"

#include <msgpack.h>

static inline void put(struct proto_writer *w, const void *bytes, size_t n_bytes)
{
	if (w->overflow || n_bytes > w->capacity - w->n_bytes) {
		w->overflow = true;
		return;
	}
	if (n_bytes > 0)
		memcpy(w->data + w->n_bytes, bytes, n_bytes);
	w->n_bytes += n_bytes;
}

static int append(void *data, const char *bytes, size_t n_bytes)
{
	put((struct proto_writer *)data, bytes, n_bytes);
	return 0;
}

static inline msgpack_packer packer_of(struct proto_writer *w)
{
	return (msgpack_packer){.data = w, .callback = append};
}

void proto_writer_nil(struct proto_writer *w)
{
	msgpack_packer packer = packer_of(w);

	msgpack_pack_nil(&packer);
}

void proto_writer_bool(struct proto_writer *w, bool value)
{
	msgpack_packer packer = packer_of(w);

	if (value)
		msgpack_pack_true(&packer);
	else
		msgpack_pack_false(&packer);
}

void proto_writer_uint(struct proto_writer *w, uint64_t value)
{
	msgpack_packer packer = packer_of(w);

	msgpack_pack_uint64(&packer, value);
}

/* Longer than MessagePack can say; no buffer holds it either. */
static bool too_long(struct proto_writer *w, size_t n_bytes)
{
	if (n_bytes > UINT32_MAX)
		w->overflow = true;
	return n_bytes > UINT32_MAX;
}

void proto_writer_text(struct proto_writer *w, struct span text)
{
	msgpack_packer packer = packer_of(w);

	if (too_long(w, text.n_bytes))
		return;
	msgpack_pack_str(&packer, text.n_bytes);
	put(w, text.data, text.n_bytes);
}

void proto_writer_bin(struct proto_writer *w, struct span bytes)
{
	msgpack_packer packer = packer_of(w);

	if (too_long(w, bytes.n_bytes))
		return;
	msgpack_pack_bin(&packer, bytes.n_bytes);
	put(w, bytes.data, bytes.n_bytes);
}

void proto_writer_array(struct proto_writer *w, uint32_t n)
{
	msgpack_packer packer = packer_of(w);

	msgpack_pack_array(&packer, n);
}

void proto_writer_map(struct proto_writer *w, uint32_t n)
{
	msgpack_packer packer = packer_of(w);

	msgpack_pack_map(&packer, n);
}

void proto_writer_raw(struct proto_writer *w, struct span encoded)
{
	put(w, encoded.data, encoded.n_bytes);
}
