#define _GNU_SOURCE

#include "exact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void exact_init(struct exact *exact, size_t room)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (room + page - 1) / page * page;
    uint8_t *bytes =
        mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (bytes == MAP_FAILED || mprotect(bytes + size, page, PROT_NONE)) {
        perror("a page that may not be touched");
        exit(EXIT_FAILURE);
    }
    exact->end = bytes + size;
    exact->room = size;
}

uint8_t *exact_place(const struct exact *exact, size_t len)
{
    if (len > exact->room) abort();
    return exact->end - len;
}

struct srflx_view exact_copy(const struct exact *exact, struct srflx_view bytes)
{
    struct srflx_view copy = {exact_place(exact, bytes.len), bytes.len};

    if (bytes.len) memcpy(exact->end - bytes.len, bytes.ptr, bytes.len);
    return copy;
}
