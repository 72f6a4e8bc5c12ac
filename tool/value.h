/* The value of one attribute, for people and for programs. */
#ifndef VALUE_H
#define VALUE_H

#include <jansson.h>
#include <stdio.h>

#include <srflx/dissect.h>

/* On one line, without a line break; an unusable value as hex. */
void value_print(FILE *to, const struct srflx_fact *attribute);

/* null if it is unusable or empty. */
json_t *value_json(const struct srflx_fact *attribute);

#endif
