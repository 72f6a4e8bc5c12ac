#include "vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_or_exit(const char *path)
{
    FILE *file = fopen(path, "r");

    if (file) return file;
    perror(path);
    exit(EXIT_FAILURE);
}

void vector_path(char *ret_path, const char *id, const char *ending)
{
    snprintf(ret_path, VECTOR_PATH, "%s/tests/vectors/%s%s", SRFLX_SOURCE_DIR, id, ending);
}

void vector_load(struct vector *ret_vector, const char *id)
{
    char path[VECTOR_PATH];
    size_t len = 0;
    unsigned byte;
    FILE *file;

    vector_path(path, id, ".hex");
    file = open_or_exit(path);
    while (len < sizeof ret_vector->memory && fscanf(file, "%2x", &byte) == 1)
        ret_vector->memory[len++] = (uint8_t)byte;
    if (!feof(file)) {
        fprintf(stderr, "%s: no hex, or too long\n", path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    ret_vector->bytes = (struct srflx_view){ret_vector->memory, len};
    snprintf(ret_vector->id, sizeof ret_vector->id, "%s", id);
}

size_t vector_for_each(void (*body)(const struct vector *v))
{
    char path[VECTOR_PATH], id[128];
    size_t count = 0;
    struct vector v;
    FILE *index;

    vector_path(path, "INDEX", "");
    index = open_or_exit(path);
    for (; fscanf(index, "%127s", id) == 1; count++) {
        vector_load(&v, id);
        body(&v);
    }
    fclose(index);
    return count;
}
