/*
 * consent.h - may I set cookie X for session Y?
 *
 * CAVEATS FIRST
 *
 *  - A handle belongs to one thread at a time. Open one per thread; it is cheap, and connects when
 *    it is first used. Nothing here uses thread-local storage or signals. All that the handles of
 *    a process share is the daemon's decision map, read-only, and the list of such maps.
 *  - Strings and arrays that the library hands out belong to the handle, and are valid until the
 *    next call on the same handle. What a decision holds is yours.
 *  - Every call may block, at the most for the deadline of the handle's options. Those under
 *    "without waiting", for programs with an event loop, never do.
 *  - Whatever goes wrong, the answer is no. A daemon that is down, late or not understood makes
 *    every check `unavailable`: not allowed. The exceptions are cookies which the newest policy
 *    that this handle has seen declares necessary, and those which the application lists in
 *    consent_client_options.necessary: so that an outage logs nobody out.
 *  - After one call that timed out, checks answer `unavailable` at once, and the daemon is tried
 *    again after a pause of 250 to 500 ms. Calls that change something are always tried.
 *  - After fork() the child may use a handle that no other thread was using; it connects anew and
 *    never touches the parent's connection.
 *  - Subjects are opaque ids that you choose (a random consent id, a session id). Never pass a
 *    name or an address: the daemon keeps a keyed digest only, but your own id should not tell.
 *
 * THE MAIN JOB
 *
 *	struct consent_client *client;
 *	if (consent_client_open(NULL, &client) != CONSENT_OK)
 *		return 1;
 *	struct consent_visitor visitor = CONSENT_VISITOR_INIT;
 *	visitor.site = "public.opendatasoft.com";
 *	visitor.subject = session_id;
 *	if (consent_check(client, &visitor, "django_language", NULL, NULL))
 *		set_cookie("django_language", "en");
 *	consent_client_close(client);
 *
 * Usually one call does it for a whole response: consent_filter_set_cookie() takes all Set-Cookie
 * values that the application wants to send, and says which may leave. consent_sweep() takes the
 * request's Cookie header, and returns what deletes the cookies that should no longer be there.
 *
 * Structs that you fill in begin with their size, set by their CONSENT_…_INIT: members will be
 * added at their ends. Texts are UTF-8, end in NUL, and are copied or sent before a call returns.
 */
#ifndef CONSENT_H
#define CONSENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#define CONSENT_VERSION_MAJOR 0
#define CONSENT_VERSION_MINOR 1
#define CONSENT_VERSION_PATCH 0

/* The version of the library that is running, "0.1.0". */
const char *consent_version(void);

/* ---- errors ---------------------------------------------------------------------------------- */

/* What a call returns. The numbers are stable. */
enum consent_error {
	CONSENT_OK = 0,
	CONSENT_ERROR_INVALID_ARGUMENT =
	        1, /* the call contradicts its contract; nothing was sent */
	CONSENT_ERROR_NO_MEMORY = 2,
	CONSENT_ERROR_CONNECT = 3, /* nobody listens at the socket, or it may not be used */
	CONSENT_ERROR_TIMEOUT = 4, /* no answer within the deadline; a write may have happened */
	CONSENT_ERROR_UNAVAILABLE = 5, /* not asked: a call timed out a moment ago */
	CONSENT_ERROR_CLOSED = 6,      /* the daemon hung up; a write may have happened */
	CONSENT_ERROR_PROTOCOL = 7, /* the answer was not understood; a write may have happened */

	/* What the daemon refuses a request with: 100 and the number in proto/errors.def. */
	CONSENT_ERROR_REMOTE = 100, /* with a code that this library does not know */
	CONSENT_ERROR_MALFORMED = 101,
	CONSENT_ERROR_UNKNOWN_METHOD = 102, /* the daemon is older than this library */
	CONSENT_ERROR_MISSING_FIELD = 103,
	CONSENT_ERROR_UNKNOWN_FIELD = 104,
	CONSENT_ERROR_BAD_TYPE = 105,
	CONSENT_ERROR_INVALID_VALUE = 106,
	CONSENT_ERROR_TOO_LARGE = 107,
	CONSENT_ERROR_FORBIDDEN = 108,      /* this process does not hold the role that it takes */
	CONSENT_ERROR_UNKNOWN_SITE = 109,   /* no policy is known for the site */
	CONSENT_ERROR_UNKNOWN_CHOICE = 110, /* neither a service nor a category of the policy */
	CONSENT_ERROR_NOT_FOUND = 111,      /* no such record */
	CONSENT_ERROR_CONFLICT = 112,       /* contradicts what is stored */
	CONSENT_ERROR_INVALID_POLICY = 113,
	CONSENT_ERROR_POLICY_FULL = 114,
	CONSENT_ERROR_BUSY = 115,           /* too many requests wait; try again */
	CONSENT_ERROR_STORAGE_FULL = 116,   /* refusing, withdrawing and erasing still work */
	CONSENT_ERROR_STORAGE_FAILED = 117, /* the outcome is unknown */
	CONSENT_ERROR_SHUTTING_DOWN = 118
};

/* The error's short name, "timeout", or "?" for a number that is none. Static. */
const char *consent_error_name(enum consent_error error);

/* The error in one sentence, for people. Static. */
const char *consent_error_text(enum consent_error error);

/* ---- the handle ------------------------------------------------------------------------------ */

struct consent_client;

struct consent_client_options {
	size_t size;
	/* The daemon's socket; NULL: the environment's CONSENT_SOCKET, else the installed default,
	   /run/consentd/consentd.sock. At most 107 bytes. */
	const char *socket;
	/* The longest that a check or another question takes; 0: 250 ms. */
	uint32_t deadline_ms;
	/* The longest that a call which changes something takes; 0: 5,000 ms. */
	uint32_t write_deadline_ms;
	/* How the application calls itself, at most 64 bytes; NULL: "libconsent". */
	const char *name;
	/* Cookies that stay allowed when the daemon cannot be asked: names, or patterns with one
	   leading or trailing `*`. List only what works without consent, because no policy is
	   asked then. At most 256, each of at most 256 bytes. */
	const char *const *necessary;
	size_t n_necessary;
	/* Ask over the socket only, and map nothing into this process. */
	bool no_map;
};

#define CONSENT_CLIENT_OPTIONS_INIT                                                                \
	{                                                                                          \
		sizeof(struct consent_client_options), NULL, 0, 0, NULL, NULL, 0, false            \
	}

/*
 * Opens a handle; `options` NULL stands for the defaults. Does not connect: that the daemon is down
 * shows at the first check. All options are copied. Fails with INVALID_ARGUMENT or NO_MEMORY.
 */
enum consent_error consent_client_open(
        const struct consent_client_options *options, struct consent_client **ret_client);

/*
 * Closes the connection and frees the handle. Never waits: what was counted since the last call that
 * asked the daemon is lost, unless consent_flush() told it before. NULL is legal.
 */
void consent_client_close(struct consent_client *client);

/*
 * What went wrong in the last call on this handle that failed, with the field at fault where there
 * is one; "" when none has failed yet. Never holds a subject. Valid until the next call.
 */
const char *consent_client_message(const struct consent_client *client);

/* ---- asking ---------------------------------------------------------------------------------- */

/* Why a cookie may or may not be set. The numbers are stable: log them if you like. */
enum consent_reason {
	CONSENT_REASON_NONE = 0,              /* no decision was made */
	CONSENT_REASON_UNKNOWN_SITE = 1,      /* no: no policy is known for the site */
	CONSENT_REASON_UNDECLARED_COOKIE = 2, /* no: the policy does not name the cookie */
	CONSENT_REASON_EXEMPT_NECESSARY = 3,  /* yes: the service is necessary */
	CONSENT_REASON_STALE = 4,             /* no: the revision demanded is not applied yet */
	CONSENT_REASON_OBJECTION = 5,         /* no: the visitor objected to measurement */
	CONSENT_REASON_EXEMPT_AUDIENCE_MEASUREMENT = 6, /* yes: exempt measurement, no objection */
	CONSENT_REASON_CONSENT_REFUSED = 7,             /* no: refused or withdrawn */
	CONSENT_REASON_CONSENT_EXPIRED = 8,             /* no: given too long ago */
	CONSENT_REASON_CONSENT_GIVEN = 9,               /* yes */
	CONSENT_REASON_CONSENT_UNKNOWN = 10,            /* no: the visitor has not chosen */
	CONSENT_REASON_GPC_OPT_OUT = 11,                /* no: the browser sent Sec-GPC: 1 */
	CONSENT_REASON_OPT_OUT_DEFAULT = 12,            /* yes: nobody opted out */
	CONSENT_REASON_UNAVAILABLE = 13 /* no: the daemon could not be asked in time */
};

/* The reason's name on the wire, "consent_given"; "?" for a number that is none. Static. */
const char *consent_reason_name(enum consent_reason reason);

/* Whom a call is about. */
struct consent_visitor {
	size_t size;
	/* The site whose policy applies, "www.example.org". Required. */
	const char *site;
	/* The visitor's opaque id, 1 to 256 bytes; NULL: a visitor who has none yet (asking only).
	 */
	const char *subject;
	/* The value of the request's Sec-GPC header as it came, or NULL. Exactly "1" counts. */
	const char *sec_gpc;
	/* Answer `stale` unless at least this revision is applied, as consent_written.revision gave
	   it on another host; 0: none. */
	uint64_t revision;
};

#define CONSENT_VISITOR_INIT                                                                       \
	{                                                                                          \
		sizeof(struct consent_visitor), NULL, NULL, NULL, 0                                \
	}

/* A cookie as it is about to be set. */
struct consent_cookie {
	const char *name;
	const char *domain; /* the Domain attribute in any case; NULL: none, the site's own */
};

/* The answer, complete in itself. All zero bytes are a no. */
struct consent_decision {
	bool allowed;
	bool ask; /* some service needs a choice of this visitor: show the banner */
	enum consent_reason reason;
	enum consent_error
	        error;    /* why `unavailable`, or why a necessary cookie was decided alone */
	uint32_t max_age; /* the longest lifetime in s; 0: until the browser closes */
	uint32_t policy_revision; /* by which the daemon decided; 0: none */
	uint64_t revision;        /* the newest change that the answer knows of */
	char service[72];         /* the declaring service's id, or "" */
	uint64_t reserved[2];
};

/*
 * May the cookie be set? Returns decision.allowed, and the whole decision where `ret_decision` is
 * not NULL. `domain` is as in struct consent_cookie.
 */
bool consent_check(struct consent_client *client, const struct consent_visitor *visitor,
        const char *cookie, const char *domain, struct consent_decision *ret_decision);

/*
 * The same for many cookies in one round trip. `ret_decisions` holds as many elements, in the same
 * order, and is always written whole; the result says why some are `unavailable`.
 */
enum consent_error consent_check_many(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_cookie *cookies,
        size_t n_cookies, struct consent_decision *ret_decisions);

/*
 * Tells the daemon what this handle counted: how often it answered by itself, from the map, and why;
 * and the names that no policy declares, so that `consentctl stats` shows what the application tries
 * to set without a declaration. Of a name 32 bytes leave the process, with numbers replaced by `#`;
 * of names beyond the first 64 there is only the number.
 *
 * Counts leave by themselves with the next call that asks the daemon anyway, which a process whose
 * checks are all answered from the map seldom makes: call this every minute or so, and before
 * consent_client_close(). Makes a round trip a site of which there is something to tell, and none
 * otherwise; blocks for deadline_ms at the most. Needs the role `reader`.
 *
 * What the daemon took or may have taken is never told again. What certainly did not reach it, or
 * was refused, stays for the next time. Counts of a site that the daemon no longer knows, or that
 * made room in this handle for another, are dropped; after fork() they are the parent's.
 */
enum consent_error consent_flush(struct consent_client *client);

/* ---- keeping choices ------------------------------------------------------------------------- */

/* One choice: a service id, a category, or "*" for everything; a more specific name wins. */
struct consent_choice {
	const char *name;
	bool given; /* false: refused */
};

struct consent_attribute {
	const char *name;
	const char *value;
};

/* What a visitor chose, and how. */
struct consent_choices {
	size_t size;
	const struct consent_choice
	        *choices; /* 1 to 160; services that are not named keep theirs */
	size_t n_choices;
	/* The revision of the policy that the visitor was shown (consent_decision.policy_revision);
	   0: the one in force. */
	uint32_t policy_revision;
	const char *method;   /* "banner", "settings"; at most 32 bytes; or NULL */
	const char *surface;  /* the page or screen; at most 128 bytes; or NULL */
	const char *language; /* the language tag it was shown in; or NULL */
	/* An idempotency key of at most 64 bytes: the same call made again is recognised, and
	   returns the first revision. NULL: the library makes a random one, so that it can repeat
	   the call. */
	const char *event_id;
	const struct consent_attribute *attributes; /* at most 16; nothing that names the visitor */
	size_t n_attributes;
};

#define CONSENT_CHOICES_INIT                                                                       \
	{                                                                                          \
		sizeof(struct consent_choices), NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, 0        \
	}

/* What a change became in the ledger. The numbers are stable. */
enum consent_event {
	CONSENT_EVENT_NONE = 0,
	CONSENT_EVENT_GIVEN = 1,
	CONSENT_EVENT_RENEWED = 2,
	CONSENT_EVENT_REFUSED = 3,
	CONSENT_EVENT_WITHDRAWN = 4,
	CONSENT_EVENT_OBJECTED = 5,
	CONSENT_EVENT_BOUND = 6,
	CONSENT_EVENT_ERASED = 7,
	CONSENT_EVENT_IMPORTED = 8
};

/* The event's name on the wire, "withdrawn"; "?" for a number that is none. Static. */
const char *consent_event_name(enum consent_event event);

/* A change that is durable, and visible to every worker on this host. */
struct consent_written {
	uint64_t revision; /* of the ledger: carry it to other hosts in consent_visitor.revision */
	enum consent_event event;
	uint64_t n_events; /* consent_erase: events whose contents were dropped */
	uint64_t reserved[2];
};

/*
 * Records choices. The visitor's subject is required; sec_gpc and revision are not looked at, here
 * and in the calls below. `ret_written` may be NULL. Needs the role `recorder`.
 */
enum consent_error consent_record(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_choices *choices,
        struct consent_written *ret_written);

/*
 * Withdraws: records a refusal of the service or category `name`, NULL for everything. Say how it
 * came about with consent_record() instead.
 */
enum consent_error consent_withdraw(struct consent_client *client,
        const struct consent_visitor *visitor, const char *name,
        struct consent_written *ret_written);

/*
 * Binds a session to an account: from then on the session's choices are the account's. `account`
 * NULL unbinds. `event_id` is as in struct consent_choices.
 */
enum consent_error consent_bind(struct consent_client *client,
        const struct consent_visitor *session, const char *account, const char *event_id,
        struct consent_written *ret_written);

/* Erases the record and what is kept of its events. Not repeated. Needs the role `admin`. */
enum consent_error consent_erase(struct consent_client *client,
        const struct consent_visitor *visitor, struct consent_written *ret_written);

/* The current choices of a visitor. Times are seconds UTC. */
struct consent_record {
	const struct consent_choice *choices; /* by service; the handle's, until its next call */
	size_t n_choices;
	uint64_t given_until;   /* what was given holds before this time; 0: nothing was */
	uint64_t refused_until; /* likewise; objections and opt-outs hold for ever */
	uint64_t created_at;
	uint64_t updated_at;
	uint64_t revision;
	uint32_t policy_revision;
	bool bound; /* the subject is a session that is bound to an account, whose record this is */
	const char *method;   /* or NULL; the handle's, until its next call */
	const char *language; /* likewise */
	uint64_t reserved[2];
};

/* Shows the record; CONSENT_ERROR_NOT_FOUND where there is none. Needs the role `auditor`. */
enum consent_error consent_show(struct consent_client *client,
        const struct consent_visitor *visitor, struct consent_record *ret_record);

/* ---- whole headers --------------------------------------------------------------------------- */

/* Stands for a length: the text ends at its NUL. */
#define CONSENT_NUL_TERMINATED SIZE_MAX

/* One Set-Cookie header: you fill in `value`, the library the rest. */
struct consent_set_cookie {
	const char *value; /* without the header's name; need not end in NUL */
	size_t value_bytes;
	bool keep; /* may be sent, as `text` */
	enum consent_reason reason;
	/* `value` itself or a copy with a shorter lifetime (then the handle's, until its next call,
	   and ended by NUL); NULL where `keep` is false. */
	const char *text;
	size_t text_bytes;
};

/*
 * Says which Set-Cookie headers may leave. Values are read as by RFC 6265 §5.2.
 *
 *  - Deletions (Max-Age of 0 or less, Expires in the past) are always kept.
 *  - Max-Age and Expires are shortened to the decision's max_age, or taken out where the policy
 *    declares a session cookie; everything else stays as it is, byte for byte.
 *  - A value with CR, LF or NUL, or without a cookie's name, is dropped with
 *    CONSENT_REASON_NONE.
 *  - Where the site's policy, as last seen, is in mode `report`, all others are kept as they are;
 *    `reason` says what would have become of them.
 *
 * All elements are always written. The result says why some are `unavailable`.
 */
enum consent_error consent_filter_set_cookie(struct consent_client *client,
        const struct consent_visitor *visitor, struct consent_set_cookie *headers,
        size_t n_headers);

/* Texts that belong to the handle, until its next call. */
struct consent_headers {
	const char *const *values;
	size_t n_values;
};

/*
 * The Set-Cookie values that delete those cookies of a request which the visitor does not allow
 * (any more), each with the Domain and Path that the policy declares. `cookie` is the value of the
 * Cookie header (NULL: there was none). Cookies that no rule declares, and all cookies where the
 * answer is `stale` or `unavailable` or the policy's mode is `report`, are left alone.
 */
enum consent_error consent_sweep(struct consent_client *client,
        const struct consent_visitor *visitor, const char *cookie, size_t cookie_bytes,
        struct consent_headers *ret_headers);

/* ---- without waiting ------------------------------------------------------------------------- */

/*
 * The asynchronous halves of consent_check_many() and of the calls that change something, for
 * programs with an event loop. consent_send_*() begins, consent_receive() takes what has come of
 * it. Neither ever waits; there is no loop, no thread and no signal inside. Three rules:
 *
 *  - Watch consent_client_fd() for reading.
 *  - When it is readable, and after every send, call consent_receive() until it returns false. What
 *    the decision map can answer is ready at once, and nothing becomes readable for it.
 *  - Each send that returned OK gets exactly one answer, in no particular order; its `tag` says
 *    whose. A send that returned something else gets none.
 *
 * Deadlines are the handle's. A check that gets no answer in time is `unavailable`, and so is one
 * that is sent in the pause after it; necessary cookies stay allowed as they do in consent_check().
 * Where the connection is lost, what was under way is repeated once over a new one, and changes
 * only if the daemon can recognise them by their event_id (the library makes one). Both kinds
 * of calls can be mixed on a handle: the asynchronous ones have a connection of their own.
 *
 * A handle that is used in this way alone asks over the socket while the decision map or a site's
 * policy is missing or not the newest, and fetches those meanwhile.
 */

/* What an answer is to. The numbers are stable. */
enum consent_kind {
	CONSENT_KIND_NONE = 0,
	CONSENT_KIND_CHECK = 1,
	CONSENT_KIND_RECORD = 2,
	CONSENT_KIND_WITHDRAW = 3,
	CONSENT_KIND_BIND = 4
};

struct consent_answer {
	uint64_t tag; /* as it was sent */
	enum consent_kind kind;
	/* As the synchronous call would have returned it. While this is the newest answer that
	   was taken, and unless it is OK, consent_client_message() says more. */
	enum consent_error error;
	/* CHECK: always whole, in the order of the cookies; the handle's, until the next call of
	   consent_receive() or consent_send_*(). Otherwise NULL. */
	const struct consent_decision *decisions;
	size_t n_decisions;
	struct consent_written written; /* of the other kinds, where `error` is OK */
	uint64_t reserved[2];
};

/* Requests of a handle that are under way, or whose answers were not taken: one more is BUSY. */
#define CONSENT_REQUESTS_MOST 1024

/*
 * Asks about 1 to 256 cookies. All arguments are copied. Fails with INVALID_ARGUMENT, NO_MEMORY or
 * BUSY, and has then done nothing; every other failure is an answer.
 */
enum consent_error consent_send_check(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_cookie *cookies,
        size_t n_cookies, uint64_t tag);

/* The same for consent_record(), consent_withdraw() and consent_bind(). */
enum consent_error consent_send_record(struct consent_client *client,
        const struct consent_visitor *visitor, const struct consent_choices *choices, uint64_t tag);
enum consent_error consent_send_withdraw(struct consent_client *client,
        const struct consent_visitor *visitor, const char *name, uint64_t tag);
enum consent_error consent_send_bind(struct consent_client *client,
        const struct consent_visitor *session, const char *account, const char *event_id,
        uint64_t tag);

/* Takes the next answer that is ready. False: there is none now, and `ret_answer` is as it was. */
bool consent_receive(struct consent_client *client, struct consent_answer *ret_answer);

/*
 * The descriptor that is readable when consent_receive() has something to do: an epoll instance of the
 * handle's, to be polled and nothing else. The same for the handle's life, whatever becomes of
 * the daemon, until consent_client_close(); stop watching it before. −1: the process has no
 * descriptor left; the library uses up to four for this.
 *
 * In a child of fork() the parent's requests are forgotten, and the child must ask for a descriptor
 * of its own; so must a program that closed this one, as all that it did not know.
 */
int consent_client_fd(struct consent_client *client);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
