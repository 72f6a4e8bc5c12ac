#include <srflx/addr.h>

#include <srflx/error.h>
#include <srflxi/bytes.h>

enum { GROUPS = 8 };

static char *write_decimal(char *at, uint32_t value)
{
    char digits[10];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count)
        *at++ = digits[--count];
    return at;
}

static char *write_hex(char *at, uint16_t value)
{
    int shift = 12;

    while (shift > 0 && !(value >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[value >> shift & 0xF];
    return at;
}

static char *write_ipv4(char *at, const uint8_t *ip)
{
    size_t i;

    for (i = 0; i < 4; i++) {
        if (i) *at++ = '.';
        at = write_decimal(at, ip[i]);
    }
    return at;
}

/* The first longest run of at least two zero groups (RFC 5952 section 4.2). */
static size_t longest_zero_run(const uint8_t *ip, size_t *ret_len)
{
    size_t start, best = GROUPS, best_len = 1;

    for (start = 0; start < GROUPS; start++) {
        size_t end = start;
        while (end < GROUPS && !srflxi_get16(ip + 2 * end))
            end++;
        if (end - start > best_len) {
            best = start;
            best_len = end - start;
        }
    }
    *ret_len = best_len;
    return best;
}

static char *write_ipv6(char *at, const uint8_t *ip)
{
    size_t run_len, group = 0;
    size_t run = longest_zero_run(ip, &run_len);

    while (group < GROUPS) {
        if (group == run) {
            *at++ = ':';
            *at++ = ':';
            group += run_len;
            continue;
        }
        if (group && group != run + run_len) *at++ = ':';
        at = write_hex(at, srflxi_get16(ip + 2 * group));
        group++;
    }
    return at;
}

static char *write_ip(char *at, const struct srflx_addr *addr)
{
    if (addr->family == SRFLX_IPV4) return write_ipv4(at, addr->ip);
    at = write_ipv6(at, addr->ip);
    if (addr->scope) {
        *at++ = '%';
        at = write_decimal(at, addr->scope);
    }
    return at;
}

static char *write_unknown(char *ret_text)
{
    memcpy(ret_text, "unknown", sizeof "unknown");
    return ret_text;
}

char *srflx_addr_write_ip(const struct srflx_addr *addr, char *ret_text)
{
    if (!addr->family) return write_unknown(ret_text);
    *write_ip(ret_text, addr) = '\0';
    return ret_text;
}

char *srflx_addr_write(const struct srflx_addr *addr, char *ret_text)
{
    char *at = ret_text;

    if (!addr->family) return write_unknown(ret_text);
    if (addr->family == SRFLX_IPV6) *at++ = '[';
    at = write_ip(at, addr);
    if (addr->family == SRFLX_IPV6) *at++ = ']';
    *at++ = ':';
    at = write_decimal(at, addr->port);
    *at = '\0';
    return ret_text;
}

/* Reads a decimal number of at most `max`, without superfluous zeros; NULL if there is none. */
static const char *read_decimal(const char *at, uint32_t max, uint32_t *ret_value)
{
    uint64_t value = 0;
    const char *start = at;

    while (*at >= '0' && *at <= '9' && value <= max)
        value = 10 * value + (uint64_t)(*at++ - '0');
    if (at == start || value > max || (*start == '0' && at != start + 1)) return NULL;
    *ret_value = (uint32_t)value;
    return at;
}

static const char *read_ipv4(const char *at, uint8_t *ret_ip)
{
    uint32_t byte;
    size_t i;

    for (i = 0; i < 4; i++) {
        if (i && *at++ != '.') return NULL;
        at = read_decimal(at, 255, &byte);
        if (!at) return NULL;
        ret_ip[i] = (uint8_t)byte;
    }
    return at;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static const char *read_hex(const char *at, uint16_t *ret_group)
{
    uint32_t value = 0;
    size_t count;

    for (count = 0; count < 4 && hex_digit(*at) >= 0; count++)
        value = value << 4 | (uint32_t)hex_digit(*at++);
    if (!count || hex_digit(*at) >= 0) return NULL;
    *ret_group = (uint16_t)value;
    return at;
}

/* What has been read of an IPv6 address: groups, and where "::" stood. */
struct groups {
    uint8_t ip[16];
    size_t count;
    size_t gap; /* GROUPS + 1: none yet */
};

/* One group, or a dotted IPv4 address in the place of the last two, behind which none may follow. */
static const char *read_group(const char *at, struct groups *g)
{
    uint16_t value;
    const char *end = at;

    while (hex_digit(*end) >= 0)
        end++;
    if (*end == '.') {
        if (g->count > GROUPS - 2) return NULL;
        at = read_ipv4(at, g->ip + 2 * g->count);
        g->count += 2;
        return at && *at == ':' ? NULL : at;
    }
    if (g->count == GROUPS) return NULL;
    at = read_hex(at, &value);
    if (at) srflxi_put16(g->ip + 2 * g->count++, value);
    return at;
}

static void close_gap(const struct groups *g, uint8_t *ret_ip)
{
    size_t head = g->gap > GROUPS ? g->count : g->gap;
    size_t tail = g->count - head;

    memset(ret_ip, 0, 16);
    srflxi_copy(ret_ip, g->ip, 2 * head);
    srflxi_copy(ret_ip + 16 - 2 * tail, g->ip + 2 * head, 2 * tail);
}

static bool is_gap(const char *at)
{
    return at[0] == ':' && at[1] == ':';
}

/* "::", which may stand once; then a group may follow or not. */
static const char *read_gap(const char *at, struct groups *g)
{
    if (g->gap <= GROUPS) return NULL;
    g->gap = g->count;
    return at + 2;
}

/* Groups as long as there are any; each but the first behind ":" or "::". */
static const char *read_groups(const char *at, struct groups *g)
{
    bool more = true;

    if (*at == ':' && !is_gap(at)) return NULL;
    while (at && more) {
        bool gap = is_gap(at);
        if (gap) at = read_gap(at, g);
        if (!at || (gap && hex_digit(*at) < 0)) return at;
        at = read_group(at, g);
        more = at && *at == ':';
        if (more && !is_gap(at)) at++;
    }
    return at;
}

static const char *read_ipv6(const char *at, uint8_t *ret_ip)
{
    struct groups g = {{0}, 0, GROUPS + 1};

    at = read_groups(at, &g);
    if (!at || (g.gap > GROUPS ? g.count != GROUPS : g.count == GROUPS)) return NULL;
    close_gap(&g, ret_ip);
    return at;
}

static const char *read_zone(const char *at, uint32_t *ret_scope)
{
    if (*at != '%') return at;
    return read_decimal(at + 1, UINT32_MAX, ret_scope);
}

static const char *read_port(const char *at, uint16_t *ret_port)
{
    uint32_t port;

    if (*at != ':') return at;
    at = read_decimal(at + 1, 65535, &port);
    if (at) *ret_port = (uint16_t)port;
    return at;
}

static bool looks_like_ipv4(const char *text)
{
    while (*text >= '0' && *text <= '9')
        text++;
    return *text == '.';
}

int srflx_addr_parse(const char *text, struct srflx_addr *ret_addr)
{
    struct srflx_addr addr = {{0}, 0, 0, SRFLX_IPV6};
    bool bracket = *text == '[';

    if (looks_like_ipv4(text)) {
        addr.family = SRFLX_IPV4;
        text = read_ipv4(text, addr.ip);
        if (text) text = read_port(text, &addr.port);
    } else {
        text = read_ipv6(text + bracket, addr.ip);
        if (text) text = read_zone(text, &addr.scope);
        if (text && bracket) text = *text == ']' ? read_port(text + 1, &addr.port) : NULL;
    }
    if (!text || *text) return SRFLX_ERROR_TEXT;
    *ret_addr = addr;
    return 0;
}

bool srflx_addr_same_ip(const struct srflx_addr *a, const struct srflx_addr *b)
{
    if (a->family != b->family || !a->family) return false;
    return !memcmp(a->ip, b->ip, sizeof a->ip) && a->scope == b->scope;
}

bool srflx_addr_equal(const struct srflx_addr *a, const struct srflx_addr *b)
{
    return a->port == b->port && srflx_addr_same_ip(a, b);
}

bool srflx_addr_is_multicast(const struct srflx_addr *addr)
{
    if (addr->family == SRFLX_IPV6) return addr->ip[0] == 0xFF;
    if (addr->family != SRFLX_IPV4) return false;
    return addr->ip[0] >> 4 == 0xE || srflxi_get32(addr->ip) == 0xFFFFFFFFu;
}

bool srflx_addr_is_unspecified(const struct srflx_addr *addr)
{
    static const uint8_t zero[16];

    return !addr->family || !memcmp(addr->ip, zero, sizeof zero);
}
