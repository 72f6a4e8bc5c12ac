#include <srflx/verdict.h>

uint16_t srflx_access_code(enum srflx_access access)
{
    switch (access) {
#define ACCESS_CODE(name, code, text) \
    case SRFLX_ACCESS_##name:         \
        return code;
        SRFLX_ACCESS_MAP(ACCESS_CODE)
#undef ACCESS_CODE
    default:
        return 0;
    }
}

const char *srflx_access_name(enum srflx_access access)
{
    switch (access) {
#define ACCESS_NAME(name, code, text) \
    case SRFLX_ACCESS_##name:         \
        return #name;
        SRFLX_ACCESS_MAP(ACCESS_NAME)
#undef ACCESS_NAME
    default:
        return "UNKNOWN";
    }
}

const char *srflx_access_text(enum srflx_access access)
{
    switch (access) {
#define ACCESS_TEXT(name, code, text) \
    case SRFLX_ACCESS_##name:         \
        return text;
        SRFLX_ACCESS_MAP(ACCESS_TEXT)
#undef ACCESS_TEXT
    default:
        return "unknown verdict";
    }
}
