/*
 * Set-Cookie as the user agent sees it, not as the grammar for servers (§4.1) would have it: what
 * counts is which cookie the browser is going to store, and for how long.
 *
 * Where browsers and the RFC differ, the reading is the one that asks: an attribute value of more
 * than 1,024 bytes, which newer browsers ignore, makes no deletion; and a value without a name,
 * which some store, is no cookie here and is not sent.
 */
#include "client/src/cookie.h"

#include "client/src/date.h"

enum { ATTRIBUTE_MOST = 1024 /* bytes of a value that all browsers look at */ };

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span text)
{
	while (text.n_bytes > 0 && is_space(text.data[0])) {
		text.data++;
		text.n_bytes--;
	}
	while (text.n_bytes > 0 && is_space(text.data[text.n_bytes - 1]))
		text.n_bytes--;
	return text;
}

/* Where the byte stands first; the length where it does not. */
static size_t index_of(struct span text, uint8_t c)
{
	const uint8_t *at = text.n_bytes ? memchr(text.data, c, text.n_bytes) : NULL;
	return at ? (size_t)(at - text.data) : text.n_bytes;
}

static struct span from(struct span text, size_t n_bytes)
{
	return (struct span){text.data + n_bytes, text.n_bytes - n_bytes};
}

static bool same_letters(struct span text, const char *lower)
{
	if (text.n_bytes != strlen(lower))
		return false;
	for (size_t i = 0; i < text.n_bytes; i++) {
		uint8_t c = text.data[i];
		if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower[i])
			return false;
	}
	return true;
}

static enum client_attribute_kind kind_of(struct span name)
{
	if (same_letters(name, "domain"))
		return CLIENT_ATTRIBUTE_DOMAIN;
	if (same_letters(name, "expires"))
		return CLIENT_ATTRIBUTE_EXPIRES;
	if (same_letters(name, "max-age"))
		return CLIENT_ATTRIBUTE_MAX_AGE;
	return CLIENT_ATTRIBUTE_OTHER;
}

bool client_attribute_next(struct span *rest, struct client_attribute *ret)
{
	if (rest->n_bytes == 0)
		return false;
	size_t n_bytes = 1 + index_of(from(*rest, 1), ';');
	struct span text = {rest->data + 1, n_bytes - 1};
	size_t equals = index_of(text, '=');
	ret->whole = (struct span){rest->data, n_bytes};
	ret->kind = kind_of(trim((struct span){text.data, equals}));
	ret->value = equals < text.n_bytes ? trim(from(text, equals + 1)) : from(text, equals);
	*rest = from(*rest, n_bytes);
	return true;
}

bool client_max_age_parse(struct span value, int64_t *ret)
{
	bool negative = value.n_bytes > 0 && value.data[0] == '-';
	struct span digits = from(value, negative ? 1 : 0);
	int64_t number = 0;
	if (digits.n_bytes == 0)
		return false;
	for (size_t i = 0; i < digits.n_bytes; i++) {
		uint8_t c = digits.data[i];
		if (c < '0' || c > '9')
			return false;
		number = number > INT64_MAX / 10 - 1 ? INT64_MAX / 10 : number * 10 + (c - '0');
	}
	*ret = negative ? -number : number;
	return true;
}

static void read_attribute(
        const struct client_attribute *attribute, struct client_set_cookie *cookie)
{
	struct span value = attribute->value;
	if (value.n_bytes > ATTRIBUTE_MOST)
		return;
	switch (attribute->kind) {
	case CLIENT_ATTRIBUTE_DOMAIN:
		if (value.n_bytes > 0 && value.data[0] == '.')
			value = from(value, 1);
		if (attribute->value.n_bytes > 0)
			cookie->domain = value.n_bytes > 0 ? value : SPAN_NONE;
		break;
	case CLIENT_ATTRIBUTE_EXPIRES:
		if (client_date_parse(value, &cookie->expires))
			cookie->has_expires = true;
		break;
	case CLIENT_ATTRIBUTE_MAX_AGE:
		if (client_max_age_parse(value, &cookie->max_age))
			cookie->has_max_age = true;
		break;
	case CLIENT_ATTRIBUTE_OTHER:
		break;
	}
}

/* A line's end in a value would begin another header. */
static bool may_be_sent(struct span header)
{
	return index_of(header, '\r') == header.n_bytes &&
	       index_of(header, '\n') == header.n_bytes && index_of(header, 0) == header.n_bytes;
}

bool client_set_cookie_parse(struct span header, struct client_set_cookie *ret)
{
	struct client_attribute attribute;
	*ret = (struct client_set_cookie){.has_max_age = false};
	if (header.n_bytes == 0)
		return false;
	size_t n_pair = index_of(header, ';');
	struct span pair = {header.data, n_pair};
	size_t equals = index_of(pair, '=');
	ret->attributes = from(header, n_pair);
	ret->name = trim((struct span){pair.data, equals});
	if (!may_be_sent(header) || equals == pair.n_bytes || ret->name.n_bytes == 0)
		return false;
	for (struct span rest = ret->attributes; client_attribute_next(&rest, &attribute);)
		read_attribute(&attribute, ret);
	return true;
}

bool client_set_cookie_deletes(const struct client_set_cookie *cookie, int64_t now)
{
	if (cookie->has_max_age)
		return cookie->max_age <= 0;
	return cookie->has_expires && cookie->expires <= now;
}

/* The attribute with another value; what stands around it stays. */
static void put_value(
        struct client_bytes *out, const struct client_attribute *attribute, struct span value)
{
	size_t n_before = (size_t)(attribute->value.data - attribute->whole.data);
	size_t n_until = n_before + attribute->value.n_bytes;
	client_bytes_put(out, attribute->whole.data, n_before);
	client_bytes_put(out, value.data, value.n_bytes);
	struct span behind = from(attribute->whole, n_until);
	client_bytes_put(out, behind.data, behind.n_bytes);
}

static size_t decimal(uint32_t number, char *ret_end)
{
	size_t n_digits = 0;
	do {
		*--ret_end = (char)('0' + number % 10);
		n_digits++;
		number /= 10;
	} while (number > 0);
	return n_digits;
}

static bool shorten_max_age(
        struct client_bytes *out, const struct client_attribute *attribute, uint32_t max_age)
{
	char digits[16];
	int64_t value;
	if (!client_max_age_parse(attribute->value, &value) || value <= (int64_t)max_age)
		return false;
	size_t n_digits = decimal(max_age, digits + sizeof(digits));
	put_value(out, attribute, span_bytes(digits + sizeof(digits) - n_digits, n_digits));
	return true;
}

static bool shorten_expires(
        struct client_bytes *out, const struct client_attribute *attribute, int64_t until)
{
	char date[CLIENT_DATE_BYTES];
	int64_t value;
	if (!client_date_parse(attribute->value, &value) || value <= until)
		return false;
	client_date_format(until, date);
	put_value(out, attribute, span_bytes(date, sizeof(date)));
	return true;
}

/* Appends what takes the attribute's place; false where the attribute may stay as it is. */
static bool shorten(struct client_bytes *out, const struct client_attribute *attribute,
        uint32_t max_age, int64_t now)
{
	bool lasts = attribute->kind == CLIENT_ATTRIBUTE_MAX_AGE ||
	             attribute->kind == CLIENT_ATTRIBUTE_EXPIRES;
	if (lasts && max_age == 0)
		return true;
	if (attribute->kind == CLIENT_ATTRIBUTE_MAX_AGE)
		return shorten_max_age(out, attribute, max_age);
	if (attribute->kind == CLIENT_ATTRIBUTE_EXPIRES)
		return shorten_expires(out, attribute, now + (int64_t)max_age);
	return false;
}

/* No replacement is longer than a date, and no attribute with one shorter than its own name. */
size_t client_set_cookie_room(struct span header)
{
	return 4 * header.n_bytes + CLIENT_DATE_BYTES;
}

bool client_set_cookie_shorten(
        struct span header, uint32_t max_age, int64_t now, struct client_bytes *out)
{
	struct client_attribute attribute;
	size_t n_pair = index_of(header, ';');
	bool changed = false;
	client_bytes_put(out, header.data, n_pair);
	for (struct span rest = from(header, n_pair); client_attribute_next(&rest, &attribute);) {
		if (shorten(out, &attribute, max_age, now))
			changed = true;
		else
			client_bytes_put(out, attribute.whole.data, attribute.whole.n_bytes);
	}
	return changed;
}

bool client_cookie_next(struct span *rest, struct span *ret_name)
{
	while (rest->n_bytes > 0) {
		size_t n_bytes = index_of(*rest, ';');
		struct span pair = {rest->data, n_bytes};
		*rest = from(*rest, n_bytes < rest->n_bytes ? n_bytes + 1 : n_bytes);
		size_t equals = index_of(pair, '=');
		*ret_name = trim((struct span){pair.data, equals});
		if (equals < pair.n_bytes && ret_name->n_bytes > 0)
			return true;
	}
	return false;
}
