/* What `srflx query` says about one answer, one failure, and a series of them. */
#ifndef QUERY_REPORT_H
#define QUERY_REPORT_H

#include <jansson.h>

#include "ask.h"

enum { FAILURE_TEXT = ASK_PHRASE + 200 };

/* The sentence of a result whose error is not 0. `step` is what failed if it is SRFLX_ERROR_SYSTEM.
 */
void failure_text(const struct ask_result *result, const char *step, char *ret_text);

/* {"ok": false, "error": {"name", "text", "code"}}; `code` 0: null. */
json_t *failure_json(const char *name, const char *text, int code);

void print_answer(const struct ask_result *result);
json_t *result_json(const struct ask_result *result, const char *host, const char *step);

struct statistics {
    uint32_t queries, answers;
    uint64_t least_ns, most_ns, sum_ns;
    struct ask_result last; /* answer; only if there are answers */
};

void statistics_add(struct statistics *s, const struct ask_result *result);
void print_statistics(const struct statistics *s);
json_t *statistics_json(const struct statistics *s);

#endif
