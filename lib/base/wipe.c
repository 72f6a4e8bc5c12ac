#include <srflx/wipe.h>

#include <string.h>

void srflx_wipe(void *bytes, size_t len)
{
    /* What a volatile pointer points to is known when it is read, not before: this call stays, even
     * where link-time optimization sees both sides of it. */
    void *(*volatile fill)(void *, int, size_t) = memset;

    if (len) fill(bytes, 0, len);
}
