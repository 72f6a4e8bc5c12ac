#include "text_lines.h"

#include <string.h>

static struct srflx_view take(struct srflx_view *rest, char end)
{
    const uint8_t *found = rest->len ? memchr(rest->ptr, end, rest->len) : NULL;
    struct srflx_view taken = {rest->ptr, found ? (size_t)(found - rest->ptr) : rest->len};
    size_t used = taken.len + (found ? 1 : 0);

    rest->ptr += used;
    rest->len -= used;
    return taken;
}

bool srflxi_text_lines_next(struct srflxi_text_lines *lines, struct srflx_view *ret_line)
{
    while (lines->rest.len) {
        struct srflx_view line = take(&lines->rest, '\n');
        lines->number++;
        if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
        if (!line.len || line.ptr[0] == '#') continue;
        *ret_line = line;
        return true;
    }
    return false;
}

bool srflxi_text_field_next(struct srflx_view *line, char separator, struct srflx_view *ret_field)
{
    if (!line->len) return false;
    *ret_field = take(line, separator);
    return true;
}

static int digit_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

bool srflxi_text_read_hex(struct srflx_view text, uint8_t *ret_bytes, size_t len)
{
    if (text.len != 2 * len) return false;
    for (size_t i = 0; i < len; i++) {
        int high = digit_value(text.ptr[2 * i]), low = digit_value(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void srflxi_text_write_hex(struct srflx_view bytes, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.len; i++) {
        *ret_text++ = digits[bytes.ptr[i] >> 4];
        *ret_text++ = digits[bytes.ptr[i] & 15];
    }
    *ret_text = '\0';
}

bool srflxi_text_read_number(struct srflx_view text, uint64_t most, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (!text.len) return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        if (number > (most - (uint64_t)(text.ptr[i] - '0')) / 10) return false;
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *ret_number = number;
    return true;
}

bool srflxi_text_equal(struct srflx_view text, const char *word)
{
    return text.len == strlen(word) && !memcmp(text.ptr, word, text.len);
}
