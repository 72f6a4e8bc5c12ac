#define _POSIX_C_SOURCE 200809L /* write */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 1100 }; /* a complaint and what stands before it */

static const char *const texts[] = {
#define TEXT_OF(name, text, prefix) text,
    LOG_LEVEL_MAP(TEXT_OF)
#undef TEXT_OF
};

static const char *const prefixes[] = {
#define PREFIX_OF(name, text, prefix) prefix,
    LOG_LEVEL_MAP(PREFIX_OF)
#undef PREFIX_OF
};

const char *log_level_text(enum log_level level)
{
    return texts[level];
}

/* One write, so that lines of several programs on one terminal do not mix. */
void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
    char line[LINE];
    size_t len;
    va_list values;

    if (level > log->finest) return;
    len = (size_t)snprintf(line, sizeof line, "srflxd: %s", prefixes[level]);
    va_start(values, format);
    vsnprintf(line + len, sizeof line - len - 1, format, values);
    va_end(values);
    len = strlen(line);
    line[len] = '\n';
    if (write(STDERR_FILENO, line, len + 1) < 0) return; /* nobody is left to tell */
}
