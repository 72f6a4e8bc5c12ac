#include <srflx/uri.h>

#include <srflx/addr.h>
#include <srflxi/bytes.h>

#include "name.h"

/* How far the text has been read, and how it is to be read. */
struct reader {
    struct srflx_view text;
    size_t at;
    bool lenient;
};

static bool is_at_end(const struct reader *r)
{
    return r->at == r->text.len;
}

/* The byte `ahead` of the reader, or 0 behind the end. */
static uint8_t peek(const struct reader *r, size_t ahead)
{
    return ahead < r->text.len - r->at ? r->text.ptr[r->at + ahead] : 0;
}

/* True if the word, in lower case, is next; then it is passed. */
static bool pass(struct reader *r, const char *word)
{
    size_t len = 0;

    for (; word[len]; len++)
        if (srflxi_name_lower(peek(r, len)) != (uint8_t)word[len]) return false;
    r->at += len;
    return true;
}

/* `ret_uri->secure` stands for a missing scheme. spec: R7064-3.1-01 R7064-3.1-02 R8489-8-03 */
static enum srflx_uri_fault read_scheme(struct reader *r, struct srflx_uri *ret_uri)
{
    if (pass(r, "stun:"))
        ret_uri->secure = false;
    else if (pass(r, "stuns:"))
        ret_uri->secure = true;
    else
        return r->lenient ? SRFLX_URI_GOOD : SRFLX_URI_BAD_SCHEME;
    return peek(r, 0) == '/' && peek(r, 1) == '/' ? SRFLX_URI_BAD_SLASHES : SRFLX_URI_GOOD;
}

/* What to say of a byte that belongs to no host. */
static enum srflx_uri_fault foreign_byte(uint8_t byte)
{
    switch (byte) {
    case '/':
        return SRFLX_URI_BAD_PATH;
    case '?':
        return SRFLX_URI_BAD_QUERY;
    case '#':
        return SRFLX_URI_BAD_FRAGMENT;
    case '@':
        return SRFLX_URI_BAD_USERINFO;
    default:
        return byte >= 0x80 ? SRFLX_URI_BAD_NON_ASCII : SRFLX_URI_BAD_LETTER;
    }
}

static int hex_digit(uint8_t byte)
{
    byte = srflxi_name_lower(byte);
    if (byte >= '0' && byte <= '9') return byte - '0';
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* One letter or dot of a name, percent-encoded or not. */
static enum srflx_uri_fault read_letter(struct reader *r, char *ret_letter)
{
    uint8_t byte = peek(r, 0);
    size_t len = 1;

    if (byte == '%') {
        int high = hex_digit(peek(r, 1)), low = hex_digit(peek(r, 2));
        if (high < 0 || low < 0) return SRFLX_URI_BAD_PERCENT;
        byte = (uint8_t)(high << 4 | low);
        len = 3;
    }
    if (byte != '.' && !srflxi_name_is_letter(byte))
        return len == 1 || byte >= 0x80 ? foreign_byte(byte) : SRFLX_URI_BAD_LETTER;
    r->at += len;
    *ret_letter = (char)srflxi_name_lower(byte);
    return SRFLX_URI_GOOD;
}

/* Letters up to the port or the end. `ret_name` has one byte more than a name, for a trailing dot. */
static enum srflx_uri_fault read_letters(struct reader *r, char *ret_name, size_t *ret_len)
{
    size_t len = 0;

    while (!is_at_end(r) && peek(r, 0) != ':') {
        const size_t start = r->at;
        char letter;
        enum srflx_uri_fault fault = read_letter(r, &letter);
        if (fault) return fault;
        if (len > NAME_LONGEST || (len == NAME_LONGEST && letter != '.')) {
            r->at = start;
            return SRFLX_URI_BAD_LONG;
        }
        ret_name[len++] = letter;
    }
    *ret_len = len;
    return SRFLX_URI_GOOD;
}

/* An address out of `len` bytes of the text. */
static bool read_addr(const uint8_t *bytes, size_t len, struct srflx_addr *ret_addr)
{
    char text[SRFLX_ADDR_TEXT];

    if (len >= sizeof text) return false;
    srflxi_copy((uint8_t *)text, bytes, len);
    text[len] = '\0';
    return !srflx_addr_parse(text, ret_addr);
}

static void set_addr(struct srflx_uri *ret_uri, const struct srflx_addr *addr)
{
    ret_uri->addr = *addr;
    ret_uri->kind = addr->family;
    srflx_addr_write_ip(addr, ret_uri->host);
}

/* spec: R7064-3.1-01 */
static enum srflx_uri_fault read_name(struct reader *r, struct srflx_uri *ret_uri)
{
    const size_t start = r->at;
    char name[SRFLX_NAME_TEXT + 1];
    struct srflx_addr addr;
    size_t len;
    enum srflx_uri_fault fault = read_letters(r, name, &len);

    if (fault) return fault;
    if (!len) return SRFLX_URI_BAD_HOST;
    if (read_addr(r->text.ptr + start, r->at - start, &addr)) {
        set_addr(ret_uri, &addr);
        return SRFLX_URI_GOOD;
    }
    if (name[len - 1] == '.') len--;
    fault = srflxi_name_check(name, len);
    if (fault) {
        r->at = start;
        return fault;
    }
    memcpy(ret_uri->host, name, len);
    ret_uri->kind = SRFLX_URI_NAME;
    return SRFLX_URI_GOOD;
}

/* Of what an IPv6 address consists; a zone is for people alone. */
static bool is_ipv6_text(struct srflx_view text, bool zone)
{
    size_t i, colons = 0;

    for (i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        colons += byte == ':';
        if (hex_digit(byte) < 0 && byte != ':' && byte != '.' && !(zone && byte == '%'))
            return false;
    }
    return colons >= 2;
}

/* spec: R7064-3.1-01 */
static enum srflx_uri_fault read_ipv6(struct reader *r, size_t len, struct srflx_uri *ret_uri)
{
    struct srflx_view inside = {r->text.ptr + r->at, len};
    struct srflx_addr addr;

    if (srflxi_name_lower(peek(r, 0)) == 'v') return SRFLX_URI_BAD_FUTURE;
    if (!is_ipv6_text(inside, r->lenient)) return SRFLX_URI_BAD_IPV6;
    if (!read_addr(inside.ptr, len, &addr)) return SRFLX_URI_BAD_IPV6;
    set_addr(ret_uri, &addr);
    r->at += len;
    return SRFLX_URI_GOOD;
}

/* What stands between "[" and "]". */
static enum srflx_uri_fault read_bracketed(struct reader *r, struct srflx_uri *ret_uri)
{
    enum srflx_uri_fault fault;
    size_t len = 0;

    r->at++;
    while (len < r->text.len - r->at && peek(r, len) != ']')
        len++;
    if (len == r->text.len - r->at) return SRFLX_URI_BAD_BRACKET;
    fault = read_ipv6(r, len, ret_uri);
    if (!fault) r->at++;
    return fault;
}

static enum srflx_uri_fault read_host(struct reader *r, struct srflx_uri *ret_uri)
{
    struct srflx_view rest = {r->text.ptr + r->at, r->text.len - r->at};

    if (peek(r, 0) == '[') return read_bracketed(r, ret_uri);
    if (r->lenient && is_ipv6_text(rest, true)) return read_ipv6(r, rest.len, ret_uri);
    if (is_ipv6_text(rest, false)) return SRFLX_URI_BAD_BARE;
    return read_name(r, ret_uri);
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* What to say of a byte behind the digits. */
static enum srflx_uri_fault foreign_in_port(uint8_t byte)
{
    enum srflx_uri_fault fault = foreign_byte(byte);

    if (fault == SRFLX_URI_BAD_LETTER || fault == SRFLX_URI_BAD_NON_ASCII)
        return SRFLX_URI_BAD_PORT;
    return fault;
}

/* ":" and digits, or nothing. Superfluous zeros are allowed, and so are no digits at all (RFC 3986
 * section 3.2.3). */
static enum srflx_uri_fault read_port(struct reader *r, struct srflx_uri *ret_uri)
{
    uint32_t port = 0;
    size_t start;

    if (is_at_end(r)) return SRFLX_URI_GOOD;
    if (peek(r, 0) != ':') return SRFLX_URI_BAD_BRACKET;
    start = ++r->at;
    for (; is_digit(peek(r, 0)); r->at++)
        if (port <= 65535) port = 10 * port + (uint32_t)(peek(r, 0) - '0');
    if (!is_at_end(r)) return foreign_in_port(peek(r, 0));
    if (r->at > start && (port < 1 || port > 65535)) {
        r->at = start;
        return SRFLX_URI_BAD_PORT;
    }
    ret_uri->port = (uint16_t)port;
    if (ret_uri->addr.family) ret_uri->addr.port = ret_uri->port;
    return SRFLX_URI_GOOD;
}

/* `uri` is empty but for what stands for a missing scheme. */
static enum srflx_uri_fault read_all(struct reader *r, struct srflx_uri *uri)
{
    enum srflx_uri_fault fault = read_scheme(r, uri);

    if (!fault) fault = read_host(r, uri);
    if (!fault) fault = read_port(r, uri);
    return fault;
}

static int parse(struct srflx_view text, bool lenient, bool secure, struct srflx_uri *ret_uri)
{
    struct reader r = {text, 0, lenient};
    struct srflx_uri uri;

    memset(&uri, 0, sizeof uri);
    uri.secure = secure;
    if (read_all(&r, &uri)) return SRFLX_ERROR_URI;
    *ret_uri = uri;
    return 0;
}

int srflx_uri_parse(struct srflx_view text, struct srflx_uri *ret_uri)
{
    return parse(text, false, false, ret_uri);
}

int srflx_uri_parse_lenient(struct srflx_view text, bool secure, struct srflx_uri *ret_uri)
{
    return parse(text, true, secure, ret_uri);
}

enum srflx_uri_fault srflx_uri_explain(struct srflx_view text, bool lenient, size_t *ret_at)
{
    struct reader r = {text, 0, lenient};
    struct srflx_uri uri;
    enum srflx_uri_fault fault;

    memset(&uri, 0, sizeof uri);
    fault = read_all(&r, &uri);
    if (fault) *ret_at = r.at;
    return fault;
}

const char *srflx_uri_fault_text(enum srflx_uri_fault fault)
{
    switch (fault) {
#define FAULT_TEXT(name, text) \
    case SRFLX_URI_BAD_##name: \
        return text;
        SRFLX_URI_FAULT_MAP(FAULT_TEXT)
#undef FAULT_TEXT
    default:
        return "";
    }
}

static char *put_word(char *at, const char *word)
{
    while (*word)
        *at++ = *word++;
    return at;
}

static char *put_port(char *at, uint16_t port)
{
    char digits[5];
    size_t count = 0;

    *at++ = ':';
    for (; port; port = (uint16_t)(port / 10))
        digits[count++] = (char)('0' + port % 10);
    while (count)
        *at++ = digits[--count];
    return at;
}

char *srflx_uri_write(const struct srflx_uri *uri, char *ret_text)
{
    char *at = put_word(ret_text, uri->secure ? "stuns:" : "stun:");

    if (uri->kind == SRFLX_URI_IPV6) *at++ = '[';
    at = put_word(at, uri->host);
    if (uri->kind == SRFLX_URI_IPV6) *at++ = ']';
    if (uri->port) at = put_port(at, uri->port);
    *at = '\0';
    return ret_text;
}
