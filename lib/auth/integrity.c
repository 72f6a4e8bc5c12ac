#include <srflx/integrity.h>

#include <srflxi/bytes.h>
#include <srflxi/digest.h>
#include <srflxi/equal.h>
#include <srflxi/raw.h>
#include <srflx/wipe.h>
#include <srflxi/writer.h>

enum { ATTR_HEADER = 4, CLASSIC_BLOCK = 64 };

static uint16_t attr_of(enum srflx_integrity which)
{
    return which == SRFLX_INTEGRITY_SHA1 ? SRFLX_ATTR_MESSAGE_INTEGRITY
                                         : SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256;
}

/* The first `len` bytes of a message, but with the length field as it stood when they were signed:
 * `end` is where the integrity attribute ends. RFC 3489 fills the text with zeros to whole blocks.
 * spec: R8489-14.5-02 R8489-14.5-03 R8489-14.6-05 R8489-14.6-06 R5389-15.4-03 R3489-11.2.8-01 */
static void sign(const struct srflx_key *key, enum srflx_integrity which, struct srflx_view text,
                 size_t end, bool classic, uint8_t *ret_mac)
{
    static const uint8_t zeros[CLASSIC_BLOCK];
    size_t fill = classic ? (CLASSIC_BLOCK - text.len % CLASSIC_BLOCK) % CLASSIC_BLOCK : 0;
    uint8_t head[4];
    const struct srflx_view parts[] = {
        {head, sizeof head}, {text.ptr + 4, text.len - 4}, {zeros, fill}};
    size_t count = fill ? 3 : 2;

    srflxi_copy(head, text.ptr, 2);
    srflxi_put16(head + 2, (uint16_t)(end - SRFLX_HEADER_SIZE));
    if (which == SRFLX_INTEGRITY_SHA1)
        srflxi_hmac_sha1(&key->sha1, parts, count, ret_mac);
    else
        srflxi_hmac_sha256(&key->sha256, parts, count, ret_mac);
}

/* spec: R8489-14.6-01 R8489-14.6-02 R8489-14.6-03 R8489-14.6-04 */
static bool length_is_legal(enum srflx_integrity which, size_t len, size_t shortest)
{
    if (which == SRFLX_INTEGRITY_SHA1) return len == SRFLXI_SHA1_SIZE;
    return len >= shortest && len >= 16 && len <= SRFLXI_SHA256_SIZE && len % 4 == 0;
}

static enum srflx_integrity verify(const struct srflx_message *m, const struct srflx_key *key,
                                   enum srflx_integrity which, size_t shortest)
{
    uint16_t attr = attr_of(which);
    uint8_t mac[SRFLXI_DIGEST_MAX];
    size_t before = srflxi_raw_offset(m, attr);
    struct srflx_view value;
    bool right;

    if (!srflxi_raw(m, attr, &value)) return SRFLX_INTEGRITY_ABSENT;
    if (!length_is_legal(which, value.len, shortest)) return SRFLX_INTEGRITY_WRONG;
    sign(key, which, (struct srflx_view){m->bytes.ptr, before}, before + ATTR_HEADER + value.len,
         m->classic, mac);
    right = srflxi_equal(mac, value.ptr, value.len);
    srflx_wipe(mac, sizeof mac); /* of a forged message, it is what the forger is looking for */
    return right ? which : SRFLX_INTEGRITY_WRONG;
}

/* In RFC 3489's form MESSAGE-INTEGRITY-SHA256 is just an unknown attribute, and not indexed.
 * spec: R8489-9.1.3-05 R8489-9.2.4-23 */
enum srflx_integrity srflx_integrity_claimed(const struct srflx_message *m)
{
    if (srflxi_raw_offset(m, SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256)) return SRFLX_INTEGRITY_SHA256;
    if (srflxi_raw_offset(m, SRFLX_ATTR_MESSAGE_INTEGRITY)) return SRFLX_INTEGRITY_SHA1;
    return SRFLX_INTEGRITY_ABSENT;
}

enum srflx_integrity srflx_integrity_check(const struct srflx_message *m,
                                           const struct srflx_key *key)
{
    return srflx_integrity_check_truncated(m, key, SRFLXI_SHA256_SIZE);
}

enum srflx_integrity srflx_integrity_check_truncated(const struct srflx_message *m,
                                                     const struct srflx_key *key, size_t shortest)
{
    enum srflx_integrity which = srflx_integrity_claimed(m);

    return which == SRFLX_INTEGRITY_ABSENT ? which : verify(m, key, which, shortest);
}

enum srflx_integrity srflx_integrity_check_one(const struct srflx_message *m,
                                               const struct srflx_key *key,
                                               enum srflx_integrity which)
{
    return verify(m, key, which, SRFLXI_SHA256_SIZE);
}

/* spec: R8489-14.5-01 R8489-14.5-02 R8489-14.6-01 R8489-14.6-05 R3489-11.2.8-02 */
void srflx_add_integrity(struct srflx_writer *w, enum srflx_integrity which,
                         const struct srflx_key *key)
{
    size_t before = w->len;
    size_t size = which == SRFLX_INTEGRITY_SHA1 ? SRFLXI_SHA1_SIZE : SRFLXI_SHA256_SIZE;
    uint8_t *value;

    if (which < SRFLX_INTEGRITY_SHA1 || (w->classic && which != SRFLX_INTEGRITY_SHA1)) {
        srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
        return;
    }
    value = srflxi_writer_room(w, attr_of(which), size);
    if (!value) return;
    sign(key, which, (struct srflx_view){w->buf, before}, w->len, w->classic, value);
    srflxi_writer_signed(w, attr_of(which));
}
