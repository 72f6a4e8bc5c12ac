#include <srflx/error.h>

const char *srflx_error_text(int code)
{
    if (code >= 0) return "no error";
    switch (code) {
#define ERROR_TEXT(name, number, text) \
    case number:                       \
        return text;
        SRFLX_ERROR_MAP(ERROR_TEXT)
#undef ERROR_TEXT
    default:
        return "unknown error";
    }
}

const char *srflx_error_name(int code)
{
    if (code >= 0) return "OK";
    switch (code) {
#define ERROR_NAME(name, number, text) \
    case number:                       \
        return #name;
        SRFLX_ERROR_MAP(ERROR_NAME)
#undef ERROR_NAME
    default:
        return "UNKNOWN";
    }
}
