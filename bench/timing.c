/* Does the time of an answer tell a guesser anything? Two kinds of requests are handled in random turns, and Welch's t
 * says whether their times differ: beyond 4.5 they do, with a probability that leaves no doubt.
 *
 *     timing [ROUNDS]     rounds of each pair, 400000 if not given
 *
 * Pairs: a user who is known and one who is not, both with a wrong password; integrity that is wrong in its first byte and
 * in its last one; and two equal requests, which show what the machine's noise alone does. Not part of the tests: a noisy
 * machine needs more rounds, not another verdict. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <srflx/random.h>
#include <srflx/server.h>

enum { ROUNDS = 400000, REQUEST = 512, CROPS = 8 };

struct request {
    uint8_t bytes[REQUEST];
    size_t len;
};

struct subject {
    struct srflx_server *server;
    struct srflx_worker *worker;
    struct srflx_nonce_keys nonces;
};

static const struct srflx_time now = {0, 1764072000000};
static const struct srflx_addr client = {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4};
static const struct srflx_addr here = {{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4};
static const uint8_t offer[] = {0, 2, 0, 0, 0, 1, 0, 0};

static void fail(const char *what)
{
    fprintf(stderr, "timing: %s\n", what);
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

static const struct srflx_users *make_users(void)
{
    const struct srflx_identity alice = {view("alice"), view("example.org")};
    const size_t size = srflx_users_size(1);
    struct srflx_secret secret;
    struct srflx_user user = {.password = {NULL, 0}};
    struct srflx_users *users;

    srflx_userhash_compute(&alice, &user.hash);
    if (srflx_secret_long_term(SRFLX_ALGORITHM_SHA256, &alice, view("secret"), &secret))
        fail("secret");
    user.sha256 = (struct srflx_view){secret.bytes, secret.len};
    if (srflx_users_init(reserve(size), size, 1, &users) || srflx_users_add(users, &user))
        fail("users");
    return users;
}

static struct subject make_subject(void)
{
    struct subject subject = {.nonces = {.count = 1}};
    struct srflx_guard_config guard_config;
    struct srflx_server_config config;
    struct srflx_guard *guard;

    srflx_random_fill(NULL, subject.nonces.list[0].bytes, SRFLX_NONCE_KEY_LEN);
    srflx_guard_config_defaults(&guard_config);
    guard_config.realm = view("example.org");
    guard_config.users = make_users();
    guard_config.nonces = &subject.nonces;
    if (srflx_guard_init(reserve(srflx_guard_size()), srflx_guard_size(), &guard_config, &guard))
        fail("guard");
    srflx_server_config_defaults(&config);
    config.guard = guard;
    config.guess_burst = 0;
    if (srflx_server_init(reserve(srflx_server_size(&config)), srflx_server_size(&config), &config,
                          &subject.server) ||
        srflx_worker_init(reserve(srflx_worker_size()), srflx_worker_size(), srflx_random_fill,
                          NULL, &subject.worker))
        fail("server");
    return subject;
}

static struct request make_request(const struct subject *subject, const char *user)
{
    const struct srflx_algorithm chosen = {{NULL, 0}, SRFLX_ALGORITHM_SHA256};
    const struct srflx_nonce_scope scope = {
        client, {offer, sizeof offer}, SRFLX_FEATURE_ALGORITHMS, 600};
    const struct srflx_id id = {{0x21, 0x12, 0xA4, 0x42, 1, 2, 3}};
    uint8_t nonce[SRFLX_NONCE_LEN];
    struct srflx_view bytes = {NULL, 0};
    struct request request;
    struct srflx_writer w;
    struct srflx_key key;

    srflx_nonce_write(&subject->nonces, &scope, now, nonce);
    srflx_key_from_secret(view("a wrong key"), &key);
    srflx_writer_begin(&w, request.bytes, sizeof request.bytes,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    srflx_put_bytes(&w, SRFLX_ATTR_USERNAME, view(user));
    srflx_put_bytes(&w, SRFLX_ATTR_REALM, view("example.org"));
    srflx_put_bytes(&w, SRFLX_ATTR_NONCE, (struct srflx_view){nonce, sizeof nonce});
    srflx_put_algorithms(&w, SRFLX_ATTR_PASSWORD_ALGORITHM, &chosen, 1);
    srflx_put_bytes(&w, SRFLX_ATTR_PASSWORD_ALGORITHMS, (struct srflx_view){offer, sizeof offer});
    srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA256, &key);
    if (srflx_writer_finish(&w, &bytes)) fail("request");
    request.len = bytes.len;
    return request;
}

/* The right integrity but for one byte. */
static struct request make_almost_right(const struct subject *subject, bool first)
{
    const struct srflx_identity alice = {view("alice"), view("example.org")};
    struct request request = make_request(subject, "alice");
    struct srflx_view bytes = {NULL, 0};
    struct srflx_writer w;
    struct srflx_key key;
    struct srflx_id id;

    if (srflx_key_long_term(SRFLX_ALGORITHM_SHA256, &alice, view("secret"), &key)) fail("key");
    memcpy(id.bytes, request.bytes + 4, sizeof id.bytes);
    srflx_writer_begin(&w, request.bytes, sizeof request.bytes,
                       srflx_type(SRFLX_METHOD_BINDING, SRFLX_REQUEST), &id);
    w.len = request.len - 36; /* the attributes are there already */
    srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA256, &key);
    if (srflx_writer_finish(&w, &bytes)) fail("request");
    request.bytes[request.len - (first ? 32 : 1)] ^= 1;
    return request;
}

static double nanoseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The same memory for both, so that no cache tells them apart. */
static double time_of(const struct subject *subject, const struct request *request)
{
    static uint8_t in[REQUEST], out[1280];
    const struct srflx_packet packet = {{in, request->len}, client, here, SRFLX_UDP};
    struct srflx_reply reply = {out, sizeof out, 0};
    enum srflx_verdict verdict;
    double start;

    memcpy(in, request->bytes, request->len);
    start = nanoseconds();
    verdict = srflx_server_handle(subject->server, subject->worker, &packet, now, &reply);
    start = nanoseconds() - start;
    if (verdict != SRFLX_VERDICT_WRONG_INTEGRITY && verdict != SRFLX_VERDICT_UNKNOWN_USER)
        fail(srflx_verdict_name(verdict));
    return start;
}

struct moments {
    double count, mean, square;
};

static void add(struct moments *m, double x)
{
    const double delta = x - m->mean;

    m->count++;
    m->mean += delta / m->count;
    m->square += delta * (x - m->mean);
}

static double welch(const struct moments *a, const struct moments *b)
{
    const double va = a->square / (a->count - 1), vb = b->square / (b->count - 1);

    return (a->mean - b->mean) / sqrt(va / a->count + vb / b->count);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Interrupts make a few times very long, and so hide small differences: t without them, cropped at several places, of
 * which the worst counts. */
static double worst_t(const double *times, const bool *kinds, unsigned count,
                      double *ret_difference)
{
    double *sorted = reserve(count * sizeof *sorted), worst = 0;

    memcpy(sorted, times, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    for (unsigned crop = 1; crop <= CROPS; crop++) {
        const double limit = sorted[count - 1 - count / 100 * crop * 5];
        struct moments m[2] = {{0, 0, 0}, {0, 0, 0}};
        double t;
        for (unsigned i = 0; i < count; i++)
            if (times[i] <= limit) add(&m[kinds[i]], times[i]);
        t = welch(&m[0], &m[1]);
        if (fabs(t) < fabs(worst)) continue;
        worst = t;
        *ret_difference = m[0].mean - m[1].mean;
    }
    free(sorted);
    return worst;
}

static bool measure(const struct subject *subject, const char *what, const struct request *a,
                    const struct request *b, unsigned rounds)
{
    const unsigned count = 2 * rounds;
    double *times = reserve(count * sizeof *times), difference = 0, t;
    bool *kinds = reserve(count);
    uint8_t coin = 0;

    for (unsigned i = 0; i < count; i++) {
        if (i % 8 == 0) srflx_random_fill(NULL, &coin, 1);
        kinds[i] = coin >> i % 8 & 1;
        times[i] = time_of(subject, kinds[i] ? b : a);
    }
    t = worst_t(times, kinds, count, &difference);
    printf("%-40s  t = %7.2f, %6.2f ns  %s\n", what, t, difference,
           fabs(t) < 4.5 ? "no difference" : "DIFFERENT");
    free(times);
    free(kinds);
    return fabs(t) < 4.5;
}

int main(int argc, char **argv)
{
    const unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ROUNDS;
    const struct subject subject = make_subject();
    const struct request known = make_request(&subject, "alice"),
                         unknown = make_request(&subject, "aliec");
    const struct request first = make_almost_right(&subject, true),
                         last = make_almost_right(&subject, false);
    bool same = true;

    if (argc > 2 || rounds < 100) fail("usage: timing [ROUNDS], at least 100");
    same &= measure(&subject, "twice the same request", &known, &known, rounds);
    same &= measure(&subject, "a known and an unknown user", &known, &unknown, rounds);
    same &= measure(&subject, "wrong in the first byte and in the last", &first, &last, rounds);
    return same ? 0 : 6;
}
