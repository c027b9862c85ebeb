/*
 * What single texts of a policy may look like. Each check answers with what would be right, because
 * that is all the author of a policy needs to hear.
 */
#include "daemon/policy/declaration.h"

#include "daemon/base/language.h"

enum { LABEL_BYTES = 63 }; /* RFC 1035 §2.3.4 */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static bool label_valid(struct span label, bool any_case)
{
	if (label.n_bytes == 0 || label.n_bytes > LABEL_BYTES)
		return false;
	if (label.data[0] == '-' || label.data[label.n_bytes - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n_bytes; i++) {
		uint8_t c = label.data[i];
		if (!is_digit(c) && !is_lower(c) && c != '-' && !(any_case && is_upper(c)))
			return false;
	}
	return true;
}

static bool host_valid(struct span host, bool any_case)
{
	size_t start = 0;
	if (host.n_bytes == 0 || host.n_bytes > PROTO_LIMIT_SITE_BYTES)
		return false;
	for (size_t i = 0; i <= host.n_bytes; i++) {
		if (i < host.n_bytes && host.data[i] != '.')
			continue;
		if (!label_valid((struct span){host.data + start, i - start}, any_case))
			return false;
		start = i + 1;
	}
	return true;
}

const char *declaration_check_site(struct span text)
{
	return host_valid(text, false)
	               ? NULL
	               : "a host name in lower case such as www.example.org, without port or path";
}

const char *declaration_check_domain(struct span text)
{
	if (text.n_bytes > 1 && text.data[0] == '.')
		text = (struct span){text.data + 1, text.n_bytes - 1};
	return host_valid(text, true) ? NULL : "a host name such as example.org or .example.org";
}

const char *declaration_check_name(struct span text)
{
	static const char expected[] = "a name of 1 to 64 of the characters a-z, 0-9, _ and -";
	if (text.n_bytes == 0 || text.n_bytes > PROTO_LIMIT_NAME_BYTES)
		return expected;
	for (size_t i = 0; i < text.n_bytes; i++) {
		uint8_t c = text.data[i];
		if (!is_lower(c) && !is_digit(c) && c != '_' && c != '-')
			return expected;
	}
	return NULL;
}

/* Whatever a browser would store as a name; RFC 6265 §5.2 stops at `=` and `;`. */
const char *declaration_check_cookie(struct span text)
{
	size_t n_stars = 0;
	for (size_t i = 0; i < text.n_bytes; i++) {
		uint8_t c = text.data[i];
		if (c <= ' ' || c == 0x7f || c == ';' || c == '=' || c == ',')
			return "one cookie name, without spaces, commas, semicolons or equals "
			       "signs";
		n_stars += c == '*';
	}
	bool at_end = n_stars == 1 && (text.data[0] == '*' || text.data[text.n_bytes - 1] == '*');
	if (n_stars != 0 && (!at_end || text.n_bytes == 1))
		return "a name, or a pattern: one * at its beginning or its end and more beside it";
	return NULL;
}

const char *declaration_check_path(struct span text)
{
	static const char expected[] = "a path that begins with / and has no spaces or semicolons";
	if (text.n_bytes == 0 || text.data[0] != '/')
		return expected;
	for (size_t i = 0; i < text.n_bytes; i++) {
		if (text.data[i] <= ' ' || text.data[i] == 0x7f || text.data[i] == ';')
			return expected;
	}
	return NULL;
}

const char *declaration_check_language(struct span text)
{
	return language_valid(text) ? NULL : "a language tag such as en or pt-BR";
}
