#include "proxy.h"

#include <string.h>

#include <srflx/addr.h>

#include "prefixes.h"

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* Version 1: one line of text. */

enum { FIELDS = 4 };

struct line_kind {
    const char *start;
    size_t longest; /* with CRLF */
    uint8_t family; /* SRFLX_NO_FAMILY: what follows is ignored */
};

static const struct line_kind line_kinds[] = {
    {"PROXY TCP4 ", 56, SRFLX_IPV4},
    {"PROXY TCP6 ", 104, SRFLX_IPV6},
    {"PROXY UNKNOWN", 107, SRFLX_NO_FAMILY},
};
enum { LINE_KINDS = sizeof line_kinds / sizeof *line_kinds, LINE_LONGEST = 107 };

static bool starts_alike(struct srflx_view bytes, const char *text, size_t len)
{
    return !memcmp(bytes.ptr, text, len < bytes.len ? len : bytes.len);
}

/* The kind of the line, or NULL with the reason in `ret_refusal`: 0 if it cannot be told yet. */
static const struct line_kind *kind_of_line(struct srflx_view bytes, int *ret_refusal)
{
    for (size_t i = 0; i < LINE_KINDS; i++) {
        const size_t len = strlen(line_kinds[i].start);
        if (!starts_alike(bytes, line_kinds[i].start, len)) continue;
        if (bytes.len >= len) return &line_kinds[i];
        *ret_refusal = 0;
        return NULL;
    }
    *ret_refusal = starts_alike(bytes, "PROXY ", 6) ? SRFLX_PROXY_BROKEN : SRFLX_PROXY_ABSENT;
    return NULL;
}

static bool is_of_addresses(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' ||
           c == ':' || c == ' ';
}

/* May `c` follow `before` within the line? Refused at once, a mistake closes the connection while
 * the proxy can still tell why. */
static bool may_follow(const struct line_kind *kind, uint8_t before, uint8_t c)
{
    if (kind->family) return before != '\r' && (c == '\r' || is_of_addresses(c));
    return before != 'N' || c == ' ' || c == '\r';
}

/* The length of the line with its CRLF; 0 if it has not ended yet; or a refusal. */
static int line_length(const struct line_kind *kind, struct srflx_view bytes)
{
    const size_t start = strlen(kind->start);

    for (size_t i = start; i < bytes.len && i < kind->longest; i++) {
        const uint8_t before = bytes.ptr[i - 1], c = bytes.ptr[i];
        if (before == '\r' && c == '\n') return (int)i + 1;
        /* Behind UNKNOWN only the first byte matters. */
        if ((kind->family || i == start) && !may_follow(kind, before, c)) return SRFLX_PROXY_BROKEN;
    }
    return bytes.len < kind->longest ? 0 : SRFLX_PROXY_BROKEN;
}

/* Cuts at single spaces; the last field is the rest. */
static bool cut(char *text, const char *ret_fields[FIELDS])
{
    for (unsigned i = 0; i < FIELDS - 1; i++) {
        ret_fields[i] = text;
        text = strchr(text, ' ');
        if (!text) return false;
        *text++ = '\0';
    }
    ret_fields[FIELDS - 1] = text;
    return true;
}

/* Neither leading zeros nor anything but digits. */
static bool read_port(const char *text, uint16_t *ret_port)
{
    unsigned port = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9' && port <= 65535; at++)
        port = 10 * port + (unsigned)(*at - '0');
    if (at == text || *at || port > 65535 || (*text == '0' && text[1])) return false;
    *ret_port = (uint16_t)port;
    return true;
}

static bool read_address(const char *ip, const char *port, uint8_t family,
                         struct srflx_addr *ret_addr)
{
    /* srflx_addr_parse() would take a port behind it. */
    if (family == SRFLX_IPV4 && strchr(ip, ':')) return false;
    if (srflx_addr_parse(ip, ret_addr) || ret_addr->family != family) return false;
    *ret_addr = srflx_prefix_unmapped(ret_addr);
    return read_port(port, &ret_addr->port);
}

static int parse_line(struct srflx_view bytes, struct srflx_proxy_header *ret_header)
{
    struct srflx_proxy_header header = {.local = true};
    char text[LINE_LONGEST];
    const char *fields[FIELDS];
    int refusal, len;
    const struct line_kind *kind = kind_of_line(bytes, &refusal);

    if (!kind) return refusal;
    len = line_length(kind, bytes);
    if (len <= 0) return len;
    if (kind->family) {
        const size_t start = strlen(kind->start), text_len = (size_t)len - start - 2;
        memcpy(text, bytes.ptr + start, text_len);
        text[text_len] = '\0';
        header.local = false;
        if (!cut(text, fields) || !read_address(fields[0], fields[2], kind->family, &header.from) ||
            !read_address(fields[1], fields[3], kind->family, &header.to))
            return SRFLX_PROXY_BROKEN;
    }
    *ret_header = header;
    return len;
}

/* Version 2: binary. */

enum { SIGNATURE = 12, VERSION_COMMAND = 12, FAMILY_TRANSPORT = 13, LENGTH = 14, FIXED = 16 };
enum { VERSION = 0x20, COMMAND_LOCAL = 0, COMMAND_PROXY = 1 };
enum { AF_OF_NOTHING = 0, AF_OF_IPV4 = 1, AF_OF_IPV6 = 2, STREAM = 1, DATAGRAM = 2 };
enum { TLV_HEAD = 3, TLV_CRC32C = 3, CRC_SIZE = 4 };

static bool is_local(const uint8_t *header)
{
    return header[VERSION_COMMAND] == (VERSION | COMMAND_LOCAL) ||
           header[FAMILY_TRANSPORT] >> 4 == AF_OF_NOTHING || !(header[FAMILY_TRANSPORT] & 0xF);
}

static bool command_is_known(uint8_t version_command)
{
    return version_command == (VERSION | COMMAND_LOCAL) ||
           version_command == (VERSION | COMMAND_PROXY);
}

/* AF_UNIX is known, but there is no address in it to answer with: the choice is ours. */
static bool family_is_known(uint8_t family_transport)
{
    return family_transport >> 4 <= AF_OF_IPV6 && (family_transport & 0xF) <= DATAGRAM;
}

/* The bytes of both addresses and both ports. */
static size_t addresses_length(const uint8_t *header)
{
    if (is_local(header)) return 0;
    return header[FAMILY_TRANSPORT] >> 4 == AF_OF_IPV4 ? 12 : 36;
}

/* 0 if the fixed part may become or is a good one, as far as it is here; or a refusal. */
static int check_fixed(struct srflx_view bytes)
{
    const uint8_t *header = bytes.ptr;

    if (!starts_alike(bytes, "\r\n\r\n\0\r\nQUIT\n", SIGNATURE)) return SRFLX_PROXY_ABSENT;
    if (bytes.len > VERSION_COMMAND && !command_is_known(header[VERSION_COMMAND]))
        return SRFLX_PROXY_BROKEN;
    if (bytes.len <= FAMILY_TRANSPORT) return 0;
    if (header[VERSION_COMMAND] == (VERSION | COMMAND_PROXY) &&
        !family_is_known(header[FAMILY_TRANSPORT]))
        return SRFLX_PROXY_BROKEN;
    if (bytes.len < FIXED) return 0;
    if (get16(header + LENGTH) > SRFLX_PROXY_LONGEST - FIXED ||
        get16(header + LENGTH) < addresses_length(header))
        return SRFLX_PROXY_BROKEN;
    return 0;
}

/* CRC32c (Castagnoli) over more bytes; half a byte a step. */
static uint32_t crc32c_more(uint32_t crc, const uint8_t *bytes, size_t len)
{
    static const uint32_t steps[16] = {
        0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
        0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
        0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
    };

    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ steps[crc & 0xF];
        crc = crc >> 4 ^ steps[crc & 0xF];
    }
    return crc;
}

/* The checksum at `at` is over the whole header with zeroes in its own place. */
static bool checksum_is_right(struct srflx_view header, size_t at)
{
    static const uint8_t zeroes[CRC_SIZE];
    const uint8_t *said = header.ptr + at;
    uint32_t crc = crc32c_more(UINT32_MAX, header.ptr, at);

    crc = crc32c_more(crc, zeroes, CRC_SIZE);
    crc = ~crc32c_more(crc, said + CRC_SIZE, header.len - at - CRC_SIZE);
    return crc == ((uint32_t)get16(said) << 16 | get16(said + 2));
}

/* Whole values up to the end, at most one of them a checksum, which is right. */
static bool values_are_good(struct srflx_view header, size_t at)
{
    size_t checksum = 0;

    while (at < header.len) {
        const size_t value = at + TLV_HEAD;
        if (value > header.len || get16(header.ptr + at + 1) > header.len - value) return false;
        if (header.ptr[at] == TLV_CRC32C) {
            if (checksum || get16(header.ptr + at + 1) != CRC_SIZE) return false;
            checksum = value;
        }
        at = value + get16(header.ptr + at + 1);
    }
    return !checksum || checksum_is_right(header, checksum);
}

static struct srflx_addr take_address(const uint8_t *ip, size_t ip_len, const uint8_t *port)
{
    struct srflx_addr addr = {.family = ip_len == 4 ? SRFLX_IPV4 : SRFLX_IPV6};

    memcpy(addr.ip, ip, ip_len);
    addr.port = (uint16_t)get16(port);
    return srflx_prefix_unmapped(&addr);
}

static int parse_binary(struct srflx_view bytes, struct srflx_proxy_header *ret_header)
{
    const int refusal = check_fixed(bytes);
    struct srflx_proxy_header header = {.local = true};
    size_t addresses;

    if (refusal || bytes.len < FIXED) return refusal;
    if (bytes.len < FIXED + get16(bytes.ptr + LENGTH)) return 0;
    bytes.len = FIXED + get16(bytes.ptr + LENGTH);
    addresses = addresses_length(bytes.ptr);
    if (addresses) {
        const size_t ip_len = addresses / 2 - 2;
        const uint8_t *ip = bytes.ptr + FIXED, *ports = ip + 2 * ip_len;
        if (!values_are_good(bytes, FIXED + addresses)) return SRFLX_PROXY_BROKEN;
        header.local = false;
        header.datagram = (bytes.ptr[FAMILY_TRANSPORT] & 0xF) == DATAGRAM;
        header.from = take_address(ip, ip_len, ports);
        header.to = take_address(ip + ip_len, ip_len, ports + 2);
    }
    *ret_header = header;
    return (int)bytes.len;
}

int srflx_proxy_parse(struct srflx_view bytes, struct srflx_proxy_header *ret_header)
{
    if (!bytes.len) return 0;
    if (bytes.ptr[0] == '\r') return parse_binary(bytes, ret_header);
    return parse_line(bytes, ret_header);
}

int srflx_proxy_parse_datagram(struct srflx_view bytes, struct srflx_proxy_header *ret_header)
{
    struct srflx_proxy_header header;
    int len;

    if (!bytes.len || bytes.ptr[0] != '\r') return SRFLX_PROXY_ABSENT;
    len = parse_binary(bytes, &header);
    if (len < 0) return len;
    if (!len || (!header.local && !header.datagram)) return SRFLX_PROXY_BROKEN;
    *ret_header = header;
    return len;
}
