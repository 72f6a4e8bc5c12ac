/* What the fuzz targets share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <srflx/types.h>
#include <srflxi/written.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer calls it with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, which libFuzzer reports with the input. */
#define REQUIRE(condition)                                                               \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: broken rule: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                     \
        }                                                                                \
    } while (0)

/* The same bytes in heap memory of exactly their size, so that AddressSanitizer sees each step
 * beyond. Free `ptr`. */
static inline struct srflx_view heap_copy(struct srflx_view bytes)
{
    uint8_t *copy = malloc(bytes.len);

    REQUIRE(copy || !bytes.len);
    if (bytes.len) memcpy(copy, bytes.ptr, bytes.len);
    return (struct srflx_view){copy, bytes.len};
}

static inline void heap_free(struct srflx_view copy)
{
    free((void *)(uintptr_t)copy.ptr);
}

static inline bool lies_within(struct srflx_view part, struct srflx_view whole)
{
    return part.ptr >= whole.ptr && part.len <= whole.len &&
           (size_t)(part.ptr - whole.ptr) <= whole.len - part.len;
}

static inline unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* The first types that were met. */
struct met {
    size_t count;
    uint16_t types[16];
};

/* True if it is a new one. */
static inline bool meet(struct met *met, uint16_t type)
{
    size_t i;

    for (i = 0; i < met->count; i++)
        if (met->types[i] == type) return false;
    if (met->count == sizeof met->types / sizeof met->types[0]) return false;
    met->types[met->count++] = type;
    return true;
}

/* A byte of the header that no code under test gives a meaning to: it chooses the circumstances, so
 * that any message is an input. */
static inline unsigned choice(struct srflx_view input, size_t number)
{
    return input.len >= 20 ? input.ptr[8 + number] : 0;
}

enum { SPOILT = 0xA5 };

#ifdef SRFLXI_MSAN

/* An output that nothing has been written to. */
static inline void spoil(void *output, size_t len)
{
    memset(output, SPOILT, len);
    __msan_poison(output, len);
}

static inline void require_initialised(struct srflx_view bytes)
{
    __msan_check_mem_is_initialized(bytes.ptr, bytes.len);
}

#else

static inline void spoil(void *output, size_t len)
{
    memset(output, SPOILT, len);
}

static inline void require_initialised(struct srflx_view bytes)
{
    (void)bytes;
}

#endif

/* True if still nothing has been written to it. */
static inline bool is_spoilt(const void *output, size_t len)
{
    const uint8_t *bytes = output;

    srflxi_written(output, len);
    return bytes[0] == SPOILT && !memcmp(bytes, bytes + 1, len - 1);
}

#endif
