/* What `srflx query` says about one answer, one failure, and a series of them. */
#ifndef QUERY_REPORT_H
#define QUERY_REPORT_H

#include <jansson.h>

#include <srflx/ask.h>

enum { FAILURE_TEXT = 4 * SRFLX_ASK_PHRASE + SRFLX_ASK_TEXT };

/* The sentence of a result whose error is not 0, with what the server says. */
void failure_text(const struct srflx_ask_result *result, char *ret_text);

/* {"ok": false, "error": {"name", "text", "code"}}; `code` 0: null. */
json_t *failure_json(const char *name, const char *text, int code);

/* `login` as srflx_ask_login() has it. */
void print_answer(const struct srflx_ask_result *result, const struct srflx_login *login);
json_t *result_json(const struct srflx_ask_result *result, const struct srflx_login *login,
                    const char *host);

struct statistics {
    uint32_t queries, answers;
    uint64_t least_ns, most_ns, sum_ns;
    struct srflx_ask_result last; /* answer; only if there are answers */
};

void statistics_add(struct statistics *s, const struct srflx_ask_result *result);
void print_statistics(const struct statistics *s);
json_t *statistics_json(const struct statistics *s);

#endif
