/* Complaints that tests look at: kept, a line each. */
#ifndef SRFLXD_COMPLAINTS_FOR_TESTS_H
#define SRFLXD_COMPLAINTS_FOR_TESTS_H

#include <string.h>

#include "complaints.h"

struct kept {
    char text[8192];
};

static inline void keep(void *user, const char *line)
{
    struct kept *kept = user;

    strncat(kept->text, line, sizeof kept->text - strlen(kept->text) - 1);
    strncat(kept->text, "\n", sizeof kept->text - strlen(kept->text) - 1);
}

/* Empties `kept`, and has complaints kept there from now on. */
static inline struct complaints keep_complaints(struct kept *kept)
{
    kept->text[0] = '\0';
    return (struct complaints){keep, kept, 0, 0};
}

#endif
