/*
 * One table describes a kind of YAML document; it drives reading, the messages and the manual.
 *
 * One thread at a time; tables are constant. Each row says how one key of a map looks and where in
 * a C struct its value goes. schema_read finds all faults of a document at once, with position and
 * with what would be right; schema_print prints the table as documentation.
 *
 * A scalar is what its row says and never what YAML's resolver would make of it: a site, a name or
 * a language written `no`, `on` or `1e3` is that text.
 *
 * Values of optional keys that the document lacks are left as they were: the caller presets the
 * target, `schema.initial` the elements of lists. Everything that the target points to afterwards
 * lies in the arena.
 */
#ifndef DAEMON_BASE_SCHEMA_H
#define DAEMON_BASE_SCHEMA_H

#include "daemon/base/arena.h"
#include "daemon/base/buffer.h"
#include "daemon/base/faults.h"

enum schema_type {
	SCHEMA_TEXT = 1,  /* struct span, NUL behind it; least and most are bytes */
	SCHEMA_BOOL,      /* bool: `true` or `false` */
	SCHEMA_UINT,      /* uint64_t: decimal digits; words are named values */
	SCHEMA_SIZE,      /* uint64_t, bytes: decimal digits and, if wanted, KiB, MiB, GiB or TiB */
	SCHEMA_DURATION,  /* uint64_t, seconds: see duration.h; words are named values */
	SCHEMA_OCTAL,     /* uint64_t: octal digits, such as a file mode `0660` */
	SCHEMA_WORD,      /* uint64_t: one of the words */
	SCHEMA_WORDS,     /* uint64_t: a list of words, their values OR-ed */
	SCHEMA_MAP,       /* the struct of `schema`, in place */
	SCHEMA_LIST,      /* struct schema_list: a list of maps of `schema` */
	SCHEMA_DICT,      /* struct schema_list: a map from free names to maps of `schema` */
	SCHEMA_TEXT_LIST, /* struct schema_list of struct schema_text: a list of texts */
	SCHEMA_TEXTS,     /* the same: one text, or a map from language tags to texts */
};

/* Where something stands, from 1. Line 0: it does not stand there, or what stands is faulty. */
struct schema_mark {
	uint32_t line, column;
};

/* Every element of a LIST or DICT begins with this; the reader fills it. */
struct schema_head {
	struct span name; /* absent in a list */
	struct schema_mark at;
};

struct schema_text {
	struct schema_head head; /* name: the language; absent for a text without one */
	struct span text;
};

struct schema_list {
	void *items; /* n_items elements of schema.n_bytes each */
	uint32_t n_items;
};

struct schema_word {
	const char *name;
	uint64_t value;
};

/* What would be right, to complete "expected …", or NULL where the text is right. */
typedef const char *schema_check_fn(struct span text);

struct schema_row {
	const char *key;
	enum schema_type type;
	bool required;
	size_t offset; /* of the value, in the struct of the table */
	size_t at;     /* offset of a struct schema_mark for the value; 0: none wanted */
	/*
	 * The range of a number, the bytes of a text (of each text), the number of elements of
	 * LIST, DICT, TEXT_LIST. `most` 0: no bound of its own. In a TEXT_LIST and TEXTS they are
	 * bytes.
	 */
	uint64_t least, most;
	const struct schema_word *words; /* ends with a NULL name */
	const struct schema *schema;     /* MAP, LIST, DICT */
	schema_check_fn *check; /* of a TEXT, of each text of a list, of the names of a DICT */
	const char *preset;     /* the default, as the manual states it; NULL: none */
	const char *meaning;    /* for the manual: sentences; keys and values in backticks */
};

struct schema {
	const char *noun; /* "service": how messages and the manual call such a map */
	const struct schema_row *rows;
	size_t n_rows;
	size_t n_bytes;      /* of the struct */
	const void *initial; /* of elements; NULL: zeros */
	size_t max_bytes;    /* of a document that is such a map; 0: none is */
};

/* The rows of a struct schema, from an array of them. */
#define SCHEMA_ROWS(table) .rows = (table), .n_rows = sizeof(table) / sizeof((table)[0])

enum { SCHEMA_E_FAULTY = 1 };

/*
 * Reads `text`, at most schema.max_bytes long, into `target`. 0; SCHEMA_E_FAULTY with at least one
 * error in `faults`, the sound parts of the document then being in `target`; -ENOMEM.
 */
MUST_USE int schema_read(const struct schema *schema, struct span text, struct arena *arena,
        struct faults *faults, void *target);

/* The nearest of the candidates to a mistyped name, or SPAN_NONE where none is near. */
struct span schema_nearest(struct span name, const struct span *candidates, size_t n);

/* Room for a name out of a document in a message: quoted, cut, control characters replaced. */
struct schema_quoted {
	char text[88];
};
struct schema_quoted schema_quote(struct span text);

/* Appends the table as scdoc, keys in the table's order, nested tables indented. -ENOMEM. */
MUST_USE int schema_print(const struct schema *schema, struct buffer *page);

#endif
