#include "input.h"

#include <string.h>

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool input_format_parse(const char *name, enum input_format *ret_format)
{
    static const char *const names[] = {
        [FORMAT_HEX] = "hex",
        [FORMAT_BASE64] = "base64",
        [FORMAT_BINARY] = "binary",
        [FORMAT_PCAP] = "pcap",
    };
    int format;

    for (format = FORMAT_HEX; format <= FORMAT_PCAP; format++) {
        if (strcmp(name, names[format]) != 0) continue;
        *ret_format = (enum input_format)format;
        return true;
    }
    return false;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* 0 to 15, or -1. */
static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* 0 to 63, or -1. */
static int base64_letter(uint8_t c)
{
    const char *found = c ? strchr(base64_letters, c) : NULL;

    return found ? (int)(found - base64_letters) : -1;
}

static bool is_hex_prefix(struct srflx_view text, size_t at)
{
    if (text.ptr[at] != '0' || at + 1 == text.len) return false;
    return text.ptr[at + 1] == 'x' || text.ptr[at + 1] == 'X';
}

bool input_is_hex(struct srflx_view text)
{
    size_t at;

    for (at = 0; at < text.len; at++) {
        uint8_t c = text.ptr[at];
        if (is_hex_prefix(text, at))
            at++;
        else if (!is_space(c) && c != ':' && hex_digit(c) < 0)
            return false;
    }
    return text.len > 0;
}

static bool is_base64(struct srflx_view text)
{
    size_t at;

    for (at = 0; at < text.len; at++) {
        uint8_t c = text.ptr[at];
        if (!is_space(c) && c != '=' && base64_letter(c) < 0) return false;
    }
    return text.len > 0;
}

/* What is written never overtakes what is read. */
static const char *decode_hex(uint8_t *bytes, size_t *len)
{
    const struct srflx_view text = {bytes, *len};
    size_t at, digits = 0;

    if (*len && !input_is_hex(text)) return "there is a character that is no hex digit";
    for (at = 0; at < text.len; at++) {
        int digit = hex_digit(bytes[at]);
        if (is_hex_prefix(text, at)) {
            at++;
            continue;
        }
        if (digit < 0) continue;
        bytes[digits / 2] = (uint8_t)(digits % 2 ? bytes[digits / 2] | digit : digit << 4);
        digits++;
    }
    if (digits % 2) return "the number of hex digits is odd";
    *len = digits / 2;
    return NULL;
}

/* RFC 4648 section 4; the '=' at the end may be missing. */
static const char *decode_base64(uint8_t *bytes, size_t *len)
{
    uint32_t bits = 0;
    size_t at, letters = 0, done = 0;
    bool ended = false;

    for (at = 0; at < *len; at++) {
        uint8_t c = bytes[at];
        int six = base64_letter(c);
        if (is_space(c)) continue;
        if (six < 0 && c != '=') return "there is a character that is no base64";
        if (six >= 0 && ended) return "there is something behind the '=' that ends base64";
        ended = six < 0;
        if (ended) continue;
        bits = bits << 6 | (uint32_t)six;
        if (letters++ % 4 > 0) bytes[done++] = (uint8_t)(bits >> (6 - 2 * ((letters - 1) % 4)));
    }
    if (letters % 4 == 1) return "a letter of base64 is missing";
    *len = done;
    return NULL;
}

const char *input_decode(enum input_format format, uint8_t *bytes, size_t *len)
{
    const struct srflx_view given = {bytes, *len};

    if (format == FORMAT_HEX || (format == FORMAT_AUTO && input_is_hex(given)))
        return decode_hex(bytes, len);
    if (format == FORMAT_BASE64 || (format == FORMAT_AUTO && is_base64(given)))
        return decode_base64(bytes, len);
    return NULL;
}
