#include "barrage.h"

#include <string.h>

enum { HEADER = 20, ATTRIBUTES = 8, MANY_ATTRIBUTES = 480, VALUE = 64 };

/* Types of the RFCs, which a random one would seldom be; those first that no server refuses. */
enum { POLITE_TYPES = 10 };
static const uint16_t types[] = {0x0001, 0x0003, 0x0003, 0x0006, 0x0008, 0x0009, 0x000A, 0x0020,
                                 0x8022, 0x8028, 0x0002, 0x0004, 0x0005, 0x0007, 0x000B, 0x0014,
                                 0x0015, 0x001C, 0x001D, 0x001E, 0x0024, 0x0025, 0x0026, 0x0027,
                                 0x8002, 0x8003, 0x8023, 0x8029, 0x802A, 0x802B, 0x802C};

static uint16_t below(struct prng *prng, unsigned limit)
{
    return (uint16_t)prng_between(prng, 0, limit - 1);
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_cookie(uint8_t *message)
{
    static const uint8_t cookie[] = {0x21, 0x12, 0xA4, 0x42};

    memcpy(message + 4, cookie, sizeof cookie);
}

static void put_length(struct datagram *d)
{
    put16(d->bytes + 2, (unsigned)(d->len - HEADER));
}

static size_t some_length(struct prng *prng)
{
    switch (below(prng, 8)) {
    case 0:
        return prng_between(prng, 0, DATAGRAM_MAX);
    case 1:
        return prng_between(prng, 2040, 2056); /* about the most that a server takes */
    case 2:
        return prng_between(prng, 0, 200);
    default:
        return prng_between(prng, 0, 40);
    }
}

static void draw_noise(struct prng *prng, struct datagram *d)
{
    d->len = some_length(prng);
    prng_fill(prng, d->bytes, d->len);
}

/* Noise behind what looks like a header. */
static void draw_header(struct prng *prng, struct datagram *d)
{
    draw_noise(prng, d);
    if (d->len < HEADER) return;
    put16(d->bytes, prng_chance(prng, 70) ? 0x0001 : below(prng, 0x4000));
    if (prng_chance(prng, 70)) put_cookie(d->bytes);
    if (prng_chance(prng, 70)) d->len -= d->len % 4;
    if (prng_chance(prng, 90)) put_length(d);
}

/* What the attributes of a message are like. */
enum style {
    ANY,
    POLITE, /* no server need refuse it */
    STRANGE /* nearly all of them unknown and required */
};

static uint16_t draw_type(struct prng *prng, enum style style)
{
    const uint16_t type = below(prng, 0x10000);

    if (style == STRANGE) return type & 0x7FFF;
    if (prng_chance(prng, 40)) return style == POLITE ? type | 0x8000 : type;
    return types[type % (style == POLITE ? POLITE_TYPES : sizeof types / sizeof types[0])];
}

static void add_attribute(struct prng *prng, enum style style, size_t most, struct datagram *d)
{
    static const uint8_t families[] = {0, 1, 0, 2};
    uint8_t *at = d->bytes + d->len;
    const size_t value = prng_chance(prng, 30) ? most / 16 : prng_between(prng, 0, most);
    const size_t padded = (value + 3) / 4 * 4;

    if (d->len + 4 + padded > DATAGRAM_MAX) return;
    put16(at, draw_type(prng, style));
    put16(at + 2, (unsigned)value);
    prng_fill(prng, at + 4, padded);
    if (value >= 2 && prng_chance(prng, 50)) memcpy(at + 4, families + 2 * below(prng, 2), 2);
    d->len += 4 + padded;
}

/* CRC-32 by a table of 16 entries. */
static uint32_t crc32(const uint8_t *bytes, size_t len)
{
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                       0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    uint32_t crc = 0xFFFFFFFF;
    size_t i;

    for (i = 0; i < len; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static void add_fingerprint(struct datagram *d)
{
    static const uint8_t start[] = {0x80, 0x28, 0, 4};
    uint32_t crc;

    if (d->len + 8 > DATAGRAM_MAX) return;
    memcpy(d->bytes + d->len, start, sizeof start);
    d->len += 8;
    put_length(d);
    crc = crc32(d->bytes, d->len - 8) ^ 0x5354554E;
    put16(d->bytes + d->len - 4, crc >> 16);
    put16(d->bytes + d->len - 2, crc & 0xFFFF);
}

/* Grammatically right, whatever it says. */
static void draw_message(struct prng *prng, struct datagram *d)
{
    size_t count = below(prng, ATTRIBUTES), most = VALUE;
    enum style style = prng_chance(prng, 50) ? POLITE : ANY;

    if (prng_chance(prng, 3)) {
        count = below(prng, MANY_ATTRIBUTES);
        style = STRANGE;
        most = 0;
    }
    prng_fill(prng, d->bytes, HEADER);
    put16(d->bytes, prng_chance(prng, 90) ? 0x0001 : below(prng, 0x4000));
    if (prng_chance(prng, 70)) put_cookie(d->bytes);
    d->len = HEADER;
    while (count--)
        add_attribute(prng, style, most, d);
    put_length(d);
    if (prng_chance(prng, 25)) add_fingerprint(d);
}

static void mutate(struct prng *prng, struct datagram *d)
{
    const size_t at = below(prng, (unsigned)d->len);

    switch (below(prng, 5)) {
    case 0:
        d->bytes[at] ^= (uint8_t)(1U << below(prng, 8));
        break;
    case 1:
        d->bytes[at] = (uint8_t)prng_next(prng);
        break;
    case 2:
        d->len = at + 1;
        break;
    case 3:
        if (d->len < DATAGRAM_MAX) d->bytes[d->len++] = (uint8_t)prng_next(prng);
        break;
    default: /* a length among the attributes, or what stands there */
        if (d->len >= 4) put16(d->bytes + at / 4 * 4 % (d->len - 3) + 2, below(prng, 80));
    }
}

static void draw_mutant(struct prng *prng, struct datagram *d)
{
    unsigned count = 1 + below(prng, 4);

    draw_message(prng, d);
    while (count--)
        mutate(prng, d);
}

void draw_bytes(struct prng *prng, bool plain, struct datagram *datagram)
{
    const unsigned kind = below(prng, 100);

    if (plain) {
        datagram->len = HEADER;
        prng_fill(prng, datagram->bytes, HEADER);
        put16(datagram->bytes, 0x0001);
        put_cookie(datagram->bytes);
        put_length(datagram);
    } else if (kind < 20) {
        draw_noise(prng, datagram);
    } else if (kind < 35) {
        draw_header(prng, datagram);
    } else if (kind < 65) {
        draw_mutant(prng, datagram);
    } else {
        draw_message(prng, datagram);
    }
}
