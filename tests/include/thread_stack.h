/* Looks for secrets on a stack, when whoever had it is gone: a thread runs on memory of ours. */
#ifndef THREAD_STACK_H
#define THREAD_STACK_H

#include <pthread.h>
#include <stdbool.h>

#include "check.h"

/* A local variable above a secret, so that the thread's own end does not write over it. */
enum { THREAD_END = 1 << 14 };

static uint8_t thread_stack[1 << 18] __attribute__((aligned(4096)));

static inline void run_on_stack(void *(*run)(void *))
{
    pthread_attr_t attributes;
    pthread_t thread;

    memset(thread_stack, 0, sizeof thread_stack);
    CHECK_INT(pthread_attr_init(&attributes), 0);
    CHECK_INT(pthread_attr_setstack(&attributes, thread_stack, sizeof thread_stack), 0);
    CHECK_INT(pthread_create(&thread, &attributes, run, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(pthread_attr_destroy(&attributes), 0);
}

/* Does its upper part, all that our tests reach, hold `some` of these bytes in a row? */
static inline bool stack_holds_some(const void *bytes, size_t len, size_t some)
{
    enum { REACHED = 1 << 16 };
    const uint8_t *wanted = bytes;
    size_t at, from;

    for (at = sizeof thread_stack - REACHED; at + some <= sizeof thread_stack; at++)
        for (from = 0; from + some <= len; from += 4)
            if (thread_stack[at] == wanted[from] && !memcmp(thread_stack + at, wanted + from, some))
                return true;
    return false;
}

/* Twelve in a row are no accident. */
static inline bool stack_holds(const void *bytes, size_t len)
{
    return stack_holds_some(bytes, len, 12);
}

#endif
