#define _POSIX_C_SOURCE 200809L

#include <srflx/link.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/sockaddr.h>

#include "identity_for_tests.h"

static const uint8_t question[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3};
#define QUESTION ((struct srflx_view){question, sizeof question})

/* What all tests share: who issues, and a server with a good certificate. */
struct fixture {
    char folder[TEST_PATH];
    struct test_identity ca, leaf;
    struct srflx_secure_context *server, *client;
};

static struct srflx_secure_context *new_server(const struct test_identity *leaf)
{
    const struct srflx_secure_identity identity = {leaf->certificate, leaf->key};
    struct srflx_secure_server_options options;
    struct srflx_secure_context *context;
    char text[SRFLX_SECURE_TEXT];

    srflx_secure_server_options_defaults(&options);
    options.identities = &identity;
    options.identity_count = 1;
    CHECK_INT(srflx_secure_server_new(&options, &context, text), 0);
    return context;
}

static struct srflx_secure_context *new_client(const char *ca)
{
    struct srflx_secure_client_options options;
    struct srflx_secure_context *context;
    char text[SRFLX_SECURE_TEXT];

    srflx_secure_client_options_defaults(&options);
    options.ca = ca;
    CHECK_INT(srflx_secure_client_new(&options, &context, text), 0);
    return context;
}

static void set_up(struct fixture *f)
{
    test_folder_make(f->folder);
    test_identity_make(&f->ca, f->folder, "ca",
                       &(struct test_wish){.common_name = "CA", .is_ca = true});
    test_identity_make(&f->leaf, f->folder, "leaf",
                       &(struct test_wish){.names = "a.example", .issuer = &f->ca});
    f->server = new_server(&f->leaf);
    f->client = new_client(f->ca.certificate);
}

static void tear_down(struct fixture *f)
{
    srflx_secure_context_destroy(f->server);
    srflx_secure_context_destroy(f->client);
    test_identity_drop(&f->leaf);
    test_identity_drop(&f->ca);
    test_folder_remove(f->folder);
}

/* A server for one client, which echoes, in the same thread: step() it. */
struct echo {
    struct srflx_secure_context *context;
    struct srflx_secure_listener *listener; /* DTLS */
    struct srflx_secure *s;
    struct srflx_addr at;
    int listen_fd, fd;
    unsigned deaf; /* datagrams still to lose */
};

static int bound(int type, struct srflx_addr *ret_addr)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    const int fd = socket(AF_INET, type, 0);

    CHECK(fd >= 0);
    CHECK_INT(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    if (type == SOCK_STREAM) CHECK_INT(listen(fd, 4), 0);
    CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    CHECK(srflx_addr_from_sockaddr((struct sockaddr *)&at, ret_addr));
    return fd;
}

static void open_echo(struct echo *e, struct srflx_secure_context *context, uint8_t transport)
{
    *e = (struct echo){.context = context, .fd = -1, .listen_fd = -1};
    if (transport == SRFLX_TLS) {
        e->listen_fd = bound(SOCK_STREAM, &e->at);
        CHECK_INT(srflx_secure_new(context, SRFLX_TLS, NULL, &e->s), 0);
    } else {
        e->fd = bound(SOCK_DGRAM, &e->at);
        CHECK_INT(srflx_secure_listener_new(context, &e->listener), 0);
    }
}

static void close_echo(struct echo *e)
{
    srflx_secure_destroy(e->s);
    srflx_secure_listener_destroy(e->listener);
    if (e->fd >= 0) close(e->fd);
    if (e->listen_fd >= 0) close(e->listen_fd);
}

static void flush(struct echo *e, struct srflx_secure_out *out)
{
    size_t start = 0;
    unsigned i;

    if (!e->listener && out->len)
        CHECK_INT(send(e->fd, out->bytes, out->len, MSG_NOSIGNAL), out->len);
    for (i = 0; i < out->count; i++) {
        CHECK(send(e->fd, out->bytes + start, out->ends[i] - start, 0) > 0);
        start = out->ends[i];
    }
    out->len = 0;
    out->count = 0;
}

static void take(struct echo *e, struct srflx_view input)
{
    static uint8_t bytes[65536], plain[4096];
    struct srflx_secure_out out = {.bytes = bytes, .cap = sizeof bytes};
    int got;

    while ((got = srflx_secure_read(e->s, &input, &out, plain, sizeof plain)) > 0)
        CHECK_INT(srflx_secure_write(e->s, (struct srflx_view){plain, (size_t)got}, &out), 0);
    flush(e, &out);
}

/* The first datagrams, before there is a connection. */
static void greet(struct echo *e, struct srflx_view input, const struct sockaddr *peer,
                  socklen_t len)
{
    static uint8_t bytes[65536];
    struct srflx_secure_out out = {.bytes = bytes, .cap = sizeof bytes};
    struct srflx_addr from;

    CHECK(srflx_addr_from_sockaddr(peer, &from));
    (void)connect(e->fd, peer, len);
    CHECK(srflx_secure_listen(e->listener, input, &from, &out, &e->s) >= 0);
    flush(e, &out);
}

static void step_echo(struct echo *e)
{
    static uint8_t bytes[65536];
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    ssize_t got;

    if (e->fd < 0) e->fd = accept(e->listen_fd, NULL, NULL);
    if (e->fd < 0) return;
    got = recvfrom(e->fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&peer, &len);
    if (got <= 0) return;
    if (e->deaf && e->deaf--) return;
    if (e->s)
        take(e, (struct srflx_view){bytes, (size_t)got});
    else
        greet(e, (struct srflx_view){bytes, (size_t)got}, (struct sockaddr *)&peer, len);
}

static struct srflx_link *open_link(const struct echo *e, uint8_t transport,
                                    struct srflx_secure_context *client, const char *name)
{
    struct srflx_link_options options;
    struct srflx_link *link;

    srflx_link_options_defaults(&options);
    options.transport = transport;
    options.server = e->at;
    options.secure = client;
    options.name = name;
    CHECK_INT(srflx_link_new(&options, &link), 0);
    return link;
}

/* Lets both do what they can, until the link says something or its state is `state`. */
static int run(struct echo *e, struct srflx_link *link, enum srflx_link_state state,
               struct srflx_view *ret_message)
{
    int got;

    while (!(got = srflx_link_next(link, ret_message)) && srflx_link_state(link) != state) {
        struct pollfd one[] = {{.fd = srflx_link_fd(link), .events = srflx_link_events(link)},
                               {.fd = e->fd < 0 ? e->listen_fd : e->fd, .events = POLLIN}};
        const struct srflx_time now = srflx_clock_now();
        const uint64_t deadline = srflx_link_next_deadline(link, now);
        const uint64_t wait_ns = deadline > now.mono_ns ? deadline - now.mono_ns : 0;
        poll(one, 2, deadline == UINT64_MAX ? 5000 : (int)(wait_ns / 1000000) + 1);
        step_echo(e);
    }
    return got;
}

/* spec: R7350-3-02 */
static void check_echo(uint8_t transport, unsigned deaf)
{
    struct srflx_view message;
    struct srflx_link *link;
    struct fixture f;
    struct echo e;

    set_up(&f);
    open_echo(&e, f.server, transport);
    e.deaf = deaf;
    link = open_link(&e, transport, f.client, "a.example");
    CHECK_INT(srflx_link_send(link, QUESTION), SRFLX_ERROR_STATE);
    CHECK_INT(run(&e, link, SRFLX_LINK_READY, &message), 0);
    CHECK_INT(srflx_link_send(link, QUESTION), 0);
    CHECK_INT(run(&e, link, SRFLX_LINK_FAILED, &message), 1);
    CHECK_INT(message.len, sizeof question);
    CHECK_MEM(message.ptr, question, sizeof question);
    CHECK_STR(srflx_secure_version(srflx_link_secure(link)),
              transport == SRFLX_TLS ? "TLSv1.3" : "DTLSv1.2");
    srflx_link_destroy(link);
    close_echo(&e);
    tear_down(&f);
}

TEST(a_message_goes_over_tls_and_another_comes)
{
    check_echo(SRFLX_TLS, 0);
}

TEST(a_message_goes_over_dtls_and_another_comes)
{
    check_echo(SRFLX_DTLS, 0);
}

/* spec: R7350-3-01 */
TEST(a_lost_datagram_of_the_handshake_is_sent_again)
{
    check_echo(SRFLX_DTLS, 1);
}

static void check_distrusted(uint8_t transport, const char *ca_stem, const char *name,
                             enum srflx_secure_fault fault, const char *form)
{
    char text[SRFLX_LINK_TEXT], want[SRFLX_LINK_TEXT], addr[SRFLX_ADDR_TEXT];
    struct srflx_link_failure failure;
    struct srflx_view message;
    struct test_identity other;
    struct srflx_link *link;
    struct fixture f;
    struct echo e;

    set_up(&f);
    test_identity_make(&other, f.folder, "other",
                       &(struct test_wish){.common_name = "Other", .is_ca = true});
    if (ca_stem) {
        srflx_secure_context_destroy(f.client);
        f.client = new_client(other.certificate);
    }
    open_echo(&e, f.server, transport);
    link = open_link(&e, transport, f.client, name);
    CHECK_INT(run(&e, link, SRFLX_LINK_READY, &message), SRFLX_ERROR_SECURITY);
    srflx_link_failure(link, &failure);
    CHECK_INT(failure.step, SRFLX_LINK_STEP_HANDSHAKE);
    CHECK_INT(failure.fault, fault);
    snprintf(want, sizeof want, form, srflx_addr_write(&e.at, addr));
    CHECK_STR(srflx_link_explain(link, text), want);
    CHECK_INT(srflx_link_send(link, QUESTION), SRFLX_ERROR_SECURITY);
    srflx_link_destroy(link);
    close_echo(&e);
    test_identity_drop(&other);
    tear_down(&f);
}

/* spec: R8489-6.2.3-10 */
TEST(a_certificate_of_another_name_fails)
{
    check_distrusted(SRFLX_TLS, NULL, "b.example", SRFLX_SECURE_NAME,
                     "%s: the certificate is for a.example, not for b.example");
    check_distrusted(SRFLX_DTLS, NULL, "b.example", SRFLX_SECURE_NAME,
                     "%s: the certificate is for a.example, not for b.example");
}

TEST(an_issuer_that_nobody_trusts_fails)
{
    check_distrusted(SRFLX_TLS, "other", "a.example", SRFLX_SECURE_UNKNOWN_ISSUER,
                     "%s: the certificate was issued by CA, whom we do not trust");
}

/* A server that takes the connection and says nothing, or hangs up. */
static void check_mute(uint8_t transport, bool hangs_up, int error, const char *form)
{
    char text[SRFLX_LINK_TEXT], want[SRFLX_LINK_TEXT], addr[SRFLX_ADDR_TEXT];
    struct srflx_link_failure failure;
    struct srflx_view message;
    struct srflx_link *link;
    struct fixture f;
    struct echo e;

    set_up(&f);
    open_echo(&e, f.server, transport);
    link = open_link(&e, transport, f.client, "a.example");
    CHECK_INT(run(&e, link, SRFLX_LINK_HANDSHAKING, &message), 0);
    if (hangs_up) {
        close(accept(e.listen_fd, NULL, NULL));
        CHECK_INT(run(&e, link, SRFLX_LINK_READY, &message), error);
    } else {
        srflx_link_give_up(link);
    }
    srflx_link_failure(link, &failure);
    CHECK_INT(failure.error, error);
    CHECK_INT(failure.step, SRFLX_LINK_STEP_HANDSHAKE);
    snprintf(want, sizeof want, form, srflx_addr_write(&e.at, addr));
    CHECK_STR(srflx_link_explain(link, text), want);
    srflx_link_destroy(link);
    close_echo(&e);
    tear_down(&f);
}

TEST(a_handshake_can_take_too_long)
{
    check_mute(SRFLX_TLS, false, SRFLX_ERROR_TIMEOUT, "%s does not answer the TLS handshake");
    check_mute(SRFLX_DTLS, false, SRFLX_ERROR_TIMEOUT, "%s does not answer the DTLS handshake");
}

TEST(a_server_can_hang_up_in_the_handshake)
{
    check_mute(SRFLX_TLS, true, SRFLX_ERROR_CLOSED, "%s reset the connection in the TLS handshake");
}

RUN(TEST_OF(a_message_goes_over_tls_and_another_comes),
    TEST_OF(a_message_goes_over_dtls_and_another_comes),
    TEST_OF(a_lost_datagram_of_the_handshake_is_sent_again),
    TEST_OF(a_certificate_of_another_name_fails), TEST_OF(an_issuer_that_nobody_trusts_fails),
    TEST_OF(a_handshake_can_take_too_long), TEST_OF(a_server_can_hang_up_in_the_handshake))
