#include <srflxi/utf8.h>

/* Bytes of the character that starts at `p`, 0 if none well formed does (RFC 3629 section 4). */
static size_t character(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t first, last, low, high; /* of the first byte; of the second */
        uint8_t len;
    } forms[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    size_t form, i;

    for (form = 0; form < sizeof forms / sizeof forms[0]; form++)
        if (p[0] >= forms[form].first && p[0] <= forms[form].last) break;
    if (form == sizeof forms / sizeof forms[0] || forms[form].len > left) return 0;
    if (forms[form].len == 1) return 1;
    if (p[1] < forms[form].low || p[1] > forms[form].high) return 0;
    for (i = 2; i < forms[form].len; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return forms[form].len;
}

long srflxi_utf8_count(struct srflx_view text)
{
    long count = 0;
    size_t at = 0;

    while (at < text.len) {
        size_t len = character(text.ptr + at, text.len - at);
        if (!len) return -1;
        at += len;
        count++;
    }
    return count;
}
