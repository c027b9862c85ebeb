/*
 * A YAML document under bounds: what libyaml builds, once it is known to be harmless.
 *
 * One thread at a time. Only schema.c includes this; readers of documents use schema.h.
 */
#ifndef DAEMON_BASE_YAML_H
#define DAEMON_BASE_YAML_H

#include <yaml.h>

#include "daemon/base/faults.h"
#include "daemon/base/error.h"
#include "proto/span.h"

enum {
	YAML_DEPTH = 12,    /* maps and lists within each other */
	YAML_NODES = 65536, /* scalars, maps and lists of one document */
};

enum { YAML_E_FAULTY = 1 };

/*
 * Parses the one document of `text`, at most `max_bytes` long. Refused, each with its position:
 * what is not UTF-8 or not YAML, NUL and control characters, anchors, aliases and tags, more than
 * one document, too deep, too many nodes, an empty document. 0 and a document that the caller
 * passes to yaml_document_delete; YAML_E_FAULTY with at least one error in `faults`; -ENOMEM.
 */
MUST_USE int yaml_read(
        struct span text, size_t max_bytes, struct faults *faults, yaml_document_t *ret);

#endif
