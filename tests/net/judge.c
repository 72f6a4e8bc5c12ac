#include "barrage.h"

#include <string.h>

enum {
    HEADER = 20,
    SEAL = 8, /* FINGERPRINT */
    REQUEST = 0x0001,
    SUCCESS = 0x0101,
    ERROR = 0x0111,
    ERROR_SIZE = HEADER + 8, /* without a phrase */
    CHALLENGE = 16 + 36 + 12 /* REALM, NONCE and PASSWORD-ALGORITHMS */
};

/* How much longer an answer may be than what was asked, in bytes of the IP packets: the shortest
 * request of a kind and its answer, over IPv4 and IPv6. Every longer request has a lower ratio. */
enum kind { PLAIN, CLASSIC, REFUSED, UNKNOWN, CHALLENGED, KIND_COUNT };
static const struct {
    unsigned answer, request;
} ratios[KIND_COUNT][2] = {
    [PLAIN] = {{60, 48}, {92, 68}},        [CLASSIC] = {{72, 48}, {116, 68}},
    [REFUSED] = {{56, 48}, {76, 68}},      [UNKNOWN] = {{64, 52}, {84, 72}},
    [CHALLENGED] = {{120, 48}, {140, 68}},
};

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* CRC-32 as ITU V.42 has it, bit by bit. */
static uint32_t crc32(const uint8_t *bytes, size_t len)
{
    uint32_t crc = 0xFFFFFFFF;
    size_t i;
    int bit;

    for (i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

static bool has_cookie(const struct datagram *datagram)
{
    return get32(datagram->bytes + 4) == 0x2112A442;
}

/* Is a FINGERPRINT, right or wrong, the last attribute? Its like may also end another's value. */
static bool has_seal(const struct datagram *datagram)
{
    size_t at = HEADER;

    while (at + SEAL < datagram->len)
        at += 4 + (get16(datagram->bytes + at + 2) + 3) / 4 * 4;
    return at + SEAL == datagram->len && get32(datagram->bytes + at) == 0x80280004;
}

static bool seal_is_right(const struct datagram *datagram)
{
    const size_t covered = datagram->len - SEAL;

    return get32(datagram->bytes + covered + 4) == (crc32(datagram->bytes, covered) ^ 0x5354554E);
}

/* Is it the address attribute `type` that names `end`, under a mask? */
static bool names(const uint8_t *attribute, unsigned type, const struct end *end,
                  const uint8_t mask[16])
{
    const size_t len = end_ip_len(end);
    size_t i;

    if (get16(attribute) != type || get16(attribute + 2) != 4 + len) return false;
    if (attribute[4] || attribute[5] != (end->family == V4 ? 1 : 2)) return false;
    if ((get16(attribute + 6) ^ get16(mask)) != end->port) return false;
    for (i = 0; i < len; i++)
        if ((attribute[8 + i] ^ mask[i]) != end->ip[i]) return false;
    return true;
}

static const char *judge_success(const struct datagram *asked, const struct datagram *answer,
                                 size_t len)
{
    static const uint8_t no_mask[16] = {0};
    const size_t address = 8 + end_ip_len(&asked->from);
    const uint8_t *body = answer->bytes + HEADER;

    if (has_cookie(asked)) {
        if (len != HEADER + address) return "a success of another length";
        if (!names(body, 0x0020, &asked->from, asked->bytes + 4))
            return "XOR-MAPPED-ADDRESS does not name the source";
        return NULL;
    }
    if (len != HEADER + 2 * address) return "a classic success of another length";
    if (!names(body, 0x0001, &asked->from, no_mask))
        return "MAPPED-ADDRESS does not name the source";
    if (!names(body + address, 0x0004, &asked->to, no_mask))
        return "SOURCE-ADDRESS does not name the address that was asked";
    return NULL;
}

static const char *judge_list(const struct datagram *asked, const struct datagram *answer,
                              size_t len)
{
    const uint8_t *list = answer->bytes + ERROR_SIZE;
    size_t value;

    if (len < ERROR_SIZE + 8 || get16(list) != 0x000A) return "420 without a list";
    value = get16(list + 2);
    if (!value || value % (has_cookie(asked) ? 2 : 4)) return "420 with half an entry";
    return len == ERROR_SIZE + 4 + (value + 3) / 4 * 4 ? NULL : "420 of another length";
}

/* Only clients with the cookie know what a challenge is. */
static bool is_challenge(const struct datagram *asked, unsigned code)
{
    return has_cookie(asked) && (code == 401 || code == 438);
}

static bool is_expected(unsigned code, bool guarded)
{
    if (code == 400 || code == 430 || code == 432) return true;
    return guarded ? code == 401 || code == 438 : code == 420;
}

static const char *judge_error(const struct datagram *asked, const struct datagram *answer,
                               size_t len, struct judgement *judgement)
{
    const uint8_t *error = answer->bytes + HEADER;
    unsigned code;

    if (len < ERROR_SIZE || get32(error) != 0x00090004 || get16(error + 4))
        return "an error without a code, or with a phrase";
    code = error[6] * 100U + error[7];
    if (!is_expected(code, judgement->guarded)) return "an error nobody expects";
    judgement->refused[code]++;
    if (code == 420) return judge_list(asked, answer, len);
    if (len == ERROR_SIZE + (is_challenge(asked, code) ? CHALLENGE : 0)) return NULL;
    return "an error of another length";
}

static enum kind kind_of(const struct datagram *asked, const struct datagram *answer)
{
    const unsigned code = answer->bytes[HEADER + 6] * 100U + answer->bytes[HEADER + 7];

    if (get16(answer->bytes) == SUCCESS) return has_cookie(asked) ? PLAIN : CLASSIC;
    if (is_challenge(asked, code)) return CHALLENGED;
    return code == 420 ? UNKNOWN : REFUSED;
}

static const char *judge_size(const struct datagram *asked, const struct datagram *answer)
{
    const bool v4 = asked->from.family == V4;
    const size_t headers = v4 ? 28 : 48, limit = v4 ? 576 : 1280;
    const enum kind kind = kind_of(asked, answer);

    if (answer->len + headers > limit) return "longer than every path carries";
    if ((answer->len + headers) * ratios[kind][!v4].request >
        (asked->len + headers) * ratios[kind][!v4].answer)
        return "longer than the table allows";
    return NULL;
}

static const char *judge_header(const struct datagram *asked, const struct datagram *answer)
{
    if (asked->answered) return "a second answer";
    if (!end_same_ip(&answer->to, &asked->from)) return "an answer to another address";
    if (!end_same_ip(&answer->from, &asked->to) || answer->from.port != asked->to.port)
        return "an answer from another address";
    if (asked->len < HEADER || get16(asked->bytes) != REQUEST) return "an answer to no request";
    if (answer->len < HEADER || answer->len != HEADER + get16(answer->bytes + 2))
        return "a length that is not true";
    if (memcmp(answer->bytes + 4, asked->bytes + 4, 16) != 0) return "another transaction id";
    return NULL;
}

static const char *judge_seal(const struct datagram *asked, const struct datagram *answer)
{
    const bool wanted = has_cookie(asked) && has_seal(asked);

    if (wanted && !seal_is_right(asked)) return "an answer to a wrong FINGERPRINT";
    if (has_seal(answer) != wanted) return "FINGERPRINT, or none, unlike the request";
    return wanted && !seal_is_right(answer) ? "a wrong FINGERPRINT" : NULL;
}

const char *judge(struct datagram *asked, const struct datagram *answer,
                  struct judgement *judgement)
{
    const char *wrong = judge_header(asked, answer);
    const unsigned type = get16(answer->bytes);
    size_t len;

    if (!wrong) wrong = judge_seal(asked, answer);
    if (wrong) return wrong;
    asked->answered = true;
    len = answer->len - (has_seal(answer) ? SEAL : 0);
    if (type == SUCCESS) {
        judgement->successes++;
        wrong = judge_success(asked, answer, len);
    } else if (type == ERROR) {
        wrong = judge_error(asked, answer, len, judgement);
    } else {
        wrong = "no answer, but something else";
    }
    return wrong ? wrong : judge_size(asked, answer);
}
