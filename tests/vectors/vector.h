/* Reading the messages of tests/vectors: INDEX and the .hex files. */
#ifndef VECTOR_H
#define VECTOR_H

#include <srflx/types.h>

struct vector {
    struct srflx_view bytes; /* they lie in `memory` */
    char id[128];
    uint8_t memory[2048];
};

enum { VECTOR_COUNT = 129, VECTOR_PATH = 512 };

/* The path of a file of tests/vectors; `ret_path` has VECTOR_PATH bytes. */
void vector_path(char *ret_path, const char *id, const char *ending);

/* Reads one message. Ends the program, with a word, if that fails. */
void vector_load(struct vector *ret_vector, const char *id);

/* Runs `body` for each line of INDEX; returns how many there were. */
size_t vector_for_each(void (*body)(const struct vector *v));

#endif
