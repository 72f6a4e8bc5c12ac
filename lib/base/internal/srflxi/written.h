/* The seam for MemorySanitizer: it does not see what libraries write that are not built with it,
 * and takes their results for uninitialised. In any other build this is nothing. */
#ifndef SRFLXI_WRITTEN_H
#define SRFLXI_WRITTEN_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define SRFLXI_MSAN
#endif
#endif

#ifdef SRFLXI_MSAN

#include <sanitizer/msan_interface.h>

/* `len` bytes are a library's result, and initialised. */
static inline void srflxi_written(const void *bytes, size_t len)
{
    __msan_unpoison(bytes, len);
}

#else

static inline void srflxi_written(const void *bytes, size_t len)
{
    (void)bytes;
    (void)len;
}

#endif
#endif
