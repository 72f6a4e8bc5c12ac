/* What credentials cost a server. Prints one JSON line: with "memory" the time of an answer without a kernel, for a plain
 * request and for ones with credentials; with a port and a process id the CPU time that srflxd takes for an answer, in
 * turns of plain and signed requests.
 *
 *     signed memory
 *     signed load PORT PID [ROUNDS]     srflxd --auth long-term on PORT of 127.0.0.1, user alice, password secret
 *     signed plain PORT PID [ROUNDS]    the same load with plain requests, for a server without credentials
 *
 * A server that keeps nothing answers the same signed request as often as it comes, so the load is signed once. */
#define _GNU_SOURCE /* recvmmsg, sendmmsg */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <srflx/clock.h>
#include <srflx/transaction.h>
#include <srflx/random.h>
#include <srflx/server.h>

#include "stopwatch.h"

enum { REQUEST = 512, PACKETS = 256, BATCH = 32, WINDOW = 64, SECONDS = 2, ROUNDS = 5 };

static const struct srflx_addr client = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4};
static const struct srflx_addr here = {{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4};
static const struct srflx_time now = {0, 1764072000000};

struct request {
    uint8_t bytes[REQUEST];
    size_t len;
};

static void fail(const char *what)
{
    fprintf(stderr, "signed: %s\n", what);
    exit(4);
}

static void *reserve(size_t len)
{
    void *memory = calloc(1, len);

    if (!memory) fail("out of memory");
    return memory;
}

static struct srflx_view view(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, strlen(text)};
}

/* A login that has met the challenge of whoever `answer` stands for. */
static struct srflx_login *new_login(bool userhash)
{
    struct srflx_credentials credentials;
    struct srflx_login *login;

    srflx_credentials_defaults(&credentials);
    credentials.username = view("alice");
    credentials.password = view("secret");
    credentials.userhash = userhash;
    if (srflx_login_init(reserve(srflx_login_size()), srflx_login_size(), &credentials, &login))
        fail("login");
    return login;
}

static struct request write_request(struct srflx_login *login)
{
    struct srflx_view bytes = {NULL, 0};
    struct request request;
    struct srflx_writer w;
    struct srflx_id id;

    srflx_id_draw(srflx_random_fill, NULL, false, &id);
    srflx_writer_begin(&w, request.bytes, sizeof request.bytes,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    if (login) srflx_login_put(login, &w);
    if (srflx_writer_finish(&w, &bytes)) fail("request");
    request.len = bytes.len;
    return request;
}

/* Without a kernel. */

struct subject {
    struct srflx_server *server;
    struct srflx_worker *worker;
    struct request requests[PACKETS];
    enum srflx_verdict wanted;
};

static const struct srflx_guard *make_guard(uint8_t algorithms, bool userhash)
{
    static struct srflx_nonce_keys nonces = {.count = 1};
    const struct srflx_identity alice = {view("alice"), view("example.org")};
    const size_t size = srflx_users_size(1);
    struct srflx_guard_config config;
    struct srflx_user user = {.password = {NULL, 0}};
    struct srflx_secret md5, sha256;
    struct srflx_users *users;
    struct srflx_guard *guard;

    srflx_random_fill(NULL, nonces.list[0].bytes, SRFLX_NONCE_KEY_LEN);
    srflx_userhash_compute(&alice, &user.hash);
    if (srflx_secret_long_term(SRFLX_ALGORITHM_SHA256, &alice, view("secret"), &sha256) ||
        srflx_secret_long_term(SRFLX_ALGORITHM_MD5, &alice, view("secret"), &md5))
        fail("secrets");
    user.sha256 = (struct srflx_view){sha256.bytes, sha256.len};
    user.md5 = (struct srflx_view){md5.bytes, md5.len};
    if (srflx_users_init(reserve(size), size, 1, &users) || srflx_users_add(users, &user))
        fail("users");
    srflx_guard_config_defaults(&config);
    config.realm = view("example.org");
    config.users = users;
    config.userhash = userhash;
    config.algorithm_count = algorithms;
    config.nonces = &nonces;
    if (srflx_guard_init(reserve(srflx_guard_size()), srflx_guard_size(), &config, &guard))
        fail("guard");
    return guard;
}

static struct srflx_view ask(const struct subject *s, const struct request *request,
                             enum srflx_verdict wanted)
{
    static uint8_t out[1280];
    const struct srflx_packet packet = {{request->bytes, request->len}, client, here, SRFLX_UDP};
    struct srflx_reply reply = {out, sizeof out, 0};

    if (srflx_server_handle(s->server, s->worker, &packet, now, &reply) != wanted)
        fail("a wrong verdict");
    return (struct srflx_view){out, reply.len};
}

static struct subject *new_subject(const struct srflx_guard *guard)
{
    struct subject *s = reserve(sizeof *s);
    struct srflx_server_config config;

    srflx_server_config_defaults(&config);
    config.guard = guard;
    if (srflx_server_init(reserve(srflx_server_size(&config)), srflx_server_size(&config), &config,
                          &s->server) ||
        srflx_worker_init(reserve(srflx_worker_size()), srflx_worker_size(), srflx_random_fill,
                          NULL, &s->worker))
        fail("server");
    return s;
}

static void fill(struct subject *s, struct srflx_login *login, enum srflx_verdict wanted)
{
    s->wanted = wanted;
    for (unsigned i = 0; i < PACKETS; i++)
        s->requests[i] = write_request(login);
}

/* Signed requests, fit for this server. */
static void log_in(struct subject *s, bool userhash)
{
    struct srflx_login *login = new_login(userhash);
    const struct request bare = write_request(NULL);
    struct srflx_message m;

    if (srflx_message_parse(ask(s, &bare, SRFLX_VERDICT_NO_CREDENTIALS), &m) ||
        srflx_login_judge(login, &m) != SRFLX_LOGIN_RETRY)
        fail("no challenge");
    fill(s, login, SRFLX_VERDICT_SUCCESS);
}

static void handle_all(void *user)
{
    const struct subject *s = user;

    for (unsigned i = 0; i < PACKETS; i++)
        (void)ask(s, &s->requests[i], s->wanted);
}

static void print_row(const char *name, struct subject *s)
{
    const struct figures figures = stopwatch(handle_all, s, PACKETS, 1000);

    print_figures(name, &figures);
}

static void measure_memory(void)
{
    struct subject *plain = new_subject(NULL), *userhash = new_subject(make_guard(2, true));
    struct subject *legacy = new_subject(make_guard(0, false));

    fill(plain, NULL, SRFLX_VERDICT_SUCCESS);
    print_row("plain", plain);
    log_in(userhash, true);
    print_row("sha256_userhash", userhash);
    log_in(legacy, false);
    print_row("sha1_legacy", legacy);
    fill(userhash, NULL, SRFLX_VERDICT_NO_CREDENTIALS);
    print_row("challenge", userhash);
    printf("}\n");
}

/* With a kernel. */

struct load {
    int fd;
    struct request requests[WINDOW];
    struct mmsghdr out[WINDOW], in[WINDOW];
    struct iovec sent[WINDOW], received[WINDOW];
    uint8_t answers[WINDOW][REQUEST];
};

static void connect_to(struct load *load, const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    load->fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (load->fd < 0 || connect(load->fd, (struct sockaddr *)&at, sizeof at))
        fail("cannot reach the server");
}

static void meet_challenge(struct load *load, struct srflx_login *login)
{
    const struct request bare = write_request(NULL);
    struct pollfd readable = {.fd = load->fd, .events = POLLIN};
    uint8_t answer[REQUEST];
    struct srflx_message m;
    ssize_t len = 0;

    if (send(load->fd, bare.bytes, bare.len, 0) < 0 || poll(&readable, 1, 2000) != 1)
        fail("no answer");
    len = recv(load->fd, answer, sizeof answer, 0);
    if (len < 0 || srflx_message_parse((struct srflx_view){answer, (size_t)len}, &m) ||
        srflx_login_judge(login, &m) != SRFLX_LOGIN_RETRY)
        fail("the server does not challenge");
}

static void prepare(struct load *load, struct srflx_login *login)
{
    for (unsigned i = 0; i < WINDOW; i++) {
        load->requests[i] = write_request(login);
        load->sent[i] = (struct iovec){load->requests[i].bytes, load->requests[i].len};
        load->received[i] = (struct iovec){load->answers[i], REQUEST};
        load->out[i].msg_hdr = (struct msghdr){.msg_iov = &load->sent[i], .msg_iovlen = 1};
        load->in[i].msg_hdr = (struct msghdr){.msg_iov = &load->received[i], .msg_iovlen = 1};
    }
}

/* Of all threads of the process. */
static double cpu_ns(const char *pid)
{
    struct timespec ran;
    clockid_t clock;

    if (clock_getcpuclockid(atoi(pid), &clock) || clock_gettime(clock, &ran))
        fail("there is no such process");
    return (double)ran.tv_sec * 1e9 + (double)ran.tv_nsec;
}

/* Sends the window, takes its answers, and again. Returns the answers; each must be a success. */
static double run(struct load *load, bool is_signed, uint64_t until_ns)
{
    double answers = 0;

    while (srflx_clock_now().mono_ns < until_ns) {
        int open = sendmmsg(load->fd, load->out, WINDOW, 0);
        while (open > 0) {
            const int got = recvmmsg(load->fd, load->in, (unsigned)open, MSG_WAITFORONE, NULL);
            if (got <= 0) fail("an answer is missing");
            for (int i = 0; i < got; i++)
                if (load->answers[i][0] != 1 || load->answers[i][1] != 1 ||
                    load->in[i].msg_len != (is_signed ? 68 : 32))
                    fail("a wrong answer");
            open -= got;
            answers += got;
        }
    }
    return answers;
}

static void measure_load(const char *port, const char *pid, bool is_signed, unsigned rounds)
{
    struct load *load = reserve(sizeof *load);
    struct timeval patience = {2, 0};
    struct srflx_login *login = is_signed ? new_login(false) : NULL;

    connect_to(load, port);
    setsockopt(load->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (login) meet_challenge(load, login);
    prepare(load, login);
    run(load, is_signed, srflx_clock_now().mono_ns + 200000000);
    printf("{\"ns\": [");
    for (unsigned i = 0; i < rounds; i++) {
        const double before = cpu_ns(pid);
        const double answers =
            run(load, is_signed, srflx_clock_now().mono_ns + SECONDS * 500000000ull);
        printf("%s%.0f", i ? ", " : "", (cpu_ns(pid) - before) / answers);
    }
    printf("]}\n");
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "memory"))
        measure_memory();
    else if (argc >= 4 && (!strcmp(argv[1], "load") || !strcmp(argv[1], "plain")))
        measure_load(argv[2], argv[3], !strcmp(argv[1], "load"),
                     argc > 4 ? (unsigned)atoi(argv[4]) : ROUNDS);
    else
        fail("usage: signed memory | signed load|plain PORT PID [ROUNDS]");
    return 0;
}
