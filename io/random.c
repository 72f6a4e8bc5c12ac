/* getentropy() entered POSIX in 2024; until then it needs the system's own name space. */
#define _DEFAULT_SOURCE

#include <srflx/random.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { GETENTROPY_MOST = 256 };

/* spec: R8489-5-08 R5389-6-03 */
void srflx_random_fill(void *user, uint8_t *ret_bytes, size_t len)
{
    size_t done, part;

    (void)user;
    for (done = 0; done < len; done += part) {
        part = len - done < GETENTROPY_MOST ? len - done : GETENTROPY_MOST;
        if (getentropy(ret_bytes + done, part)) {
            fprintf(stderr, "srflx: the system gives no random bytes (getentropy: %s)\n",
                    strerror(errno));
            abort();
        }
    }
}
