#include "server.h"

/* Datagrams stay within what every path carries: 576 and 1280 bytes of IP packet.
 * spec: R8489-6.1-06 R8489-6.1-07 R8489-6.1-09 R8489-6.1-10 R5389-7.1-01 */
static size_t size_limit(const struct srflx_packet *packet)
{
    if (packet->transport == SRFLX_TCP || packet->transport == SRFLX_TLS) return SRFLX_MESSAGE_MAX;
    return packet->from.family == SRFLX_IPV6 ? 1232 : 544;
}

/* In datagrams the phrase is left out, unless credentials were right: it is for people, its bytes could be aimed at
 * others, and the longest challenge has no room for it. spec: R8489-6.3.1.1-02 R8489-6.3.1.1-03 R8489-18.4-01 */
static struct srflx_view phrase_of(uint16_t code, const struct srflxi_request *request)
{
    static const struct {
        const char *text;
        uint16_t len, code;
    } phrases[] = {
        {"Try Alternate", 13, 300},     {"Bad Request", 11, 400},
        {"Unauthenticated", 15, 401},   {"Unknown Attribute", 17, 420},
        {"Stale Credentials", 17, 430}, {"Integrity Check Failure", 23, 431},
        {"Missing Username", 16, 432},  {"Stale Nonce", 11, 438},
    };
    const uint8_t transport = request->packet->transport;
    const bool datagram = transport == SRFLX_UDP || transport == SRFLX_DTLS;
    struct srflx_view phrase = {NULL, 0};
    size_t i;

    if (datagram && !request->grant.answer) return phrase;
    for (i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (phrases[i].code != code) continue;
        phrase.ptr = (const uint8_t *)phrases[i].text;
        phrase.len = phrases[i].len;
    }
    return phrase;
}

/* spec: R8489-6.3.1.1-07 R8489-14.1-05 R5389-12.2-03 R3489-8.1-15 R3489-8.1-18 R3489-8.1-19
 * R3489-8.1-20 R3489-8.1-21 R3489-8.1-28 R3489-11.2-06 */
static void put_success(struct srflx_writer *w, const struct srflx_packet *packet, bool classic)
{
    if (!classic) {
        srflx_put_addr(w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &packet->from);
        return;
    }
    srflx_put_addr(w, SRFLX_ATTR_MAPPED_ADDRESS, &packet->from);
    if (packet->to.family) srflx_put_addr(w, SRFLX_ATTR_SOURCE_ADDRESS, &packet->to);
}

/* The mandatory one has the client's family and comes first.
 * spec: R8489-10-01 R8489-10-02 R8489-10-03 R8489-10-05 R8489-14.15-01 R8489-14.16-01 R5389-11-01
 * R5389-15.11-01 */
static void put_alternate(struct srflx_writer *w, const struct srflx_server *server,
                          const struct srflxi_request *request)
{
    const struct srflx_addr *first = srflxi_alternate(server, request);
    const struct srflx_addr *second = &server->alternate[first == &server->alternate[0]];
    uint8_t transport = request->packet->transport;

    srflx_put_addr(w, SRFLX_ATTR_ALTERNATE_SERVER, first);
    if (second->family) srflx_put_addr(w, SRFLX_ATTR_ALTERNATE_SERVER, second);
    if (server->domain_len && (transport == SRFLX_TLS || transport == SRFLX_DTLS))
        srflx_put_text(w, SRFLX_ATTR_ALTERNATE_DOMAIN,
                       (struct srflx_view){server->domain, server->domain_len});
}

/* spec: R8489-6.3.1-01 R8489-6.3.1.1-02 R8489-6.3.1.1-04 R8489-14.8-14 R3489-8.1-13 R3489-8.1-14
 * R3489-11.2-07 R3489-11.2.10-01 */
static void put_refusal(struct srflx_writer *w, const struct srflx_server *server,
                        const struct srflxi_request *request, enum srflx_verdict verdict)
{
    static const uint16_t change_request = SRFLX_ATTR_CHANGE_REQUEST;
    const struct srflx_packet *packet = request->packet;
    const struct srflx_message *m = &request->message;
    uint16_t code = srflxi_verdict_code(verdict);

    srflx_put_error(w, code, phrase_of(code, request));
    if (verdict == SRFLX_VERDICT_CHANGE_REFUSED) srflx_put_types(w, &change_request, 1);
    if (verdict == SRFLX_VERDICT_UNKNOWN_ATTRIBUTE)
        srflx_put_unknown(w, m, m->classic ? &server->known_classic : &server->known,
                          size_limit(packet) - srflxi_seal_size(request));
    if (verdict == SRFLX_VERDICT_REDIRECTED) put_alternate(w, server, request);
    if (server->guard && !request->grant.answer)
        srflx_guard_put_challenge(w, server->guard, (enum srflx_access)request->access,
                                  &packet->from, request->now);
}

/* Where an answer would grow too long, SOFTWARE is what can be spared.
 * spec: R8489-6.3.1.1-06 R8489-16.1.2-02 */
static void put_software(struct srflx_writer *w, const struct srflx_server *server,
                         const struct srflxi_request *request)
{
    struct srflx_view software = {server->software, server->software_len};

    if (!software.len || request->message.classic) return;
    if (w->len + software.len + srflxi_seal_size(request) > size_limit(request->packet)) return;
    srflx_put_prepared(w, software);
}

/* Computed from the request alone, so that a repeated request is answered alike and nothing is
 * kept. spec: R8489-6.3.1-02 R8489-6.3.1-04 R8489-6.3.1-05 R3489-8.1-37 R3489-8.1-38 R8489-9.1.3-11 R8489-9.2.4-34 R5389-10.1.2-03 R5389-10.2.2-04 */
void srflxi_answer(struct srflx_writer *w, const struct srflx_server *server,
                   const struct srflxi_request *request, enum srflx_verdict verdict)
{
    if (verdict == SRFLX_VERDICT_SUCCESS)
        put_success(w, request->packet, request->message.classic);
    else
        put_refusal(w, server, request, verdict);
    put_software(w, server, request);
}
