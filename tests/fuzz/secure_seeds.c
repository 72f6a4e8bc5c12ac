/* Writes the first flight of our own client, of TLS and of DTLS, as the fuzzers' first inputs.
 * usage: fuzz_secure_seeds TLS-FILE DTLS-FILE */
#include "secure.h"

#include <stdio.h>
#include <stdlib.h>

static void write_seed(const char *path, uint8_t transport)
{
    uint8_t bytes[4096];
    const size_t len = fuzz_first_flight(transport, bytes, sizeof bytes);
    FILE *file = fopen(path, "wb");

    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file)) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: fuzz_secure_seeds TLS-FILE DTLS-FILE\n");
        return 2;
    }
    write_seed(argv[1], SRFLX_TLS);
    write_seed(argv[2], SRFLX_DTLS);
    return 0;
}
