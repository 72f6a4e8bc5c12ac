/* The proof that alloc_count counts: waits for a line, makes known numbers of calls, says so, and
 * waits for the end of its input. Speaks with read() and write(), which allocate nothing. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Seen by nobody, but the compiler cannot know, and so leaves no call out. */
static void *volatile kept;

static void allocate(void)
{
    void *aligned;

    for (int i = 0; i < 3; i++)
        kept = malloc(10);
    for (int i = 0; i < 5; i++)
        kept = calloc(2, 10);
    for (int i = 0; i < 7; i++)
        kept = realloc(kept, (size_t)(100 + i));
    kept = reallocarray(kept, 10, 30);
    if (!posix_memalign(&aligned, 64, 128)) kept = aligned;
    kept = memalign(64, 128);
    kept = aligned_alloc(64, 128);
    free(kept);
    kept = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(kept, 4096);
}

int main(void)
{
    char byte;

    if (read(0, &byte, 1) != 1) return 1;
    allocate();
    if (write(1, "\n", 1) != 1) return 1;
    return read(0, &byte, 1) == 0 ? 0 : 1;
}
