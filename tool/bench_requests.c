#include "bench_requests.h"

#include <string.h>

#include <srflx/addr.h>
#include <srflx/message.h>
#include <srflx/writer.h>

enum { ID_AT = 4, PLACE_AT = 8, SERIAL_AT = 12, TAG_AT = 16 };

static const uint8_t cookie[4] = {0x21, 0x12, 0xA4, 0x42};

bool bench_verdict_is_wrong(unsigned verdict)
{
    static const bool wrong[BENCH_ERROR_KINDS] = {
#define BENCH_ERROR_WRONG(kind, name, is_wrong, text) [BENCH_ERROR_##kind] = is_wrong,
        BENCH_ERROR_MAP(BENCH_ERROR_WRONG)
#undef BENCH_ERROR_WRONG
    };

    return verdict >= BENCH_ERROR_CODES || (verdict < BENCH_ERROR_KINDS && wrong[verdict]);
}

/* The finalizer of MurmurHash3: every bit of the input changes half of the output. */
static uint64_t scramble(uint64_t x)
{
    x = (x ^ x >> 33) * 0xFF51AFD7ED558CCDu;
    x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53u;
    return x ^ x >> 33;
}

void bench_secret_make(uint64_t seed, struct bench_secret *ret_secret)
{
    ret_secret->current = scramble(seed + 1);
    ret_secret->classic = scramble(ret_secret->current + 1);
    memcpy(ret_secret->no_cookie, &ret_secret->classic, sizeof ret_secret->no_cookie);
    if (ret_secret->no_cookie[0] == cookie[0]) ret_secret->no_cookie[0]++;
}

static uint32_t tag(uint64_t secret, struct bench_number number)
{
    return (uint32_t)scramble(secret ^ ((uint64_t)number.place << 32 | number.serial));
}

/* The 16 bytes from `ret_id` on: what stands in place of the cookie, then the transaction id. */
static void write_id(uint8_t ret_id[16], const struct bench_secret *secret, bool classic,
                     struct bench_number number)
{
    uint32_t right = tag(classic ? secret->classic : secret->current, number);

    memcpy(ret_id, classic ? secret->no_cookie : cookie, 4);
    memcpy(ret_id + PLACE_AT - ID_AT, &number.place, 4);
    memcpy(ret_id + SERIAL_AT - ID_AT, &number.serial, 4);
    memcpy(ret_id + TAG_AT - ID_AT, &right, 4);
}

bool bench_number_read(struct srflx_view bytes, const struct bench_secret *secret,
                       struct bench_number *ret_number)
{
    uint8_t right[16];

    if (bytes.len < SRFLX_HEADER_SIZE) return false;
    memcpy(&ret_number->place, bytes.ptr + PLACE_AT, 4);
    memcpy(&ret_number->serial, bytes.ptr + SERIAL_AT, 4);
    write_id(right, secret, memcmp(bytes.ptr + ID_AT, cookie, 4) != 0, *ret_number);
    return !memcmp(bytes.ptr + ID_AT, right, sizeof right);
}

/* What a browser sends from a candidate, with a digest that nobody can check. */
static void put_check(struct srflx_writer *w)
{
    static const uint8_t digest[20] = {1};

    srflx_put_text(w, SRFLX_ATTR_USERNAME, (struct srflx_view){(const uint8_t *)"bench:srflx", 11});
    srflx_put_u32(w, SRFLX_ATTR_PRIORITY, 0x6E0001FF);
    srflx_put_u64(w, SRFLX_ATTR_ICE_CONTROLLING, 0x0102030405060708);
    srflx_put_flag(w, SRFLX_ATTR_USE_CANDIDATE);
    srflx_put_bytes(w, SRFLX_ATTR_MESSAGE_INTEGRITY, (struct srflx_view){digest, sizeof digest});
}

static size_t write_sealed(enum bench_kind kind, uint8_t bytes[BENCH_REQUEST_MAX])
{
    struct srflx_writer w;
    struct srflx_view request = {NULL, 0};
    struct srflx_id id;

    memcpy(id.bytes, bytes + ID_AT, sizeof id.bytes);
    srflx_writer_begin(&w, bytes, BENCH_REQUEST_MAX,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    if (kind == BENCH_ICE) put_check(&w);
    srflx_add_fingerprint(&w);
    return srflx_writer_finish(&w, &request) ? 0 : request.len;
}

/* Four things that a server must not answer. */
static size_t write_garbage(uint32_t serial, uint8_t bytes[BENCH_REQUEST_MAX])
{
    static const uint8_t beyond[8] = {0x00, 0x06, 0x01, 0x00, 'u', 's', 'e', 'r'};
    size_t len;

    switch (serial % 4) {
    case 0: /* no STUN: one of the two top bits is set */
        bytes[0] |= 0x80;
        return SRFLX_HEADER_SIZE;
    case 1: /* the header promises an attribute that does not follow */
        bytes[3] = 8;
        return SRFLX_HEADER_SIZE;
    case 2: /* an attribute that reaches beyond the end */
        bytes[3] = sizeof beyond;
        memcpy(bytes + SRFLX_HEADER_SIZE, beyond, sizeof beyond);
        return SRFLX_HEADER_SIZE + sizeof beyond;
    default: /* a wrong FINGERPRINT */
        len = write_sealed(BENCH_FINGERPRINT, bytes);
        bytes[len - 1] ^= 1;
        return len;
    }
}

size_t bench_request_write(enum bench_kind kind, const struct bench_secret *secret,
                           struct bench_number number, uint8_t ret_bytes[BENCH_REQUEST_MAX])
{
    static const uint8_t header[ID_AT] = {0x00, 0x01, 0x00, 0x00};

    memcpy(ret_bytes, header, sizeof header);
    write_id(ret_bytes + ID_AT, secret, kind == BENCH_CLASSIC, number);
    if (kind == BENCH_PLAIN || kind == BENCH_CLASSIC) return SRFLX_HEADER_SIZE;
    if (kind == BENCH_GARBAGE) return write_garbage(number.serial, ret_bytes);
    return write_sealed(kind, ret_bytes);
}

/* Every mapped address that is there must be right, and the one of the dialect must be there.
 * spec: R8489-6.3.3-02 */
static bool is_mapped(const struct srflx_message *m, const struct srflx_addr *source)
{
    const uint16_t wanted = m->classic ? SRFLX_ATTR_MAPPED_ADDRESS : SRFLX_ATTR_XOR_MAPPED_ADDRESS;
    struct srflx_addr found;

    if (srflx_message_get_addr(m, wanted, &found) || !srflx_addr_equal(&found, source))
        return false;
    if (m->classic || !srflx_message_has(m, SRFLX_ATTR_MAPPED_ADDRESS)) return true;
    return !srflx_message_get_addr(m, SRFLX_ATTR_MAPPED_ADDRESS, &found) &&
           srflx_addr_equal(&found, source);
}

/* A server that is no ICE agent names what it does not know of a check. */
static bool is_foreign_to_check(const struct srflx_message *m)
{
    static const uint16_t sent[] = {SRFLX_ATTR_USERNAME, SRFLX_ATTR_PRIORITY,
                                    SRFLX_ATTR_USE_CANDIDATE, SRFLX_ATTR_MESSAGE_INTEGRITY};
    enum { SENT = sizeof sent / sizeof sent[0] };
    uint16_t named[SENT];
    size_t count, i, k;

    if (srflx_message_get_types(m, SRFLX_ATTR_UNKNOWN_ATTRIBUTES, named, SENT, &count))
        return false;
    if (count == 0 || count > SENT) return false;
    for (i = 0; i < count; i++) {
        for (k = 0; k < SENT && sent[k] != named[i];)
            k++;
        if (k == SENT) return false;
    }
    return true;
}

static unsigned check_error(enum bench_kind kind, const struct srflx_message *m)
{
    struct srflx_error_code error;

    if (srflx_message_get_error(m, &error)) return BENCH_ERROR_MALFORMED;
    if (kind == BENCH_ICE && error.code == 420 && is_foreign_to_check(m)) return BENCH_RIGHT;
    return error.code;
}

unsigned bench_answer_check(enum bench_kind kind, struct srflx_view answer,
                            const struct srflx_addr *source)
{
    bool sealed = kind == BENCH_FINGERPRINT || kind == BENCH_ICE;
    struct srflx_message m;

    if (srflx_message_parse(answer, &m)) return BENCH_ERROR_MALFORMED;
    if (m.method != SRFLX_METHOD_BINDING || m.kind < SRFLX_SUCCESS) return BENCH_ERROR_TYPE;
    if (m.fingerprint == SRFLX_FINGERPRINT_WRONG ||
        (sealed && m.fingerprint == SRFLX_FINGERPRINT_ABSENT))
        return BENCH_ERROR_FINGERPRINT;
    if (m.kind == SRFLX_ERROR) return check_error(kind, &m);
    return is_mapped(&m, source) ? BENCH_RIGHT : BENCH_ERROR_ADDRESS;
}
