#include <srflxi/utf8.h>

/* The forms of RFC 3629 section 4. */
size_t srflxi_utf8_get(struct srflx_view text, uint32_t *ret_point)
{
    static const struct {
        uint8_t first, last, low, high; /* of the first byte; of the second */
        uint8_t len;
    } forms[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    const uint8_t *p = text.ptr;
    uint32_t point;
    size_t form, i;

    if (!text.len) return 0;
    for (form = 0; form < sizeof forms / sizeof forms[0]; form++)
        if (p[0] >= forms[form].first && p[0] <= forms[form].last) break;
    if (form == sizeof forms / sizeof forms[0] || forms[form].len > text.len) return 0;
    if (forms[form].len > 1 && (p[1] < forms[form].low || p[1] > forms[form].high)) return 0;
    /* What the first byte says about its own form goes out at the top. */
    point = p[0] & (0xFFu >> forms[form].len);
    for (i = 1; i < forms[form].len; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
        point = point << 6 | (p[i] & 0x3Fu);
    }
    *ret_point = point;
    return forms[form].len;
}

size_t srflxi_utf8_put(uint32_t point, uint8_t *ret_bytes)
{
    static const uint8_t first[] = {0, 0xC0, 0xE0, 0xF0};
    size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    size_t i;

    for (i = len - 1; i > 0; i--) {
        ret_bytes[i] = (uint8_t)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    ret_bytes[0] = (uint8_t)(first[len - 1] | point);
    return len;
}

long srflxi_utf8_count(struct srflx_view text)
{
    long count = 0;
    uint32_t point;

    while (text.len) {
        size_t len = srflxi_utf8_get(text, &point);
        if (!len) return -1;
        text.ptr += len;
        text.len -= len;
        count++;
    }
    return count;
}
