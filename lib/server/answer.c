#include "server.h"

/* Datagrams stay within what every path carries: 576 and 1280 bytes of IP packet.
 * spec: R8489-6.1-06 R8489-6.1-07 R8489-6.1-09 R8489-6.1-10 R5389-7.1-01 */
static size_t size_limit(const struct srflx_packet *packet)
{
    if (packet->transport == SRFLX_TCP || packet->transport == SRFLX_TLS) return SRFLX_MESSAGE_MAX;
    return packet->from.family == SRFLX_IPV6 ? 1232 : 544;
}

/* What seal will still add. */
static size_t seal_size(const struct srflx_message *request)
{
    return request->fingerprint == SRFLX_FINGERPRINT_RIGHT ? 8 : 0;
}

/* Over UDP the phrase is left out: it is for people, and its bytes could be aimed at others.
 * spec: R8489-6.3.1.1-02 R8489-6.3.1.1-03 */
static struct srflx_view phrase_of(uint16_t code, uint8_t transport)
{
    static const struct {
        const char *text;
        uint16_t len, code;
    } phrases[] = {
        {"Bad Request", 11, 400},
        {"Unknown Attribute", 17, 420},
        {"Stale Credentials", 17, 430},
        {"Missing Username", 16, 432},
    };
    struct srflx_view phrase = {NULL, 0};
    size_t i;

    if (transport == SRFLX_UDP) return phrase;
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

/* spec: R8489-6.3.1-01 R8489-6.3.1.1-02 R8489-6.3.1.1-04 R8489-14.8-14 R3489-8.1-13 R3489-8.1-14
 * R3489-11.2-07 R3489-11.2.10-01 */
static void put_refusal(struct srflx_writer *w, const struct srflx_server *server,
                        const struct srflx_packet *packet, const struct srflx_message *request,
                        enum srflx_verdict verdict)
{
    static const uint16_t change_request = SRFLX_ATTR_CHANGE_REQUEST;
    uint16_t code = srflxi_verdict_code(verdict);

    srflx_put_error(w, code, phrase_of(code, packet->transport));
    if (verdict == SRFLX_VERDICT_CHANGE_REFUSED) srflx_put_types(w, &change_request, 1);
    if (verdict == SRFLX_VERDICT_UNKNOWN_ATTRIBUTE)
        srflx_put_unknown(w, request, request->classic ? &server->known_classic : &server->known,
                          size_limit(packet) - seal_size(request));
}

/* Where an answer would grow too long, SOFTWARE is what can be spared.
 * spec: R8489-6.3.1.1-06 */
static void put_software(struct srflx_writer *w, const struct srflx_server *server,
                         const struct srflx_packet *packet, const struct srflx_message *request)
{
    struct srflx_view software = {server->software, server->software_len};

    if (!software.len || request->classic) return;
    if (w->len + software.len + seal_size(request) > size_limit(packet)) return;
    srflx_put_prepared(w, software);
}

/* Computed from the request alone, so that a repeated request is answered alike and nothing is
 * kept. spec: R8489-6.3.1-02 R8489-6.3.1-04 R8489-6.3.1-05 R3489-8.1-37 R3489-8.1-38 */
void srflxi_answer(struct srflx_writer *w, const struct srflx_server *server,
                   const struct srflx_packet *packet, const struct srflx_message *request,
                   enum srflx_verdict verdict)
{
    if (verdict == SRFLX_VERDICT_SUCCESS)
        put_success(w, packet, request->classic);
    else
        put_refusal(w, server, packet, request, verdict);
    put_software(w, server, packet, request);
}
