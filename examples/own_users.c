/* A STUN server that looks its users up itself: long-term credentials with a table of its own, as a
 * program has it that keeps its users in a database.
 *
 *     cc own_users.c $(pkg-config --cflags --libs srflx-io) -o own_users
 *     ./own_users 192.0.2.1:3478
 *
 * The guard does all checks but one: whose key it is. That one stands between srflx_guard_claim() and
 * srflx_guard_decide(). A server that needs nothing special has a file of users (srflx/user_file.h),
 * gives it to a guard, and the guard to srflx_server_handle(), which also limits how often somebody may
 * guess; this program does not.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/random.h>
#include <srflx/sockaddr.h>
#include <srflx/verdict.h>

static const char realm[] = "example.org";

/* As a program keeps them: without names and passwords. */
struct user {
    struct srflx_userhash hash;
    struct srflx_key md5, sha256;
};

enum { USERS = 2 };

static struct user users[USERS];

enum { UNKNOWN_MOST = 548 - 36 - 8 }; /* integrity and FINGERPRINT come behind */

static _Noreturn void stop(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(EXIT_FAILURE);
}

static struct srflx_view view_of(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, strlen(text)};
}

static void make_user(struct user *user, const char *name, const char *password)
{
    const struct srflx_identity who = {view_of(name), view_of(realm)};
    const struct srflx_view secret = view_of(password);

    srflx_userhash_compute(&who, &user->hash);
    if (srflx_key_long_term(SRFLX_ALGORITHM_MD5, &who, secret, &user->md5) ||
        srflx_key_long_term(SRFLX_ALGORITHM_SHA256, &who, secret, &user->sha256))
        stop("a password has no key");
}

/* A client may send its name or a hash of it; the claim always has the hash. Found or not, all users are looked at,
 * and no key is made for the occasion: a guesser learns nothing from the time. */
static bool look_up(const struct srflx_claim *claim, struct srflx_key *ret_key)
{
    bool found = false;
    size_t i;

    for (i = 0; i < USERS; i++) {
        const struct user *user = &users[i];
        if (memcmp(user->hash.bytes, claim->userhash.bytes, sizeof user->hash.bytes) != 0) continue;
        *ret_key = claim->algorithm == SRFLX_ALGORITHM_MD5 ? user->md5 : user->sha256;
        found = true;
    }
    return found;
}

/* Whether there is such a user, only the end tells: the guard then checks with a key of nobody's. */
static enum srflx_access check(const struct srflx_guard *guard, const struct srflx_message *m,
                               const struct srflx_addr *from, struct srflx_grant *ret_grant)
{
    struct srflx_claim claim;
    struct srflx_key key;
    enum srflx_access access = srflx_guard_claim(guard, m, from, srflx_clock_now(), &claim);
    bool found;

    if (access) return access;
    found = look_up(&claim, &key);
    access = srflx_guard_decide(guard, m, &claim, found ? &key : NULL, ret_grant);
    if (found) srflx_key_wipe(&key);
    return access;
}

/* What a request may hold that we must understand. */
static struct srflx_known known_attributes(void)
{
    static const uint16_t types[] = {
        SRFLX_ATTR_USERNAME,
        SRFLX_ATTR_USERHASH,
        SRFLX_ATTR_REALM,
        SRFLX_ATTR_NONCE,
        SRFLX_ATTR_PASSWORD_ALGORITHM,
        SRFLX_ATTR_MESSAGE_INTEGRITY,
        SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256,
    };
    struct srflx_known known = {0};
    size_t i;

    for (i = 0; i < sizeof types / sizeof types[0]; i++)
        srflx_known_add(&known, types[i]);
    return known;
}

/* 420 for attributes that we would have to understand, else what the guard has found. */
static void put_refusal(struct srflx_writer *w, const struct srflx_guard *guard,
                        enum srflx_access access, const struct srflx_message *m,
                        const struct srflx_addr *to)
{
    const struct srflx_known known = known_attributes();
    const struct srflx_view no_phrase = {NULL, 0};

    if (access) {
        srflx_put_error(w, srflx_access_code(access), no_phrase);
        srflx_guard_put_challenge(w, guard, access, to, srflx_clock_now());
    } else {
        srflx_put_error(w, 420, no_phrase);
        srflx_put_unknown(w, m, &known, UNKNOWN_MOST);
    }
}

/* Writes the answer to a request, signed if it was; returns its length. */
static size_t answer(const struct srflx_guard *guard, const struct srflx_message *m,
                     const struct srflx_addr *from, uint8_t *out, size_t cap)
{
    const struct srflx_known known = known_attributes();
    struct srflx_grant grant;
    enum srflx_access access = check(guard, m, from, &grant);
    bool success = !access && srflx_message_understood(m, &known);
    struct srflx_view bytes;
    struct srflx_writer w;

    srflx_writer_reply(&w, out, cap, m, success ? SRFLX_SUCCESS : SRFLX_ERROR);
    if (success)
        srflx_put_addr(&w, SRFLX_ATTR_XOR_MAPPED_ADDRESS, from);
    else
        put_refusal(&w, guard, access, m, from);
    if (!access) {
        srflx_add_integrity(&w, (enum srflx_integrity)grant.answer, &grant.key);
        srflx_key_wipe(&grant.key);
    }
    if (m->fingerprint == SRFLX_FINGERPRINT_RIGHT) srflx_add_fingerprint(&w);
    return srflx_writer_finish(&w, &bytes) ? 0 : bytes.len;
}

/* Silence for all that is no Binding request of RFC 8489 or RFC 5389. */
static bool is_request(const struct srflx_message *m)
{
    return m->kind == SRFLX_REQUEST && m->method == SRFLX_METHOD_BINDING && !m->classic &&
           m->fingerprint != SRFLX_FINGERPRINT_WRONG;
}

static void serve_one(int fd, const struct srflx_guard *guard)
{
    uint8_t in[2048], out[548];
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    ssize_t got = recvfrom(fd, in, sizeof in, 0, (struct sockaddr *)&peer, &len);
    struct srflx_message m;
    struct srflx_addr from;
    char text[SRFLX_ADDR_TEXT];
    size_t answer_len;

    if (got < 0 || !srflx_addr_from_sockaddr((struct sockaddr *)&peer, &from)) return;
    if (srflx_message_parse((struct srflx_view){in, (size_t)got}, &m) || !is_request(&m)) return;
    answer_len = answer(guard, &m, &from, out, sizeof out);
    if (sendto(fd, out, answer_len, 0, (struct sockaddr *)&peer, len) < 0) perror("cannot send");
    printf("answered %s\n", srflx_addr_write(&from, text));
    fflush(stdout);
}

/* The key of the nonces is drawn anew with each start: a nonce of before is then stale, which costs
 * a client one round trip. */
static struct srflx_guard *new_guard(void)
{
    struct srflx_nonce_keys nonces = {.count = 1};
    struct srflx_guard_config config;
    struct srflx_guard *guard;
    void *memory = malloc(srflx_guard_size());

    srflx_random_fill(NULL, nonces.list[0].bytes, sizeof nonces.list[0].bytes);
    srflx_guard_config_defaults(&config);
    config.realm = view_of(realm);
    config.nonces = &nonces;
    if (!memory || srflx_guard_init(memory, srflx_guard_size(), &config, &guard))
        stop("cannot make a guard");
    return guard;
}

/* Binds `addr`; its port may be 0, and is then what the system has chosen. */
static int open_socket(struct srflx_addr *addr)
{
    struct sockaddr_storage at;
    socklen_t len = srflx_addr_to_sockaddr(addr, &at);
    int fd = socket(at.ss_family, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) ||
        getsockname(fd, (struct sockaddr *)&at, &len) ||
        !srflx_addr_from_sockaddr((struct sockaddr *)&at, addr))
        stop("cannot bind");
    return fd;
}

int main(int argc, char **argv)
{
    struct srflx_guard *guard;
    struct srflx_addr here;
    char text[SRFLX_ADDR_TEXT];
    int fd;

    if (argc != 2 || srflx_addr_parse(argv[1], &here) || srflx_addr_is_unspecified(&here)) {
        fputs("usage: own_users ADDRESS:PORT, not 0.0.0.0 or ::\n", stderr);
        return 2;
    }
    make_user(&users[0], "alice", "rabbit hole");
    make_user(&users[1], "bob", "builder's brew");
    guard = new_guard();
    fd = open_socket(&here);
    printf("listening on %s\n", srflx_addr_write(&here, text));
    fflush(stdout);
    for (;;)
        serve_one(fd, guard);
}
