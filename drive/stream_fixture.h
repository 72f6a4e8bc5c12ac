/* For tests of streams: messages, and a handler whose answers can be foretold. */
#ifndef SRFLX_DRIVE_STREAM_FIXTURE_H
#define SRFLX_DRIVE_STREAM_FIXTURE_H

#include <check.h>

#include <stdlib.h>

#include "stream_connection.h"

/* Bytes that grow. */
struct pile {
    uint8_t *bytes;
    size_t len, cap;
};

static inline void pile_add(struct pile *pile, const void *bytes, size_t len)
{
    if (!len) return;
    if (pile->cap < pile->len + len) {
        pile->cap = 2 * (pile->len + len);
        pile->bytes = realloc(pile->bytes, pile->cap);
        CHECK(pile->bytes);
    }
    memcpy(pile->bytes + pile->len, bytes, len);
    pile->len += len;
}

static inline void pile_free(struct pile *pile)
{
    free(pile->bytes);
    *pile = (struct pile){0};
}

/* A Binding request with this number in its id, and `body` bytes behind the header. */
static inline void pile_add_request(struct pile *pile, uint32_t number, uint16_t body)
{
    uint8_t bytes[20] = {0, 1, (uint8_t)(body >> 8), (uint8_t)body, 0x21, 0x12, 0xA4, 0x42};
    static const uint8_t zeroes[65536];

    for (unsigned i = 0; i < 4; i++)
        bytes[16 + i] = (uint8_t)(number >> 8 * i);
    pile_add(pile, bytes, sizeof bytes);
    pile_add(pile, zeroes, body);
}

/* What was handled last, and how often. */
struct seen {
    struct srflx_packet packet;
    uint64_t count;
};

/* Answers a request with its id and the length of its body, padded to a size that depends on the
 * number; multiples of 7 get silence. */
static inline size_t answer_to(const uint8_t *request, size_t len, uint8_t *ret_answer)
{
    const size_t body = 4 * (size_t)(request[16] % 13);

    if (request[1] != 1 || request[16] % 7 == 6) return 0;
    memset(ret_answer, request[16], 20 + body);
    memcpy(ret_answer, request, 20);
    ret_answer[0] = 1;
    ret_answer[2] = 0;
    ret_answer[3] = (uint8_t)body;
    ret_answer[8] = (uint8_t)(len >> 8);
    ret_answer[9] = (uint8_t)len;
    return 20 + body;
}

static inline void handle_seen(void *user, const struct srflx_packet *packet,
                               struct srflx_reply *reply)
{
    struct seen *seen = user;

    CHECK(reply->cap >= SRFLX_STREAM_REPLY && !reply->len);
    seen->packet = *packet;
    seen->count++;
    reply->len = answer_to(packet->bytes.ptr, packet->bytes.len, reply->buf);
}

/* All answers to the whole messages of a stream, but to those longer than 2048 bytes. */
static inline struct pile answers_to(const struct pile *stream)
{
    struct pile answers = {0};
    size_t at = 0;

    while (stream->len - at >= 20) {
        const uint8_t *message = stream->bytes + at;
        const size_t len = 20 + (size_t)(message[2] << 8 | message[3]);
        uint8_t answer[SRFLX_STREAM_REPLY];
        if (len > stream->len - at) break;
        if (len <= SRFLX_STREAM_MESSAGE)
            pile_add(&answers, answer, answer_to(message, len, answer));
        at += len;
    }
    return answers;
}

static inline void check_piles(const struct pile *got, const struct pile *want)
{
    CHECK_INT(got->len, want->len);
    if (want->len) CHECK_MEM(got->bytes, want->bytes, want->len);
}

#endif
