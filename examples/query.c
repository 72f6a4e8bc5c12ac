/* Which address does a STUN server see? The short way: one call of libsrflx-io, which blocks.
 *
 *     cc query.c $(pkg-config --cflags --libs srflx-io) -o query
 *     ./query stun:stun.example.net
 */
#include <stdio.h>

#include <srflx/addr.h>
#include <srflx/easy.h>

int main(int argc, char **argv)
{
    struct srflx_query_options options;
    struct srflx_query_result me;
    char text[SRFLX_ADDR_TEXT];

    if (argc != 2) {
        fputs("usage: query stun:HOST[:PORT]\n", stderr);
        return 2;
    }
    srflx_query_options_defaults(&options);
    options.timeout_ms = 3000;
    if (srflx_query(argv[1], &options, &me)) {
        fprintf(stderr, "%s\n", me.text);
        return 1;
    }
    printf("I am %s (%.1f ms)\n", srflx_addr_write(&me.mapped, text), (double)me.rtt_ns / 1e6);
    return 0;
}
