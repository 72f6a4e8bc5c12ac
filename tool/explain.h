/* A message explained, however broken it is, and the verdict on it. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <jansson.h>
#include <stdio.h>

#include <srflx/dissect.h>

#include "verify.h"

/* What makes the bytes useless as a message: the first fatal problem, else the first unusable value
 * that a receiver would look at. */
struct verdict {
    bool broken;
    enum srflx_problem problem;
    size_t offset;
    char text[200];
};

void judge(struct srflx_view bytes, struct verdict *ret_verdict);

/* "Binding success response". */
void print_message_title(FILE *to, uint16_t type);

/* One line for each attribute, `indent` before it. `verification` is NULL here and below without credentials. */
void print_attributes(FILE *to, struct srflx_view bytes, const struct verification *verification,
                      const char *indent);

/* Both say all there is to say. */
void print_explanation(FILE *to, struct srflx_view bytes, const struct verdict *verdict,
                       const struct verification *verification);
json_t *explanation_json(struct srflx_view bytes, const struct verdict *verdict,
                         const struct verification *verification);

#endif
