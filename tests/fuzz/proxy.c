/* Any bytes in front of a connection or in a datagram: srflx_proxy_parse() and its sisters say the
 * same about the same bytes, and the first verdict that is none of "more" is the last. */
#include "fuzz.h"

#include "proxied.h"
#include "proxy.h"

enum { LINE_LONGEST = 107 };

static bool same_address(const struct srflx_addr *a, const struct srflx_addr *b)
{
    return !memcmp(a->ip, b->ip, sizeof a->ip) && a->scope == b->scope && a->port == b->port &&
           a->family == b->family;
}

static void check_address(const struct srflx_addr *addr, bool local)
{
    require_initialised((struct srflx_view){addr->ip, sizeof addr->ip});
    REQUIRE(!addr->scope);
    if (local) {
        REQUIRE(addr->family == SRFLX_NO_FAMILY);
    } else {
        REQUIRE(addr->family == SRFLX_IPV4 || addr->family == SRFLX_IPV6);
    }
}

static void check_whole(struct srflx_view bytes, int len, const struct srflx_proxy_header *header)
{
    struct srflx_proxy_header again;

    REQUIRE((size_t)len <= bytes.len && len <= SRFLX_PROXY_LONGEST);
    check_address(&header->from, header->local);
    check_address(&header->to, header->local);
    REQUIRE(!header->local || !header->datagram);
    spoil(&again, sizeof again);
    REQUIRE(srflx_proxy_parse((struct srflx_view){bytes.ptr, (size_t)len}, &again) == len);
    REQUIRE(again.local == header->local && again.datagram == header->datagram);
    REQUIRE(same_address(&again.from, &header->from) && same_address(&again.to, &header->to));
}

/* The verdict about all of them, which was the same about fewer, down to where more was needed. */
static int check_stream(struct srflx_view bytes, struct srflx_proxy_header *ret_header)
{
    int said = 0;
    size_t len;

    for (len = 0; len <= bytes.len; len++) {
        const struct srflx_view part = heap_copy((struct srflx_view){bytes.ptr, len});
        int got;
        spoil(ret_header, sizeof *ret_header);
        got = srflx_proxy_parse(part, ret_header);
        heap_free(part);
        REQUIRE(got >= SRFLX_PROXY_BROKEN);
        REQUIRE(!said || got == said);
        REQUIRE(got <= 0 || said || (size_t)got == len);
        REQUIRE(got > 0 || is_spoilt(ret_header, sizeof *ret_header));
        said = got;
    }
    REQUIRE(said || !bytes.len ||
            bytes.len < (bytes.ptr[0] == 'P' ? LINE_LONGEST : SRFLX_PROXY_LONGEST));
    if (said > 0) check_whole(bytes, said, ret_header);
    return said;
}

/* A datagram is taken exactly if a stream would take it, and it is about one. */
static void check_datagram(struct srflx_view bytes, int said,
                           const struct srflx_proxy_header *header)
{
    const struct srflx_prefix all = {{{0}, 0, 0, SRFLX_IPV4}, 0};
    const struct srflx_packet before = {bytes,
                                        {{10, 0, 0, 1}, 0, 4000, SRFLX_IPV4},
                                        {{10, 0, 0, 2}, 0, 3478, SRFLX_IPV4},
                                        SRFLX_UDP};
    const bool good = said > 0 && bytes.ptr[0] == '\r' && (header->local || header->datagram);
    struct srflx_proxy_header again;
    struct srflx_packet packet = before;
    int got;

    spoil(&again, sizeof again);
    got = srflx_proxy_parse_datagram(bytes, &again);
    REQUIRE(good ? got == said : got < 0 && is_spoilt(&again, sizeof again));
    REQUIRE(srflx_proxy_strip(&packet, &all, 1) == good);
    REQUIRE(lies_within(packet.bytes, bytes));
    REQUIRE(packet.bytes.len == bytes.len - (good ? (size_t)said : 0));
    REQUIRE(same_address(&packet.from, good && !header->local ? &header->from : &before.from));
    REQUIRE(same_address(&packet.to, good && !header->local ? &header->to : &before.to));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct srflx_view bytes = heap_copy((struct srflx_view){data, size});
    struct srflx_proxy_header header;

    check_datagram(bytes, check_stream(bytes, &header), &header);
    heap_free(bytes);
    return 0;
}
