/* A program that sees nothing but the installation; it is C99 and C++11. In memory, a server answers
 * a request. libsrflx-io gives the id, and explains a wrong URI. */
#include <srflx/addr.h>
#include <srflx/easy.h>
#include <srflx/message.h>
#include <srflx/random.h>
#include <srflx/server.h>
#include <srflx/transaction.h>
#include <srflx/writer.h>

#include <stdio.h>
#include <string.h>

static uint64_t server_memory[512], worker_memory[8192];

/* Returns the length of the request, 0 if something is wrong. */
static size_t write_request(uint8_t *buf, size_t cap)
{
    struct srflx_view request;
    struct srflx_writer w;
    struct srflx_id id;

    srflx_id_draw(srflx_random_fill, NULL, false, &id);
    srflx_writer_begin(&w, buf, cap, srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    srflx_add_fingerprint(&w);
    return srflx_writer_finish(&w, &request) ? 0 : request.len;
}

static int print_answer(struct srflx_view bytes)
{
    struct srflx_message answer;
    struct srflx_addr mapped;
    char text[SRFLX_ADDR_TEXT];

    if (srflx_message_parse(bytes, &answer)) return 1;
    if (srflx_message_get_addr(&answer, SRFLX_ATTR_XOR_MAPPED_ADDRESS, &mapped)) return 1;
    puts(srflx_addr_write(&mapped, text));
    return 0;
}

static int explain_wrong_uri(void)
{
    struct srflx_query_options options;
    struct srflx_query_result result;

    srflx_query_options_defaults(&options);
    if (srflx_query("stun://example", &options, &result) != SRFLX_ERROR_ARGUMENT) return 1;
    puts(result.text);
    return 0;
}

int main(void)
{
    uint8_t in[64], out[1280];
    struct srflx_server_config config;
    struct srflx_server *server;
    struct srflx_worker *worker;
    struct srflx_reply reply = {out, sizeof out, 0};
    struct srflx_time now = {0, 0};
    struct srflx_packet packet;
    struct srflx_view answer;

    srflx_server_config_defaults(&config);
    if (srflx_server_init(server_memory, sizeof server_memory, &config, &server)) return 1;
    if (srflx_worker_init(worker_memory, sizeof worker_memory, srflx_random_fill, NULL, &worker))
        return 1;

    memset(&packet, 0, sizeof packet);
    packet.bytes.ptr = in;
    packet.bytes.len = write_request(in, sizeof in);
    packet.transport = SRFLX_UDP;
    if (srflx_addr_parse("192.0.2.7:4242", &packet.from)) return 1;
    if (srflx_addr_parse("192.0.2.1:3478", &packet.to)) return 1;
    srflx_server_handle(server, worker, &packet, now, &reply);

    answer.ptr = out;
    answer.len = reply.len;
    return print_answer(answer) || explain_wrong_uri();
}
