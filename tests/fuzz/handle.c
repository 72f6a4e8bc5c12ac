/* Any datagram, through the memory driver to srflx_server_handle() and back: an answer is a message
 * of the right form to a request that deserves one, no longer than it may be. */
#include "credentials.h"
#include "fuzz.h"
#include "steady_random.h"
#include "udp.h"

#include <srflx/addr.h>
#include <srflx/message.h>

enum { PLAIN, WITH_SOFTWARE, WITHOUT_CLASSIC, OPEN, SERVERS = OPEN + GUARDED, MEMORY = 4096 };

enum { DRESSED_MOST = 70000 };

static struct srflx_server *servers[SERVERS];
static struct srflx_worker *worker;
static enum srflx_verdict last_verdict;

static void make_server(unsigned which, const struct srflx_server_config *config)
{
    REQUIRE(!srflx_server_init(malloc(MEMORY), MEMORY, config, &servers[which]));
}

/* The longest SOFTWARE fills answers up to their limit. */
static void make_servers(void)
{
    static uint8_t software[508];
    struct srflx_server_config config;
    size_t i;

    for (i = 0; i < sizeof software; i += 4)
        memcpy(software + i, "\xF0\x9F\x90\x9F", 4);
    srflx_server_config_defaults(&config);
    make_server(PLAIN, &config);
    config.software = (struct srflx_view){software, sizeof software};
    make_server(WITH_SOFTWARE, &config);
    srflx_server_config_defaults(&config);
    config.classic = false;
    make_server(WITHOUT_CLASSIC, &config);
    srflx_server_config_defaults(&config);
    for (i = 0; i < GUARDED; i++) {
        config.guard = guard_of((enum guarded)i);
        config.guess_burst = 0; /* no guess is one too many */
        config.alternate.ipv6 = (struct srflx_addr){{0x20, 1, [15] = 9}, 0, 3478, SRFLX_IPV6};
        make_server(OPEN + (unsigned)i, &config);
    }
    REQUIRE(!srflx_worker_init(malloc(srflx_worker_size()), srflx_worker_size(), steady_random,
                               NULL, &worker));
}

/* Where the datagram comes from: mostly somewhere that can be answered. */
static struct srflx_packet packet_of(struct srflx_view bytes)
{
    static const struct srflx_addr from[] = {
        {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4},
        {{0x20, 1, 0x0d, 0xb8, [15] = 1}, 0, 32853, SRFLX_IPV6},
        {{192, 0, 2, 1}, 0, 0, SRFLX_IPV4},      /* no port */
        {{224, 0, 0, 1}, 0, 32853, SRFLX_IPV4},  /* multicast */
        {{0}, 0, 32853, SRFLX_IPV4},             /* nobody */
        {{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4},   /* ourselves */
        {{0xff, 2, [15] = 1}, 0, 1, SRFLX_IPV6}, /* multicast */
        {{0xfe, 0x80, [15] = 1}, 2, 1, SRFLX_IPV6},
    };
    static const struct srflx_addr to[] = {{{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4},
                                           {{0x20, 1, 0x0d, 0xb8, [15] = 2}, 0, 3478, SRFLX_IPV6}};
    unsigned who = choice(bytes, 0) < 16 ? choice(bytes, 0) % 8 : choice(bytes, 0) % 2;
    struct srflx_packet packet = {bytes, from[who], to[from[who].family == SRFLX_IPV6], SRFLX_UDP};

    if (choice(bytes, 1) < 32) packet.transport = (uint8_t)(SRFLX_UDP + choice(bytes, 1) % 4);
    return packet;
}

static void handle(void *user, const struct srflx_packet *packet, struct srflx_reply *reply)
{
    static const struct srflx_time now;

    last_verdict = srflx_server_handle(user, worker, packet, now, reply);
#ifdef FUZZ_PLANTED
    /* A bug that the fuzzers must find: an answer to somebody else. */
    if (last_verdict == SRFLX_VERDICT_STALE_CREDENTIALS && packet->bytes.len > 400)
        reply->buf[19] ^= 1;
#endif
}

/* Runs the driver over one packet. Returns how many answers there were. */
static size_t run(struct srflx_server *server, const struct srflx_packet *packet,
                  struct srflx_udp_answer *ret_answer)
{
    struct srflx_udp_socket socket = {-1, packet->to, {0}};
    struct srflx_handler handler = {handle, server};
    struct srflx_udp_arrays arrays;

    srflx_udp_memory.prepare(&arrays);
    arrays.packets = packet;
    arrays.packet_count = 1;
    arrays.answers = ret_answer;
    arrays.answer_room = 1;
    REQUIRE(srflx_udp_memory.run(&arrays, &socket, &handler) == 1);
    REQUIRE(arrays.answered <= 1);
    return arrays.answered;
}

static bool is_datagram(const struct srflx_packet *packet)
{
    return packet->transport == SRFLX_UDP || packet->transport == SRFLX_DTLS;
}

/* Bytes of the IP packet around a datagram. */
static size_t ip_size(const struct srflx_packet *packet, size_t len)
{
    return len + (packet->from.family == SRFLX_IPV6 ? 48 : 28);
}

/* How much longer than its request an answer without SOFTWARE may be at the IP layer, in percent:
 * the shortest request, and the answer to it. An error is longest, in proportion, that lists the
 * one attribute of its request: 36 bytes to 24. */
static unsigned most_percent(const struct srflx_packet *packet, const struct srflx_message *answer)
{
    bool ipv6 = packet->from.family == SRFLX_IPV6;

    if (srflx_message_has(answer, SRFLX_ATTR_NONCE))
        return 312; /* a long-term challenge, and tokens taken */

    if (srflx_integrity_claimed(answer))
        return 150; /* to somebody who is known, and gets phrases */
    if (answer->kind == SRFLX_ERROR) return 124;
    if (answer->classic) return ipv6 ? 171 : 150;
    return ipv6 ? 136 : 125;
}

static void check_size(const struct srflx_packet *packet, const struct srflx_message *answer)
{
    size_t len = answer->bytes.len;

    if (!is_datagram(packet)) return;
    REQUIRE(len <= (packet->from.family == SRFLX_IPV6 ? 1232 : 544));
    if (srflx_message_has(answer, SRFLX_ATTR_SOFTWARE) || packet->transport != SRFLX_UDP) return;
    REQUIRE(100 * ip_size(packet, len) <=
            most_percent(packet, answer) * ip_size(packet, packet->bytes.len));
}

static void check_success(const struct srflx_packet *packet, const struct srflx_message *answer)
{
    uint16_t attr = answer->classic ? SRFLX_ATTR_MAPPED_ADDRESS : SRFLX_ATTR_XOR_MAPPED_ADDRESS;
    struct srflx_addr mapped;

    REQUIRE(!srflx_message_get_addr(answer, attr, &mapped));
    mapped.scope = packet->from.scope; /* which no message carries */
    REQUIRE(srflx_addr_equal(&mapped, &packet->from));
}

/* RFC 3489 over DTLS, which no method makes right: R8489-11-02. */
static bool is_out_of_place(const struct srflx_packet *packet, const struct srflx_message *request)
{
    return request->classic && packet->transport == SRFLX_DTLS;
}

static void check_error(const struct srflx_packet *packet, const struct srflx_message *request,
                        const struct srflx_message *answer)
{
    struct srflx_error_code error;
    struct srflx_view list;
    size_t i;

    REQUIRE(!srflx_message_get_error(answer, &error));
    REQUIRE(error.code == 300 || error.code == 400 || error.code == 401 || error.code == 420 ||
            (error.code >= 430 && error.code <= 432) || error.code == 438 || error.code == 500);
    REQUIRE((error.code == 500) == is_out_of_place(packet, request));
    REQUIRE(srflx_message_has(answer, SRFLX_ATTR_UNKNOWN_ATTRIBUTES) == (error.code == 420));
    if (error.code != 420) return;
    REQUIRE(!srflx_message_get_bytes(answer, SRFLX_ATTR_UNKNOWN_ATTRIBUTES, &list) && list.len);
    for (i = 0; i < list.len; i += 2)
        REQUIRE(srflx_message_has(request, (uint16_t)get16(list.ptr + i)));
}

static void check_answer(const struct srflx_packet *packet, const struct srflx_udp_answer *sent)
{
    struct srflx_view bytes = heap_copy((struct srflx_view){sent->bytes, sent->len});
    struct srflx_message request, answer;
    uint8_t kind = last_verdict == SRFLX_VERDICT_SUCCESS ? SRFLX_SUCCESS : SRFLX_ERROR;

    REQUIRE(!srflx_message_parse(packet->bytes, &request));
    REQUIRE(request.kind == SRFLX_REQUEST);
    REQUIRE(request.method == SRFLX_METHOD_BINDING || is_out_of_place(packet, &request));
    REQUIRE(request.fingerprint != SRFLX_FINGERPRINT_WRONG);
    REQUIRE(!srflx_message_parse(bytes, &answer));
    REQUIRE(answer.kind == kind && answer.method == request.method);
    REQUIRE(!memcmp(bytes.ptr + 4, packet->bytes.ptr + 4, 16));
    REQUIRE(answer.fingerprint == request.fingerprint);
    REQUIRE(srflx_addr_equal(&sent->to, &packet->from));
    REQUIRE(srflx_addr_equal(&sent->from, &packet->to));
    check_size(packet, &answer);
    if (kind == SRFLX_SUCCESS)
        check_success(packet, &answer);
    else
        check_error(packet, &request, &answer);
    heap_free(bytes);
}

/* Nobody is let in, sent on, or told what his request lacks, who has not signed it; and all that is said behind the
 * credentials is signed. */
static void check_credentials(enum guarded which, const struct srflx_packet *packet,
                              const struct srflx_udp_answer *sent)
{
    const struct srflx_view bytes = {sent->bytes, sent->len};
    bool let_in =
        last_verdict <= SRFLX_VERDICT_CHANGE_REFUSED || last_verdict == SRFLX_VERDICT_REDIRECTED;
    struct srflx_message request, answer;

    REQUIRE(!srflx_message_parse(packet->bytes, &request) && !srflx_message_parse(bytes, &answer));
    if (let_in) {
        REQUIRE(is_signed_by_alice(&request, which));
        REQUIRE(is_signed_by_alice(&answer, which));
        REQUIRE(!srflx_message_has(&answer, SRFLX_ATTR_NONCE));
    } else {
        REQUIRE(srflx_integrity_claimed(&answer) == SRFLX_INTEGRITY_ABSENT);
    }
    REQUIRE(!srflx_message_has(&answer, SRFLX_ATTR_USERNAME));
    REQUIRE(!srflx_message_has(&answer, SRFLX_ATTR_USERHASH));
}

/* A server without RFC 3489 answers nobody who speaks it, but to say that DTLS is the wrong place. */
static void check_who_is_answered(unsigned which, const struct srflx_packet *packet)
{
    const struct srflx_addr *from = &packet->from;

    REQUIRE(which != WITHOUT_CLASSIC || packet->transport == SRFLX_DTLS ||
            !memcmp(packet->bytes.ptr + 4, "\x21\x12\xA4\x42", 4));
    REQUIRE(from->port && !srflx_addr_is_multicast(from) && !srflx_addr_is_unspecified(from));
    REQUIRE(!srflx_addr_equal(from, &packet->to));
}

/* The same packet once more, onto other memory: the same answer. */
static void check_again(struct srflx_server *server, const struct srflx_packet *packet,
                        const struct srflx_udp_answer *first, size_t count)
{
    static struct srflx_udp_answer again;

    memset(again.bytes, 0xFF, sizeof again.bytes);
    REQUIRE(run(server, packet, &again) == count);
    REQUIRE(!count || (again.len == first->len && !memcmp(again.bytes, first->bytes, again.len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct srflx_udp_answer answer;
    struct srflx_view bytes = {data, size};
    struct srflx_packet packet = packet_of(bytes);
    unsigned which = choice(bytes, 2) % SERVERS;
    static uint8_t dressed[DRESSED_MOST];
    size_t count, dressed_len;

    if (!worker) make_servers();
    if (which >= OPEN && choice(bytes, 3) < 192) {
        dressed_len = dress(bytes, (enum guarded)(which - OPEN), &packet.from,
                            choice(bytes, 3) % DRESS_OMISSIONS, dressed, sizeof dressed);
        if (dressed_len) packet.bytes = (struct srflx_view){dressed, dressed_len};
    }
    spoil(answer.bytes, sizeof answer.bytes);
    count = run(servers[which], &packet, &answer);
    if (count) {
        require_initialised((struct srflx_view){answer.bytes, answer.len});
        check_who_is_answered(which, &packet);
        check_answer(&packet, &answer);
        if (which >= OPEN) check_credentials((enum guarded)(which - OPEN), &packet, &answer);
    }
    check_again(servers[which], &packet, &answer, count);
    return 0;
}
