/* Messages made up of attributes of the table with legal values, in both forms: the same seed gives
 * the same message on every machine. */
#ifndef GENERATE_H
#define GENERATE_H

#include "prng.h"

#include <srflx/writer.h>

enum { GENERATED_ATTRIBUTES = 12, GENERATED_BYTES = 62000, TYPES_MAX = 128 };

struct generated_attribute {
    struct srflx_value value; /* its views lie in the message's `memory` */
    uint16_t type;
};

struct generated {
    struct srflx_id id;
    uint16_t type;
    bool classic; /* RFC 3489's form */
    size_t count;
    struct generated_attribute attributes[GENERATED_ATTRIBUTES];
    size_t used; /* of memory */
    uint8_t memory[GENERATED_BYTES];
};

/* The types of the table; returns how many. */
size_t generate_types(uint16_t ret_types[TYPES_MAX]);

/* Header and form. Of the rest, `memory` is empty. */
void generate_header(struct prng *prng, struct generated *ret_message);

/* A legal value for a type of the table, in the message's form. */
void generate_value(struct prng *prng, struct generated *message, uint16_t type,
                    struct srflx_value *ret_value);

/* Any message: every attribute in any place, any number of times, only that FINGERPRINT is last. */
void generate(struct prng *prng, struct generated *ret_message);

/* Writes it with the typed writers. */
int generated_write(const struct generated *message, uint8_t *buf, size_t cap,
                    struct srflx_view *ret_bytes);

#endif
