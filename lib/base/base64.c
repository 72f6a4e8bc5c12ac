#include <srflx/error.h>

#include <srflx/base64.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* A letter's number plus one; 0: no letter of base64. */
static const uint8_t numbers[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* Up to three bytes as 24 bits, the first one highest, and back. */
static uint32_t gather_bytes(const uint8_t *bytes, size_t count)
{
    uint32_t bits = 0;
    size_t i;

    for (i = 0; i < count; i++)
        bits |= (uint32_t)bytes[i] << (16 - 8 * i);
    return bits;
}

static void scatter_bytes(uint32_t bits, size_t count, uint8_t *ret_bytes)
{
    size_t i;

    for (i = 0; i < count; i++)
        ret_bytes[i] = (uint8_t)(bits >> (16 - 8 * i));
}

/* Up to four letters, all of base64, likewise. */
static uint32_t gather_letters(const uint8_t *letters, size_t count)
{
    uint32_t bits = 0;
    size_t i;

    for (i = 0; i < count; i++)
        bits |= (numbers[letters[i]] - (uint32_t)1) << (18 - 6 * i);
    return bits;
}

static void scatter_letters(uint32_t bits, size_t count, uint8_t *ret_letters)
{
    size_t i;

    for (i = 0; i < count; i++)
        ret_letters[i] = (uint8_t)alphabet[bits >> (18 - 6 * i) & 63];
}

size_t srflx_base64_encode(enum srflx_base64 form, struct srflx_view bytes, uint8_t *ret_letters)
{
    const size_t rest = bytes.len % 3;
    size_t at, len = 0;

    for (at = 0; at + 3 <= bytes.len; at += 3, len += 4)
        scatter_letters(gather_bytes(bytes.ptr + at, 3), 4, ret_letters + len);
    if (!rest) return len;
    scatter_letters(gather_bytes(bytes.ptr + at, rest), rest + 1, ret_letters + len);
    for (len += rest + 1; form == SRFLX_BASE64_PADDED && len % 4; len++)
        ret_letters[len] = '=';
    return len;
}

/* The letters without their padding, of which there must be the right amount. */
static int strip_padding(struct srflx_view *letters)
{
    size_t padding = 0;

    if (letters->len % 4) return SRFLX_ERROR_VALUE;
    while (padding < 2 && padding < letters->len && letters->ptr[letters->len - 1 - padding] == '=')
        padding++;
    letters->len -= padding;
    return 0;
}

/* Are these letters all the alphabet's, and does nothing follow the last whole byte? */
static bool canonical(struct srflx_view letters)
{
    static const uint8_t behind[4] = {0, 63, 15, 3};
    const size_t rest = letters.len % 4;
    bool good = rest != 1;
    size_t i;

    for (i = 0; i < letters.len; i++)
        good &= numbers[letters.ptr[i]] != 0;
    return good && !(rest && (numbers[letters.ptr[letters.len - 1]] - 1) & behind[rest]);
}

int srflx_base64_decode(enum srflx_base64 form, struct srflx_view letters, uint8_t *ret_bytes,
                        size_t size, size_t *ret_len)
{
    size_t at, rest, len = 0;

    if (form == SRFLX_BASE64_PADDED && strip_padding(&letters)) return SRFLX_ERROR_VALUE;
    if (!canonical(letters)) return SRFLX_ERROR_VALUE;
    rest = letters.len % 4;
    if (letters.len / 4 * 3 + (rest ? rest - 1 : 0) > size) return SRFLX_ERROR_SPACE;
    for (at = 0; at + 4 <= letters.len; at += 4, len += 3)
        scatter_bytes(gather_letters(letters.ptr + at, 4), 3, ret_bytes + len);
    if (rest) scatter_bytes(gather_letters(letters.ptr + at, rest), rest - 1, ret_bytes + len);
    *ret_len = len + (rest ? rest - 1 : 0);
    return 0;
}
