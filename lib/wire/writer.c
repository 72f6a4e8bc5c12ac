#include <srflx/error.h>
#include <srflx/writer.h>
#include <srflxi/bytes.h>
#include <srflxi/fingerprint.h>
#include <srflxi/known.h>
#include <srflxi/utf8.h>
#include <srflxi/value.h>
#include <srflxi/walk.h>
#include <srflxi/writer.h>

enum { FINGERPRINT_SIZE = 8, TEXT_BYTES = 509, TEXT_CHARACTERS = 127, USERNAME_BYTES = 508 };

void srflxi_writer_fail(struct srflx_writer *w, int error)
{
    if (!w->error) w->error = error;
}

/* What a reader would not count is not written.
 * spec: R8489-14-01 R8489-14-02 R8489-14-03 R8489-14-04 R8489-14-05 R8489-14.7-03 */
uint8_t *srflxi_writer_room(struct srflx_writer *w, uint16_t attr, size_t len)
{
    uint8_t *header = w->buf + w->len;
    size_t total = 4 + srflxi_pad4(len);

    if (!srflxi_counts(w->hidden, attr)) srflxi_writer_fail(w, SRFLX_ERROR_ORDER);
    if (w->error) return NULL;
    if (len > UINT16_MAX || total > w->cap - w->len) {
        srflxi_writer_fail(w, SRFLX_ERROR_SPACE);
        return NULL;
    }
    srflxi_put16(header, attr);
    srflxi_put16(header + 2, (uint16_t)len);
    if (total > 4) srflxi_put32(header + total - 4, 0);
    w->len += total;
    return header + 4;
}

/* spec: R8489-5-01 R8489-5-02 R8489-5-06 R8489-6.1-11 R5389-6-01 R3489-11.1-01 */
void srflx_writer_begin(struct srflx_writer *w, uint8_t *buf, size_t cap, uint16_t type,
                        const struct srflx_id *id)
{
    w->buf = buf;
    w->cap = cap < SRFLX_MESSAGE_MAX ? cap : SRFLX_MESSAGE_MAX;
    w->len = 0;
    w->error = 0;
    w->classic = srflxi_get32(id->bytes) != SRFLX_MAGIC_COOKIE;
    w->hidden = SRFLXI_NOTHING_HIDDEN;
    if (type & 0xC000) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    if (cap < SRFLX_HEADER_SIZE) srflxi_writer_fail(w, SRFLX_ERROR_SPACE);
    if (w->error) return;
    srflxi_put16(buf, type);
    memcpy(buf + 4, id->bytes, sizeof id->bytes);
    w->len = SRFLX_HEADER_SIZE;
}

/* spec: R8489-5-11 R8489-6.3.1.1-01 R5389-12.2-02 R3489-8.1-16 */
void srflx_writer_reply(struct srflx_writer *w, uint8_t *buf, size_t cap,
                        const struct srflx_message *request, uint8_t kind)
{
    struct srflx_id id;

    srflx_message_get_id(request, &id);
    srflx_writer_begin(w, buf, cap, srflx_type(request->method, kind), &id);
    if (kind != SRFLX_SUCCESS && kind != SRFLX_ERROR) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
}

static bool has_shape(uint16_t attr, uint8_t shape)
{
    const struct srflx_attr_row *row = srflx_attr_find(attr);

    return row && row->shape == shape;
}

/* Port and address with cookie and id, which stand one after the other in the header.
 * spec: R8489-14.2-01 */
static void apply_xor(const struct srflx_writer *w, uint8_t *value, size_t ip_len)
{
    const uint8_t *mask = w->buf + 4;
    size_t i;

    srflxi_put16(value + 2, srflxi_get16(value + 2) ^ srflxi_get16(mask));
    for (i = 0; i < ip_len; i += 4)
        srflxi_put32(value + 4 + i, srflxi_get32(value + 4 + i) ^ srflxi_get32(mask + i));
}

/* spec: R8489-14.1-01 R8489-14.1-02 R8489-14.1-03 R8489-14.2-02 R3489-11.2.1-01 */
void srflx_put_addr(struct srflx_writer *w, uint16_t attr, const struct srflx_addr *addr)
{
    bool is_xor = has_shape(attr, SRFLX_SHAPE_XOR_ADDR);
    bool is_ipv4 = addr->family == SRFLX_IPV4;
    size_t ip_len = is_ipv4 ? 4 : 16;
    uint8_t *value;

    if (is_xor ? w->classic : !has_shape(attr, SRFLX_SHAPE_ADDR))
        srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    if (!is_ipv4 && addr->family != SRFLX_IPV6) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    value = srflxi_writer_room(w, attr, 4 + ip_len);
    if (!value) return;
    value[0] = 0;
    value[1] = is_ipv4 ? 0x01 : 0x02;
    srflxi_put16(value + 2, addr->port);
    memcpy(value + 4, addr->ip, ip_len);
    if (is_xor) apply_xor(w, value, ip_len);
}

void srflx_put_u32(struct srflx_writer *w, uint16_t attr, uint32_t number)
{
    uint8_t *value = srflxi_writer_room(w, attr, 4);

    if (value) srflxi_put32(value, number);
}

void srflx_put_u64(struct srflx_writer *w, uint16_t attr, uint64_t number)
{
    uint8_t *value = srflxi_writer_room(w, attr, 8);

    if (value) srflxi_put64(value, number);
}

/* spec: R3489-11.2-01 R3489-11.2.6-02 */
void srflx_put_bytes(struct srflx_writer *w, uint16_t attr, struct srflx_view bytes)
{
    uint8_t *value;

    if (w->classic && bytes.len % 4) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    value = srflxi_writer_room(w, attr, bytes.len);
    if (value) srflxi_copy(value, bytes.ptr, bytes.len);
}

/* spec: R8489-14.8-02 R8489-14.9-02 R8489-14.10-01 R8489-14.14-02 R5389-15.6-01 */
static bool is_sendable_text(struct srflx_view text)
{
    long characters = text.len <= TEXT_BYTES ? srflxi_utf8_count(text) : -1;

    return characters >= 0 && characters <= TEXT_CHARACTERS;
}

/* A username is bounded in bytes alone. spec: R8489-14.3-01 R8489-14.3-02 R8489-14.16-01 */
static bool is_sendable(const struct srflx_writer *w, uint16_t attr, struct srflx_view text)
{
    const struct srflx_attr_row *row = srflx_attr_find(attr);
    struct srflxi_form form = {w->buf + 4, w->classic};

    if (!row || (row->shape != SRFLX_SHAPE_TEXT && row->shape != SRFLX_SHAPE_NAME)) return false;
    if (srflxi_value_check(&form, row, text)) return false;
    if (row->shape == SRFLX_SHAPE_NAME) return true;
    return attr == SRFLX_ATTR_USERNAME ? text.len <= USERNAME_BYTES : is_sendable_text(text);
}

void srflx_put_text(struct srflx_writer *w, uint16_t attr, struct srflx_view text)
{
    if (!w->error && !is_sendable(w, attr, text)) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    srflx_put_bytes(w, attr, text);
}

void srflx_put_flag(struct srflx_writer *w, uint16_t attr)
{
    if (!has_shape(attr, SRFLX_SHAPE_EMPTY)) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    (void)srflxi_writer_room(w, attr, 0);
}

/* spec: R5780-7.5-04 */
void srflx_put_port(struct srflx_writer *w, uint16_t attr, uint16_t port)
{
    uint8_t *value;

    if (!has_shape(attr, SRFLX_SHAPE_PORT)) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    value = srflxi_writer_room(w, attr, 4);
    if (value) srflxi_put32(value, (uint32_t)port << 16);
}

static size_t algorithms_size(const struct srflx_algorithm *algorithms, size_t count)
{
    size_t i, size = 0;

    for (i = 0; i < count && size <= UINT16_MAX; i++)
        size += 4 + srflxi_pad4(algorithms[i].parameters.len);
    return size;
}

/* spec: R8489-14.11-01 R8489-14.12-01 R8489-14.12-02 */
void srflx_put_algorithms(struct srflx_writer *w, uint16_t attr,
                          const struct srflx_algorithm *algorithms, size_t count)
{
    size_t i, size = algorithms_size(algorithms, count);
    bool one = has_shape(attr, SRFLX_SHAPE_ALGORITHM) && count == 1;
    uint8_t *at;

    if (!one && !(has_shape(attr, SRFLX_SHAPE_ALGORITHMS) && count))
        srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    at = srflxi_writer_room(w, attr, size);
    if (!at) return;
    memset(at, 0, size);
    for (i = 0; i < count; i++) {
        struct srflx_view parameters = algorithms[i].parameters;
        srflxi_put16(at, algorithms[i].number);
        srflxi_put16(at + 2, (uint16_t)parameters.len);
        srflxi_copy(at + 4, parameters.ptr, parameters.len);
        at += 4 + srflxi_pad4(parameters.len);
    }
}

void srflx_put_prepared(struct srflx_writer *w, struct srflx_view bytes)
{
    if (w->hidden) srflxi_writer_fail(w, SRFLX_ERROR_ORDER);
    if (bytes.len % 4) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    if (w->error) return;
    if (bytes.len > w->cap - w->len) {
        srflxi_writer_fail(w, SRFLX_ERROR_SPACE);
        return;
    }
    srflxi_copy(w->buf + w->len, bytes.ptr, bytes.len);
    w->len += bytes.len;
}

/* spec: R8489-14.8-01 R8489-14.8-02 R8489-14.8-03 R8489-14.8-05 R8489-14.8-06 R3489-11.2.9-01
 * R3489-11.2.9-02 R3489-11.2.9-03 */
void srflx_put_error(struct srflx_writer *w, uint16_t code, struct srflx_view phrase)
{
    size_t fill = w->classic ? srflxi_pad4(phrase.len) - phrase.len : 0;
    uint8_t *value;

    if (code < (w->classic ? 100 : 300) || code > 699) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    if (!is_sendable_text(phrase)) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    value = srflxi_writer_room(w, SRFLX_ATTR_ERROR_CODE, 4 + phrase.len + fill);
    if (!value) return;
    srflxi_put16(value, 0);
    value[2] = (uint8_t)(code / 100);
    value[3] = (uint8_t)(code % 100);
    srflxi_copy(value + 4, phrase.ptr, phrase.len);
    memset(value + 4 + phrase.len, ' ', fill);
}

/* RFC 3489 wants an even number of types. spec: R8489-14.13-01 R3489-11.2.10-02 R5389-15.9-01 */
void srflx_put_types(struct srflx_writer *w, const uint16_t *types, size_t count)
{
    size_t i, repeated = w->classic && count % 2;
    uint8_t *value = srflxi_writer_room(w, SRFLX_ATTR_UNKNOWN_ATTRIBUTES, 2 * (count + repeated));

    if (!value) return;
    for (i = 0; i < count; i++)
        srflxi_put16(value + 2 * i, types[i]);
    if (repeated) srflxi_put16(value + 2 * count, types[count - 1]);
}

/* Which comprehension-required types have been listed: one bit each, so that a message full of
 * unknown attributes costs no more than its length. A word means something only once it is touched,
 * so that 64 bytes are cleared and not 4 KiB. */
struct listed {
    uint64_t touched[8]; /* a bit for each word */
    uint64_t words[SRFLX_ATTR_FIRST_OPTIONAL / 64];
};

static bool list_once(struct listed *listed, uint16_t type)
{
    unsigned word = type / 64;
    uint64_t bit = (uint64_t)1 << type % 64, touch = (uint64_t)1 << word % 64;

    if (!(listed->touched[word / 64] & touch)) listed->words[word] = 0;
    listed->touched[word / 64] |= touch;
    if (listed->words[word] & bit) return false;
    listed->words[word] |= bit;
    return true;
}

/* spec: R8489-6.3.1-01 R8489-6.3.1.1-04 R8489-14.8-14 R8489-6.1-09 R8489-6.1-10 R8489-14.13-01
 * R3489-8.1-14 R3489-11.2.10-02 */
void srflx_put_unknown(struct srflx_writer *w, const struct srflx_message *request,
                       const struct srflx_known *known, size_t limit)
{
    struct listed listed;
    size_t len = 0, max = limit < w->cap ? limit : w->cap;
    uint8_t *value = srflxi_writer_room(w, SRFLX_ATTR_UNKNOWN_ATTRIBUTES, 0);
    struct srflx_iter it;
    struct srflx_attr attr;

    if (!value) return;
    memset(listed.touched, 0, sizeof listed.touched);
    srflx_iter_begin(&it, request);
    while (srflx_iter_next(&it, &attr)) {
        if (!attr.counts || attr.type >= SRFLX_ATTR_FIRST_OPTIONAL) continue;
        if (srflxi_is_known(request, known, attr.type) || !list_once(&listed, attr.type)) continue;
        if (w->len + srflxi_pad4(len + 2) > max) break;
        srflxi_put16(value + len, attr.type);
        len += 2;
    }
    if (len % 4) srflxi_put16(value + len, w->classic ? srflxi_get16(value + len - 2) : 0);
    srflxi_put16(value - 2, (uint16_t)(w->classic ? srflxi_pad4(len) : len));
    w->len += srflxi_pad4(len);
}

/* spec: R8489-5-13 R8489-5-14 R3489-8.1-17 */
static void write_length(struct srflx_writer *w, size_t len)
{
    srflxi_put16(w->buf + 2, (uint16_t)(len - SRFLX_HEADER_SIZE));
}

void srflxi_writer_signed(struct srflx_writer *w, uint16_t attr)
{
    w->hidden = srflxi_hide(w->hidden, attr, w->classic);
}

/* spec: R8489-7-01 R8489-7-02 R8489-14.7-02 R8489-14.7-03 R8489-14.7-04 */
void srflx_add_fingerprint(struct srflx_writer *w)
{
    uint8_t *value;

    if (w->classic) srflxi_writer_fail(w, SRFLX_ERROR_ARGUMENT);
    value = srflxi_writer_room(w, SRFLX_ATTR_FINGERPRINT, 4);
    if (!value) return;
    write_length(w, w->len);
    srflxi_put32(value, srflxi_fingerprint(w->buf, w->len - FINGERPRINT_SIZE));
    w->hidden = SRFLXI_ALL_HIDDEN;
}

int srflx_writer_finish(struct srflx_writer *w, struct srflx_view *ret_bytes)
{
    if (w->error) return w->error;
    write_length(w, w->len);
    ret_bytes->ptr = w->buf;
    ret_bytes->len = w->len;
    return 0;
}
