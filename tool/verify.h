/* Whether a message was signed with the credentials on the command line, and is about their user. */
#ifndef VERIFY_H
#define VERIFY_H

#include <jansson.h>
#include <stdio.h>

#include <srflx/dissect.h>

#include "credentials.h"

enum check_result { CHECK_RIGHT, CHECK_WRONG, CHECK_UNCHECKED };

/* What one attribute is worth: MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 or USERHASH. */
struct check {
    size_t offset; /* of the attribute; no other one has it */
    enum check_result result;
    const char *reason;    /* UNCHECKED: why. Static text */
    bool is_userhash;      /* the rest is for integrity that is RIGHT */
    const char *mechanism; /* "short-term", "long-term", "classic" */
    const char *algorithm; /* of a long-term key: "MD5", "SHA-256"; else NULL */
    bool saslprep;         /* with the form of name or password that RFC 5389 has */
    size_t cut_to;         /* bytes; 0: whole */
};

enum { CHECKS_MOST = 3 };

struct verification {
    struct check checks[CHECKS_MOST];
    size_t count;
};

/* Checks what a receiver would look at: not what is hidden or repeated. The credentials are prepared. */
void verify(const struct credentials *credentials, struct srflx_view message,
            struct verification *ret_verification);

/* The check of this attribute, NULL if there is none. So it is without a verification (NULL). */
const struct check *verification_find(const struct verification *verification, size_t offset);

/* The first integrity that is wrong, NULL if there is none. */
const struct check *verification_failure(const struct verification *verification);

/* " [right (short-term)]" */
void check_print(FILE *to, const struct check *check);

/* {"result": "right", "mechanism": "short-term", ...} */
json_t *check_json(const struct check *check);

#endif
