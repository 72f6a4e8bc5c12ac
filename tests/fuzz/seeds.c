/* Writes the messages of tests/vectors into a folder, one file each, as the fuzzers' first inputs.
 * usage: fuzz_seeds FOLDER */
#include "vector.h"

#include <stdio.h>
#include <stdlib.h>

static const char *folder;

static void write_seed(const struct vector *v)
{
    char path[VECTOR_PATH];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, v->id);
    file = fopen(path, "wb");
    if (!file || fwrite(v->bytes.ptr, 1, v->bytes.len, file) != v->bytes.len || fclose(file)) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    return vector_for_each(write_seed) == VECTOR_COUNT ? EXIT_SUCCESS : EXIT_FAILURE;
}
