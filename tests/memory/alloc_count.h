/* What alloc_count.c counts, in the order of its file. memalign stands also for aligned_alloc and
 * posix_memalign, realloc for reallocarray; free(NULL) does not count. */
#ifndef ALLOC_COUNT_H
#define ALLOC_COUNT_H

#define ALLOC_COUNT_MAP(X) X(malloc) X(calloc) X(realloc) X(memalign) X(free) X(mmap) X(munmap)

enum alloc_count {
#define ALLOC_COUNT_ENUM(name) ALLOC_COUNT_##name,
    ALLOC_COUNT_MAP(ALLOC_COUNT_ENUM)
#undef ALLOC_COUNT_ENUM
        ALLOC_COUNTS
};

#endif
