/* Many source addresses for srflx bench, out of a prefix. */
#ifndef BENCH_SOURCES_H
#define BENCH_SOURCES_H

#include <srflx/types.h>

/* Addresses of a prefix in an order that goes through all of them. Family 0: none. */
struct bench_sources {
    struct srflx_addr base;
    uint8_t shift;  /* bits behind those that change */
    uint32_t first; /* of those that change, the least value */
    uint64_t count;
};

/* Reads "10.9.0.0/16". Returns NULL, or what is wrong. */
const char *bench_sources_parse(const char *text, struct bench_sources *ret_sources);

/* The source of a request by its serial number, without a port: another one each time, until all have
 * had their turn. */
void bench_sources_get(const struct bench_sources *sources, uint32_t serial,
                       struct srflx_addr *ret_addr);

/* False unless this host receives what is sent to the address. */
bool bench_source_is_local(const struct srflx_addr *addr);

#endif
