/* Messages whose first attribute has any type and any length, right before a page that may not be
 * touched: does parse take exactly those where that attribute ends within the message?
 * usage: sweep         2^20 of the 2^32 headers, spread evenly
 *        sweep --full  all of them, in minutes for each size of message */
#include "exact.h"

#include <srflx/error.h>
#include <srflx/message.h>

#include <stdio.h>
#include <string.h>

static const size_t sizes[] = {24, 28, 32, 60, 1500, SRFLX_MESSAGE_MAX};

static void put16(uint8_t *at, size_t number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

/* Wherever the first attribute ends, one follows that fills the message. */
static uint8_t *lay_out(const struct exact *room, size_t size)
{
    uint8_t *message = exact_place(room, size);
    size_t at;

    memset(message, 0, SRFLX_HEADER_SIZE);
    put16(message, 0x0101);
    put16(message + 2, size - SRFLX_HEADER_SIZE);
    memcpy(message + 4, "\x21\x12\xA4\x42", 4);
    for (at = SRFLX_HEADER_SIZE; at < size; at += 4) {
        put16(message + at, SRFLX_ATTR_SOFTWARE);
        put16(message + at + 2, size - at - 4);
    }
    return message;
}

static bool is_taken_rightly(struct srflx_view bytes, uint32_t header)
{
    uint16_t type = (uint16_t)(header >> 16);
    size_t next = SRFLX_HEADER_SIZE + 4 + ((header & 0xFFFF) + 3) / 4 * 4;
    struct srflx_message m;
    int error = srflx_message_parse(bytes, &m);

    if (next > bytes.len) return error == SRFLX_ERROR_ATTR_OVERRUN;
    if (error) return false;
    if (type == SRFLX_ATTR_FINGERPRINT) return m.fingerprint == SRFLX_FINGERPRINT_WRONG;
    if (m.fingerprint != SRFLX_FINGERPRINT_ABSENT) return false;
    return srflx_message_has(&m, SRFLX_ATTR_SOFTWARE) ==
           (type == SRFLX_ATTR_SOFTWARE ||
            (next < bytes.len && type != SRFLX_ATTR_MESSAGE_INTEGRITY &&
             type != SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256));
}

/* Odd strides reach every header once. Returns false at the first that is judged wrongly. */
static bool sweep(uint8_t *message, size_t size, uint64_t count, uint32_t stride)
{
    struct srflx_view bytes = {message, size};
    uint32_t header = 0;
    uint64_t i;

    for (i = 0; i < count; i++, header += stride) {
        put16(message + SRFLX_HEADER_SIZE, header >> 16);
        put16(message + SRFLX_HEADER_SIZE + 2, header & 0xFFFF);
        if (is_taken_rightly(bytes, header)) continue;
        printf("%zu bytes, first attribute header 0x%08x: judged wrongly\n", size, header);
        return false;
    }
    printf("%zu bytes: %llu headers\n", size, (unsigned long long)count);
    fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    bool full = argc == 2 && !strcmp(argv[1], "--full");
    struct exact room;
    size_t i;

    if (argc > 1 && !full) {
        fprintf(stderr, "usage: sweep [--full]\n");
        return 2;
    }
    exact_init(&room, SRFLX_MESSAGE_MAX);
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *message = lay_out(&room, sizes[i]);
        if (!sweep(message, sizes[i], full ? 1ull << 32 : 1ull << 20, full ? 1 : 4099)) return 1;
    }
    return 0;
}
