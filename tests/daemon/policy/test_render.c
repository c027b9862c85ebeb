/*
 * The page: the user's own document out of its policy, sentence by sentence and cell by cell; the
 * outer form of each format; languages; and texts that try to be more than texts.
 */
#include "daemon/policy/render.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/daemon/policy/sample.h"

static struct buffer page;
static struct policy *policy;

static void stop(void)
{
	buffer_deinit(&page);
	policy = policy_free(policy);
}

TestSuite(policy_render, .fini = stop);

static void render(enum policy_format format, const char *language)
{
	buffer_deinit(&page);
	cr_assert_eq(policy_render(policy, format, span_of(language), &page), 0);
}

static void load(const char *path)
{
	struct buffer yaml = sample_file(path);
	policy = sample_policy(buffer_span(&yaml));
	buffer_deinit(&yaml);
}

static void has(const char *text)
{
	cr_expect(
	        sample_has(&page, text), "lacks: %s\nin: %.*s", text, SPAN_ARG(buffer_span(&page)));
}

static void lacks(const char *text)
{
	cr_expect_not(
	        sample_has(&page, text), "has: %s\nin: %.*s", text, SPAN_ARG(buffer_span(&page)));
}

/* -- the platform's own page ---------------------------------------------------------------- */

/* What the page of https://public.opendatasoft.com says, as published. */
static const char *const sentences[] = {
        "Cookies policy",
        "In order to provide you with the best service possible, we use cookies to ensure it "
        "functions properly, and to perform web analytics.",
        "What is a cookie?",
        "A cookie is a generally small piece of data identified by a name that may be sent to your "
        "browser by a website you are visiting.",
        "Your web browser will store it for a certain period of time, and will send it back to the "
        "web server each time you visit again.",
        "Cookies have many uses: they can be used to remember your customer log-in information for "
        "an online store, the current contents of your shopping cart, as an identifier for "
        "tracking your browsing for statistical or advertising purposes, etc.",
        "Several types of cookies exist:",
        "\"Necessary\" internal cookies allow information to be saved between two visits to the "
        "same website by the same device.",
        "They can save a shopping cart, log-in information, or interface preferences.",
        "They do not require the user's consent.",
        "\"Statistical\" cookies make it possible to track an Internet user's actions on a "
        "website.",
        "When statistics are anonymized (meaning they cannot be traced back to a person), user "
        "consent is not required.",
        "\"Internal\" or \"first-party\" cookies are stored by the website visited.",
        "They can be stored in addition to the necessary cookies, and can be used to collect "
        "personal data, track user behavior, and for advertising purposes.",
        "\"Third-party\" cookies are cookies stored by (or for) a Website B (often an advertising "
        "agency) on Website A.",
        "This allows Website B to see what pages the user visited on Website A, and collect "
        "information about the user.",
        "What cookies are used on the https://public.opendatasoft.com platform",
        "Cookies necessary for the platform to function properly/functionality cookies",
};

/* Its table: provider, function and location, cookie name, purpose. */
static const char *const rows[][POLICY_N_COLUMNS] = {
        {"Service provider's name", "Function and location", "Cookie name(s)", "Purposes"},
        {"Opendatasoft", "Authentication (front and back office)", "sessionid",
                "To remember the user from one page to another"},
        {"Opendatasoft", "Language selection (front and back office)", "django_language",
                "To remember the visitor's language"},
        {"Opendatasoft", "API (CSRF) (front et back office)", "csrftoken",
                "To retrieve data via API"},
        {"Opendatasoft", "Choices related to your cookie preferences", "cookies_preferences",
                "To remember the visitor's cookie preferences"},
};

enum {
	N_SENTENCES = sizeof(sentences) / sizeof(sentences[0]),
	N_ROWS = sizeof(rows) / sizeof(rows[0]),
};

static const char seed[] = POLICIES_DIR "/public.opendatasoft.com.yaml";

/* The text without its line breaks, and with single spaces. */
static void unwrap(void)
{
	size_t n = 0;
	for (size_t i = 0; i < page.n_bytes; i++) {
		uint8_t c = page.data[i] == '\n' ? ' ' : page.data[i];
		if (c != ' ' || n == 0 || page.data[n - 1] != ' ')
			page.data[n++] = c;
	}
	page.n_bytes = n;
}

/* Each table row of the text: its cells, put together again from the lines that they stand in. */
static size_t cells_of_text(char cells[][POLICY_N_COLUMNS][256], size_t n_most)
{
	size_t n = 0;
	bool inside = false;
	cr_assert_eq(buffer_append(&page, span_bytes("", 1)), 0);
	for (char *line = strtok((char *)page.data, "\n"); line; line = strtok(NULL, "\n")) {
		bool is_rule = strstr(line, "-+-") != NULL;
		char *cell = line;
		if (is_rule || strstr(line, " |") == NULL) {
			inside = false;
			continue;
		}
		n += !inside;
		inside = true;
		cr_assert_leq(n, n_most);
		for (int i = 0; i < POLICY_N_COLUMNS; i++) {
			char *end = strstr(cell, " |");
			size_t n_bytes = end ? (size_t)(end - cell) : strlen(cell);
			char *joined = cells[n - 1][i];
			while (n_bytes != 0 && cell[n_bytes - 1] == ' ')
				n_bytes--;
			snprintf(joined + strlen(joined), 256 - strlen(joined), "%s%.*s",
			        joined[0] && n_bytes ? " " : "", (int)n_bytes, cell);
			cell = end ? end + 2 : cell + strlen(cell);
			cell += cell[0] == ' ';
		}
	}
	return n;
}

Test(policy_render, the_seed_as_text_sentence_by_sentence)
{
	load(seed);
	render(POLICY_FORMAT_TEXT, NULL);
	unwrap();
	for (size_t i = 0; i < N_SENTENCES; i++)
		has(sentences[i]);
}

Test(policy_render, the_seed_as_text_cell_by_cell)
{
	char cells[16][POLICY_N_COLUMNS][256] = {0};
	load(seed);
	render(POLICY_FORMAT_TEXT, NULL);
	cr_assert_eq(cells_of_text(cells, 16), N_ROWS);
	for (size_t i = 0; i < N_ROWS; i++) {
		for (int j = 0; j < POLICY_N_COLUMNS; j++)
			cr_assert_str_eq(cells[i][j], rows[i][j]);
	}
}

/* The text as HTML writes it. */
static void html_of(const char *text, char *ret, size_t capacity)
{
	size_t n = 0;
	for (; *text != '\0'; text++) {
		const char *out = (char[]){*text, '\0'};
		if (*text == '"')
			out = "&quot;";
		else if (*text == '\'')
			out = "&#39;";
		n += (size_t)snprintf(ret + n, capacity - n, "%s", out);
	}
}

Test(policy_render, the_seed_as_html)
{
	char text[1024], expected[4 * 1024];
	char cells[POLICY_N_COLUMNS][256];
	load(seed);
	render(POLICY_FORMAT_HTML, NULL);
	for (size_t i = 0; i < N_SENTENCES; i++) {
		html_of(sentences[i], text, sizeof(text));
		has(text);
	}
	for (size_t i = 1; i < N_ROWS; i++) {
		for (int j = 0; j < POLICY_N_COLUMNS; j++)
			html_of(rows[i][j], cells[j], sizeof(cells[j]));
		snprintf(expected, sizeof(expected),
		        "<tr>\n<th scope=\"row\">%s</th>\n<td>%s</td>\n"
		        "<td translate=\"no\"><code>%s</code></td>\n<td>%s</td>\n</tr>\n",
		        cells[0], cells[1], cells[2], cells[3]);
		has(expected);
	}
	has("<h1>Cookies policy</h1>\n");
	has("<caption>Cookies necessary for the platform to function properly/functionality "
	    "cookies</caption>\n");
	has("<th scope=\"col\">Cookie name(s)</th>\n");
}

Test(policy_render, the_seed_as_markdown)
{
	load(seed);
	render(POLICY_FORMAT_MARKDOWN, NULL);
	has("# Cookies policy\n\nIn order to provide you");
	has("\n## Several types of cookies exist:\n");
	has("\n| Service provider's name | Function and location | Cookie name(s) | Purposes |\n"
	    "|---|---|---|---|\n");
	has("\n| Opendatasoft | Language selection (front and back office) | django\\_language | "
	    "To "
	    "remember the visitor's language |\n");
	has("\n| Opendatasoft | API (CSRF) (front et back office) | csrftoken | To retrieve data "
	    "via "
	    "API |\n");
}

/* -- form ----------------------------------------------------------------------------------- */

Test(policy_render, html_is_one_document_that_needs_nothing_else)
{
	load(POLICIES_DIR "/example.yaml");
	render(POLICY_FORMAT_HTML, NULL);
	cr_assert_eq(memcmp(page.data, "<!DOCTYPE html>\n<html lang=\"en\">\n", 33), 0);
	cr_assert_eq(memcmp(page.data + page.n_bytes - 8, "</html>\n", 8), 0);
	lacks("src=");
	lacks("href=");
	lacks("url(");
	lacks("<script");
}

Test(policy_render, languages)
{
	load(POLICIES_DIR "/example.yaml");
	render(POLICY_FORMAT_HTML, "fr-CA");
	has("<html lang=\"fr\">");
	has("<h1>Les cookies sur example.org</h1>");
	has("<th scope=\"row\" lang=\"en\">Example Shop</th>");
	lacks("<td lang=");
	render(POLICY_FORMAT_HTML, "de");
	has("<html lang=\"en\">");
	lacks("<th scope=\"row\" lang=");
	render(POLICY_FORMAT_TEXT, "FR");
	has("Les cookies sur example.org\n===========================\n");
	render(POLICY_FORMAT_TEXT, "\"><script>");
	has("Cookies on example.org\n======================\n");
}

Test(policy_render, cookies_of_one_purpose_share_a_row)
{
	policy = sample_policy(
	        span_of("site: a.example\nservices:\n"
	                "- {id: s, provider: P, function: F, category: third_party, cookies: [\n"
	                "   {name: a, domain: b.example, purpose: x}, {name: a, domain: c.example, "
	                "purpose: x},\n"
	                "   {name: b, domain: b.example, purpose: x}, {name: c, domain: b.example, "
	                "purpose: y},\n"
	                "   {name: d, domain: b.example, purpose: x}]}\n"
	                "- {id: t, provider: Q, function: G, category: third_party}\n"));
	render(POLICY_FORMAT_MARKDOWN, NULL);
	has("\n| P | F | a, b | x |\n| P | F | c | y |\n| P | F | d | x |\n| Q | G |  |  |\n");
}

Test(policy_render, kinds_are_the_shipped_four_and_what_is_used)
{
	struct faults faults = {0};
	struct span yaml = span_of("site: a.example\ncategories:\n"
	                           "  idle: {basis: consent, title: Idle}\n"
	                           "  busy: {basis: consent}\nservices:\n"
	                           "- {id: s, provider: P, function: F, category: busy}\n");
	cr_assert_eq(policy_parse(yaml, &faults, &policy), 0);
	faults_deinit(&faults);
	render(POLICY_FORMAT_MARKDOWN, NULL);
	has("### busy\n");
	has("### Necessary cookies\n");
	has("### Statistical cookies\n");
	has("### First-party cookies\n");
	has("### Third-party cookies\n");
	lacks("Idle");
}

Test(policy_render, an_empty_line_begins_a_paragraph)
{
	policy = sample_policy(span_of("site: a.example\nservices: []\n"
	                               "page:\n  introduction: |\n    one\n    two\n   \n    \n"
	                               "    three\n"));
	render(POLICY_FORMAT_HTML, NULL);
	has("<p>one two</p>\n<p>three</p>\n");
	render(POLICY_FORMAT_TEXT, NULL);
	has("\none two\n\nthree\n");
}

Test(policy_render, formats_have_names)
{
	enum policy_format format = POLICY_FORMAT_TEXT;
	cr_assert(policy_format_find(span_of("html"), &format) && format == POLICY_FORMAT_HTML);
	cr_assert(policy_format_find(span_of("markdown"), &format));
	cr_assert_eq(format, POLICY_FORMAT_MARKDOWN);
	cr_assert(policy_format_find(span_of("text"), &format) && format == POLICY_FORMAT_TEXT);
	cr_assert_not(policy_format_find(span_of("HTML"), &format));
	cr_assert_not(policy_format_find(span_of(""), &format));
}

Test(policy_render, long_words_and_wide_letters_keep_their_columns)
{
	policy = sample_policy(span_of(
	        "site: a.example\nservices:\n"
	        "- {id: s, provider: Société générale des cafés, function: F, category: "
	        "first_party,\n"
	        "   cookies: [{name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, purpose: é}]}\n"));
	render(POLICY_FORMAT_TEXT, NULL);
	has("Société générale des     | F                     | aaaaaaaaaaaaaaaaaaaaaaaa | é\n"
	    "cafés                    |                       | aaaaaaaaaaaaaaaa         |\n");
}

/* -- hostile texts -------------------------------------------------------------------------- */

static const char hostile[] =
        "site: a.example\n"
        "page:\n"
        "  title: '</title><script>alert(1)</script>'\n"
        "  introduction: \"# h\\n\\n- l\\n\\n1. n\\n\\n    code\\n\\n+ p\\n\\n=== s\"\n"
        "categories: {own: {basis: consent, title: '\" onload=\"x', description: '&lt;b&gt; "
        "<b>'}}\n"
        "services:\n"
        "- {id: s, provider: '| p | q |', function: '`f` [x](javascript:alert(1)) ![i](u)',\n"
        "   location: \"<img src=x onerror='a'>\", category: own, cookies: [\n"
        "   {name: '__*', purpose: \"a\\nb\\n\\n# c\"},\n"
        "   {name: '<c>', purpose: '*e* _f_ ~g~ $h$ &amp;'}]}\n";

Test(policy_render, html_out_of_texts_stays_text)
{
	policy = sample_policy(span_of(hostile));
	render(POLICY_FORMAT_HTML, NULL);
	lacks("<script");
	lacks("<b>");
	lacks("<img");
	lacks("<c>");
	lacks("\" onload=");
	has("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>");
	has("<h3>&quot; onload=&quot;x</h3>");
	has("<p>&amp;lt;b&amp;gt; &lt;b&gt;</p>");
	has("(&lt;img src=x onerror=&#39;a&#39;&gt;)");
	has("<code>&lt;c&gt;</code>");
	has("<td>a b # c</td>");
}

Test(policy_render, markdown_out_of_texts_stays_text)
{
	policy = sample_policy(span_of(hostile));
	render(POLICY_FORMAT_MARKDOWN, NULL);
	has("# \\</title\\>\\<script\\>alert(1)\\</script\\>\n");
	has("\n\n\\# h\n\n\\- l\n\n1\\. n\n\ncode\n\n\\+ p\n\n\\=== s\n");
	has("\n\\&lt;b\\&gt; \\<b\\>\n");
	has("| \\| p \\| q \\| | \\`f\\` \\[x\\](javascript:alert(1)) \\!\\[i\\](u) (\\<img src=x "
	    "onerror='a'\\>) | \\_\\_\\* | a b \\# c |\n");
	has(" | \\<c\\> | \\*e\\* \\_f\\_ \\~g\\~ \\$h\\$ \\&amp; |\n");
}

Test(policy_render, text_out_of_texts_stays_in_its_place)
{
	policy = sample_policy(span_of(hostile));
	render(POLICY_FORMAT_TEXT, NULL);
	has("</title><script>alert(1)</script>\n=================================\n");
	has("| a b # c\n");
}

/* The parser refuses control characters; a page relies on nobody having done so. */
Test(policy_render, control_characters_and_overrides_never_reach_a_page)
{
	const struct policy_translation title = {SPAN_NONE, span_of("a\x1b[2Jb\x01\x7f\xc2\x9b"
	                                                            "c\xe2\x80\xae"
	                                                            "d\r\ne")};
	policy = sample_policy(span_of("site: a.example\nservices: []\n"));
	policy->page.title = (struct policy_text){&title, 1};
	for (int format = POLICY_FORMAT_HTML; format <= POLICY_FORMAT_TEXT; format++) {
		render((enum policy_format)format, NULL);
		has(format == POLICY_FORMAT_MARKDOWN ? "a?\\[2Jb???c?d e" : "a?[2Jb???c?d e");
		for (size_t i = 0; i < page.n_bytes; i++)
			cr_assert(page.data[i] >= 0x20 || page.data[i] == '\n');
	}
}
