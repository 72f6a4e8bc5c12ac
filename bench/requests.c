#include "requests.h"

#include <string.h>

#include <libdeflate.h>

enum { HEADER = 20, SUCCESS = 200, SILENCE = 0, BODY_MAX = REQUEST_MAX - HEADER };
enum { MAPPED_ADDRESS = 0x0001, ERROR_CODE = 0x0009, UNKNOWN_ATTRIBUTES = 0x000A };
enum { XOR_MAPPED_ADDRESS = 0x0020, FINGERPRINT = 0x8028 };

static const uint8_t cookie[4] = {0x21, 0x12, 0xA4, 0x42};
static const uint8_t no_cookie[4] = {0x5A, 0x5A, 0x5A, 0x5A};

struct shape {
    const char *name;
    int draws; /* SILENCE, SUCCESS or an error code */
    bool classic, fingerprint;
    uint8_t body_len; /* attributes before FINGERPRINT */
    uint8_t body[BODY_MAX];
};

static const struct shape shapes[REQUEST_KINDS] = {
    [REQUEST_PLAIN] = {"plain", SUCCESS, false, false, 0, {0}},
    [REQUEST_CLASSIC] = {"classic", SUCCESS, true, false, 0, {0}},
    [REQUEST_FINGERPRINT] = {"fingerprint", SUCCESS, false, true, 0, {0}},
    [REQUEST_CHANGE] = {"change", SUCCESS, false, false, 8, "\x00\x03\x00\x04"},
    [REQUEST_ICE] = {"ice", 420, false, true, 72,
                     "\x00\x06\x00\x14"
                     "fragment:another-one"
                     "\x00\x24\x00\x04\x6E\x00\x01\xFF"
                     "\x80\x2A\x00\x08\x01\x02\x03\x04\x05\x06\x07\x08"
                     "\x00\x25\x00\x00"
                     "\x00\x08\x00\x14"
                     "no HMAC, none asked."},
    [REQUEST_UNKNOWN] = {"unknown", 420, false, false, 16,
                         "\x7F\x01\x00\x04"
                         "what\x7F\x02\x00\x01?"},
    [REQUEST_MALFORMED] = {"malformed", SILENCE, false, false, 8, "\x00\x06\x01\x00user"},
};

/* What an answer says. */
struct finding {
    bool mapped, fingerprint, unknown;
    int code;
};

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, size_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* The value of a FINGERPRINT that stands behind `len` bytes. */
static void fingerprint(const uint8_t *message, size_t len, uint8_t ret_value[4])
{
    uint32_t crc = libdeflate_crc32(0, message, len) ^ 0x5354554E;

    put16(ret_value, crc >> 16);
    put16(ret_value + 2, crc & 0xFFFF);
}

const char *request_name(enum request_kind kind)
{
    return shapes[kind].name;
}

bool request_is_answered(enum request_kind kind)
{
    return shapes[kind].draws != SILENCE;
}

size_t request_write(enum request_kind kind, const uint8_t id[REQUEST_ID],
                     uint8_t ret_bytes[REQUEST_MAX])
{
    const struct shape *shape = &shapes[kind];
    size_t len = HEADER + shape->body_len;

    put16(ret_bytes, 0x0001);
    put16(ret_bytes + 2, len - HEADER + (shape->fingerprint ? 8 : 0));
    memcpy(ret_bytes + 4, shape->classic ? no_cookie : cookie, sizeof cookie);
    memcpy(ret_bytes + 8, id, REQUEST_ID);
    memcpy(ret_bytes + HEADER, shape->body, shape->body_len);
    if (!shape->fingerprint) return len;
    put16(ret_bytes + len, FINGERPRINT);
    put16(ret_bytes + len + 2, 4);
    fingerprint(ret_bytes, len, ret_bytes + len + 4);
    return len + 8;
}

/* True if the value is `me`; `key`, the header from the cookie on, is XORed with port and address.
 */
static bool is_me(const uint8_t *value, size_t len, const uint8_t *key,
                  const struct request_source *me)
{
    struct request_source found = {.len = me->len};

    if (len != 2 + me->len || value[1] != (me->len == 6 ? 1 : 2)) return false;
    for (size_t i = 0; i < me->len; i++)
        found.bytes[i] = (uint8_t)(value[2 + i] ^ key[i < 2 ? i : i - 2]);
    return !memcmp(found.bytes, me->bytes, me->len);
}

static void look_at(const uint8_t *message, size_t at, const struct request_source *me,
                    struct finding *finding)
{
    const uint8_t *value = message + at + 4;
    size_t len = get16(message + at + 2);
    static const uint8_t no_key[16];
    uint8_t right[4];

    switch (get16(message + at)) {
    case MAPPED_ADDRESS:
        finding->mapped |= is_me(value, len, no_key, me);
        break;
    case XOR_MAPPED_ADDRESS:
        finding->mapped |= is_me(value, len, message + 4, me);
        break;
    case ERROR_CODE:
        if (len >= 4) finding->code = value[2] * 100 + value[3];
        break;
    case UNKNOWN_ATTRIBUTES:
        finding->unknown = len >= 2;
        break;
    case FINGERPRINT:
        fingerprint(message, at, right);
        finding->fingerprint = len == 4 && !memcmp(value, right, 4);
        break;
    default:
        break;
    }
}

static const char *check_header(const struct shape *shape, const uint8_t id[REQUEST_ID],
                                const uint8_t *answer, size_t len)
{
    const uint8_t *magic = shape->classic ? no_cookie : cookie;

    if (len < HEADER || len % 4 || get16(answer + 2) != len - HEADER) return "a wrong length";
    if (memcmp(answer + 4, magic, 4) || memcmp(answer + 8, id, REQUEST_ID))
        return "another transaction id";
    if (get16(answer) != (shape->draws == SUCCESS ? 0x0101 : 0x0111)) return "a wrong message type";
    return NULL;
}

static const char *check_finding(const struct shape *shape, const struct finding *finding)
{
    if (shape->fingerprint && !finding->fingerprint) return "no right FINGERPRINT";
    if (shape->draws == SUCCESS)
        return finding->mapped ? NULL : "a mapped address that is not mine";
    return finding->code == shape->draws && finding->unknown ? NULL : "a wrong error";
}

const char *request_check(enum request_kind kind, const uint8_t id[REQUEST_ID],
                          const uint8_t *answer, size_t len, const struct request_source *me)
{
    const struct shape *shape = &shapes[kind];
    struct finding finding = {0};
    const char *wrong;

    if (shape->draws == SILENCE) return "no right to be: silence was due";
    wrong = check_header(shape, id, answer, len);
    if (wrong) return wrong;
    for (size_t at = HEADER, next; at < len; at = next) {
        next = at + 4 + ((get16(answer + at + 2) + 3) & ~3u);
        if (next > len) return "an attribute beyond the end";
        look_at(answer, at, me, &finding);
    }
    return check_finding(shape, &finding);
}
