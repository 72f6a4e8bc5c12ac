#include "name.h"

#include <srflxi/bytes.h>

uint8_t srflxi_name_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

bool srflxi_name_is_letter(uint8_t byte)
{
    uint8_t lower = srflxi_name_lower(byte);

    return (lower >= 'a' && lower <= 'z') || is_digit(byte) || byte == '-' || byte == '_';
}

size_t srflxi_name_len(const char *name)
{
    size_t len = 0;

    while (len < NAME_LONGEST && name[len])
        len++;
    return len;
}

bool srflxi_name_equal(const char *a, const char *b)
{
    size_t len = srflxi_name_len(a);

    return len == srflxi_name_len(b) && !memcmp(a, b, len);
}

void srflxi_name_copy(char *ret_name, const char *name)
{
    char copy[SRFLX_NAME_TEXT] = {0};

    srflxi_copy((uint8_t *)copy, (const uint8_t *)name, srflxi_name_len(name));
    memcpy(ret_name, copy, sizeof copy);
}

static bool is_hex(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f');
}

/* 7, 0x7f: what some resolvers take for (a part of) an IPv4 address. */
static bool is_number(const char *label, size_t len)
{
    bool hex = len >= 2 && label[0] == '0' && label[1] == 'x';
    size_t i;

    for (i = hex ? 2 : 0; i < len; i++)
        if (hex ? !is_hex((uint8_t)label[i]) : !is_digit((uint8_t)label[i])) return false;
    return true;
}

enum srflx_uri_fault srflxi_name_check(const char *name, size_t len)
{
    size_t start = 0, end;

    for (end = 0; end <= len; end++) {
        size_t label = end - start;
        if (end < len && name[end] != '.') continue;
        if (!label || label > LABEL_LONGEST) return SRFLX_URI_BAD_LABEL;
        if (name[start] == '-' || name[end - 1] == '-') return SRFLX_URI_BAD_HYPHEN;
        if (end == len && is_number(name + start, label)) return SRFLX_URI_BAD_NUMBER;
        start = end + 1;
    }
    return SRFLX_URI_GOOD;
}
