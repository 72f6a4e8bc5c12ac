#define _DEFAULT_SOURCE /* u_char, u_int, which pcap.h uses */
#include "capture.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include <srflx/classify.h>
#include <srflx/message.h>

#include "capture_stream.h"
#include "link_layer.h"

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

struct reader {
    capture_message_fn *on_message;
    void *user;
    struct capture_counts counts;
    struct streams streams;
    struct timeval first;
    struct capture_message message; /* the packet in hand */
};

bool is_capture(struct srflx_view start)
{
    static const uint8_t magics[][4] = {
        {0xA1, 0xB2, 0xC3, 0xD4}, {0xD4, 0xC3, 0xB2, 0xA1}, {0xA1, 0xB2, 0x3C, 0x4D},
        {0x4D, 0x3C, 0xB2, 0xA1}, {0x0A, 0x0D, 0x0D, 0x0A},
    };
    size_t i;

    for (i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (start.len >= 4 && !memcmp(start.ptr, magics[i], 4)) return true;
    return false;
}

/* Is it STUN, right or broken? The cookie says yes; without it only a whole Binding or Shared
 * Secret message of RFC 3489 does, for a first byte of 0 to 3 proves little. */
static bool looks_like_stun(struct srflx_view bytes)
{
    static const uint8_t cookie[4] = {0x21, 0x12, 0xA4, 0x42};
    struct srflx_message m;

    if (bytes.len < 8 || srflx_classify(bytes.ptr[0]) != SRFLX_PROTOCOL_STUN) return false;
    if (!memcmp(bytes.ptr + 4, cookie, sizeof cookie)) return true;
    if (srflx_message_parse(bytes, &m) || m.kind == SRFLX_INDICATION) return false;
    return m.method == SRFLX_METHOD_BINDING || m.method == SRFLX_METHOD_SHARED_SECRET;
}

static void hand_out(void *user, struct srflx_view bytes)
{
    struct reader *reader = user;

    if (!looks_like_stun(bytes)) return;
    reader->message.packet.bytes = bytes;
    reader->counts.messages++;
    reader->on_message(reader->user, &reader->message);
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* The payload ends where UDP says, not where padding of the link layer ends. */
static void read_udp(struct reader *reader, struct srflx_view datagram)
{
    struct srflx_view payload = {datagram.ptr + 8, 0};
    size_t stated = datagram.len >= 8 ? get16(datagram.ptr + 4) : 0;

    if (stated < 8) return;
    payload.len = (stated < datagram.len ? stated : datagram.len) - 8;
    reader->message.packet.transport = SRFLX_UDP;
    hand_out(reader, payload);
}

static void read_tcp(struct reader *reader, struct srflx_view segment)
{
    reader->message.packet.transport = SRFLX_TCP;
    streams_take(&reader->streams, &reader->message.packet, segment, hand_out, reader);
}

static void read_packet(struct reader *reader, int link_type, struct srflx_view frame)
{
    struct ip_packet ip;

    if (!link_layer_ip(link_type, frame, &ip)) return;
    if (ip.fragment) {
        reader->counts.fragments++;
        return;
    }
    if (ip.payload.len < 4) return;
    reader->message.packet.from = ip.from;
    reader->message.packet.to = ip.to;
    reader->message.packet.from.port = get16(ip.payload.ptr);
    reader->message.packet.to.port = get16(ip.payload.ptr + 2);
    if (ip.protocol == PROTOCOL_UDP) read_udp(reader, ip.payload);
    if (ip.protocol == PROTOCOL_TCP) read_tcp(reader, ip.payload);
}

static double seconds_since(const struct timeval *first, const struct timeval *now)
{
    return (double)now->tv_sec - (double)first->tv_sec +
           ((double)now->tv_usec - (double)first->tv_usec) / 1e6;
}

/* Returns pcap_next_ex()'s last word: -2 at the end, -1 on an error. */
static int read_packets(struct reader *reader, pcap_t *pcap)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int got;

    while ((got = pcap_next_ex(pcap, &header, &bytes)) == 1) {
        const struct srflx_view frame = {bytes, header->caplen};
        if (!reader->counts.packets++) reader->first = header->ts;
        reader->message.number = reader->counts.packets;
        reader->message.seconds = seconds_since(&reader->first, &header->ts);
        read_packet(reader, pcap_datalink(pcap), frame);
    }
    return got;
}

const char *capture_read(const char *path, capture_message_fn *on_message, void *user,
                         struct capture_counts *ret_counts, char *error)
{
    static struct reader reader; /* its streams are too large for the stack */
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_open_offline(path, reason);

    if (!pcap) {
        snprintf(error, CAPTURE_ERROR, "%s", reason);
        return error;
    }
    memset(&reader, 0, sizeof reader);
    reader.on_message = on_message;
    reader.user = user;
    error[0] = '\0';
    if (!link_layer_known(pcap_datalink(pcap)))
        snprintf(error, CAPTURE_ERROR, "link layer %d is not known here", pcap_datalink(pcap));
    else if (read_packets(&reader, pcap) == -1)
        snprintf(error, CAPTURE_ERROR, "after packet %lu: %s", reader.counts.packets,
                 pcap_geterr(pcap));
    pcap_close(pcap);
    reader.counts.lost_streams = reader.streams.lost;
    *ret_counts = reader.counts;
    return error[0] ? error : NULL;
}
