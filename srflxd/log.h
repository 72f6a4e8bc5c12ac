/* Lines for people, on stderr. Nothing is ever written because of a packet. */
#ifndef SRFLXD_LOG_H
#define SRFLXD_LOG_H

/* X(name, text of --log-level, what a line begins with) */
#define LOG_LEVEL_MAP(X)         \
    X(ERROR, "error", "error: ") \
    X(WARN, "warn", "warning: ") \
    X(INFO, "info", "")          \
    X(DEBUG, "debug", "debug: ")

enum log_level {
#define LOG_LEVEL_ENUM(name, text, prefix) LOG_##name,
    LOG_LEVEL_MAP(LOG_LEVEL_ENUM)
#undef LOG_LEVEL_ENUM
        LOG_LEVEL_COUNT
};

struct log {
    enum log_level finest; /* lines of a finer level are not written */
};

/* What --log-level calls a level. */
const char *log_level_text(enum log_level level);

/* Writes "srflxd: " and one line. */
void log_line(const struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
