#include "complaints.h"

#include <stdarg.h>
#include <stdio.h>

unsigned complaints_count(const struct complaints *complaints)
{
    return complaints->wrong + complaints->refused;
}

/* C0, DEL, and C1 in UTF-8. */
static void blank_controls(char *line)
{
    for (unsigned char *at = (unsigned char *)line; *at; at++) {
        if (*at < 0x20 || *at == 0x7f) *at = '?';
        if (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) at[0] = at[1] = '?';
    }
}

void complain(struct complaints *complaints, enum complaint kind, const char *format, ...)
{
    char line[COMPLAINTS_LINE];
    va_list values;

    if (kind == COMPLAINT_REFUSED) {
        complaints->refused++;
    } else {
        complaints->wrong++;
    }
    if (complaints_count(complaints) > COMPLAINTS_SAID) return;
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    blank_controls(line);
    complaints->say(complaints->user, line);
}

void complaints_end(const struct complaints *complaints)
{
    const unsigned count = complaints_count(complaints);
    char line[60];

    if (count <= COMPLAINTS_SAID) return;
    snprintf(line, sizeof line, "and %u errors more", count - COMPLAINTS_SAID);
    complaints->say(complaints->user, line);
}

static void say_error(void *user, const char *line)
{
    log_line(user, LOG_ERROR, "%s", line);
}

static void say_warning(void *user, const char *line)
{
    log_line(user, LOG_WARN, "%s", line);
}

struct complaints complaints_to_log(struct log *log, enum log_level level)
{
    return (struct complaints){level == LOG_ERROR ? say_error : say_warning, log, 0, 0};
}
