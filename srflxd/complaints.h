/* What is wrong with the settings: every mistake at once, a line each. */
#ifndef SRFLXD_COMPLAINTS_H
#define SRFLXD_COMPLAINTS_H

#include "log.h"

enum { COMPLAINTS_SAID = 100, COMPLAINTS_LINE = 1024 };

enum complaint {
    COMPLAINT_WRONG,  /* for the operator to mend */
    COMPLAINT_REFUSED /* right by itself, but this machine has no such thing */
};

struct complaints {
    void (*say)(void *user, const char *line); /* gets the first COMPLAINTS_SAID of them */
    void *user;
    unsigned wrong, refused;
};

/* Counts, and says the line without its control characters, which come out of files and would reach
 * terminals. A line longer than COMPLAINTS_LINE is cut. */
void complain(struct complaints *complaints, enum complaint kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

unsigned complaints_count(const struct complaints *complaints);

/* Says how many there were beyond COMPLAINTS_SAID, if any. */
void complaints_end(const struct complaints *complaints);

/* Complaints that become lines of the log, which is borrowed: errors or warnings. */
struct complaints complaints_to_log(struct log *log, enum log_level level);

#endif
