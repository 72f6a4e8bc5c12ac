/* Preloaded into a program (LD_PRELOAD), counts its calls of the allocator into the file that
 * ALLOC_COUNT names: one 64-bit number for each name of ALLOC_COUNT_MAP, readable at any moment.
 * The real functions are reached by the names that glibc gives them besides. */
#define _GNU_SOURCE
#include "alloc_count.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

/* Until the file is mapped, calls are counted here. */
static atomic_uint_least64_t early[ALLOC_COUNTS];
static atomic_uint_least64_t *counts = early;

static void count(enum alloc_count what)
{
    atomic_fetch_add_explicit(&counts[what], 1, memory_order_relaxed);
}

static void fail(const char *what)
{
    perror(what);
    _exit(4);
}

__attribute__((constructor)) static void map_file(void)
{
    const char *path = getenv("ALLOC_COUNT");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    void *mapped;

    if (fd < 0 || ftruncate(fd, sizeof early)) fail("ALLOC_COUNT");
    mapped =
        (void *)syscall(SYS_mmap, NULL, sizeof early, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
    if (mapped == MAP_FAILED) fail("ALLOC_COUNT");
    close(fd);
    counts = mapped;
    for (int i = 0; i < ALLOC_COUNTS; i++)
        atomic_fetch_add_explicit(&counts[i], early[i], memory_order_relaxed);
}

void *malloc(size_t size)
{
    count(ALLOC_COUNT_malloc);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    count(ALLOC_COUNT_calloc);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size)
{
    count(ALLOC_COUNT_realloc);
    return __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t number, size_t size)
{
    size_t bytes;

    count(ALLOC_COUNT_realloc);
    if (!__builtin_mul_overflow(number, size, &bytes)) return __libc_realloc(old, bytes);
    errno = ENOMEM;
    return NULL;
}

void *memalign(size_t alignment, size_t size)
{
    count(ALLOC_COUNT_memalign);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
    void *memory = memalign(alignment, size);

    if (!memory) return ENOMEM;
    *ret_memory = memory;
    return 0;
}

void free(void *memory)
{
    if (memory) count(ALLOC_COUNT_free);
    __libc_free(memory);
}

void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    count(ALLOC_COUNT_mmap);
    return (void *)syscall(SYS_mmap, address, len, protection, flags, fd, offset);
}

int munmap(void *address, size_t len)
{
    count(ALLOC_COUNT_munmap);
    return (int)syscall(SYS_munmap, address, len);
}
