/* After "SipHash: a fast short-input PRF" (Aumasson, Bernstein 2012), sections 2.1 to 2.4. */
#include <srflxi/bytes.h>
#include <srflxi/siphash.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t turn(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void round_of(struct state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = turn(s->v1, 13) ^ s->v0;
    s->v3 = turn(s->v3, 16) ^ s->v2;
    s->v0 = turn(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = turn(s->v1, 17) ^ s->v2;
    s->v3 = turn(s->v3, 21) ^ s->v0;
    s->v2 = turn(s->v2, 32);
}

static inline void absorb(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    round_of(s);
    round_of(s);
    s->v0 ^= word;
}

/* The bytes behind the last whole word, and the length above them. */
static inline uint64_t last_word(const uint8_t *data, size_t len)
{
    const size_t left = len % 8;
    uint64_t word = (uint64_t)len << 56;
    size_t i;

    /* One read that ends where the text ends, instead of one for each byte. */
    if (left && len > 8) return word | srflxi_get64_le(data + len - 8) >> (64 - 8 * left);
    for (i = 0; i < left; i++)
        word |= (uint64_t)data[len - left + i] << 8 * i;
    return word;
}

uint64_t srflxi_siphash(const uint8_t *key, const void *data, size_t len)
{
    const uint64_t k0 = srflxi_get64_le(key), k1 = srflxi_get64_le(key + 8);
    struct state s = {k0 ^ 0x736F6D6570736575u, k1 ^ 0x646F72616E646F6Du, k0 ^ 0x6C7967656E657261u,
                      k1 ^ 0x7465646279746573u};
    const uint8_t *bytes = data;
    size_t at;

    for (at = 0; at + 8 <= len; at += 8)
        absorb(&s, srflxi_get64_le(bytes + at));
    absorb(&s, last_word(bytes, len));
    s.v2 ^= 0xFF;
    round_of(&s);
    round_of(&s);
    round_of(&s);
    round_of(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
