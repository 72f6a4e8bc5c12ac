#include "credentials.h"

#include "fuzz.h"
#include "steady_random.h"

static const uint8_t offer[] = {0, 2, 0, 0, 0, 1, 0, 0};

static struct srflx_nonce_keys nonce_keys;

static struct srflx_view text(const char *bytes)
{
    return (struct srflx_view){(const uint8_t *)bytes, strlen(bytes)};
}

static struct srflx_identity alice(enum guarded which)
{
    struct srflx_identity who = {text("alice"), text(which == SHORT_TERM ? "" : "example.org")};

    return who;
}

static struct srflx_key key_of(enum guarded which, uint16_t algorithm)
{
    const struct srflx_identity who = alice(which);
    struct srflx_key key;

    if (which == SHORT_TERM)
        srflx_key_from_secret(text("secret"), &key);
    else
        REQUIRE(!srflx_key_long_term(algorithm, &who, text("secret"), &key));
    return key;
}

static const struct srflx_users *make_users(enum guarded which)
{
    const struct srflx_identity who = alice(which);
    const size_t size = srflx_users_size(1);
    struct srflx_user user = {.password = text("secret")};
    struct srflx_secret md5, sha256;
    struct srflx_users *users;

    srflx_userhash_compute(&who, &user.hash);
    if (which != SHORT_TERM) {
        REQUIRE(!srflx_secret_long_term(SRFLX_ALGORITHM_MD5, &who, text("secret"), &md5));
        REQUIRE(!srflx_secret_long_term(SRFLX_ALGORITHM_SHA256, &who, text("secret"), &sha256));
        user.md5 = (struct srflx_view){md5.bytes, md5.len};
        user.sha256 = (struct srflx_view){sha256.bytes, sha256.len};
        user.password.len = 0;
    }
    REQUIRE(!srflx_users_init(malloc(size), size, 1, &users));
    REQUIRE(!srflx_users_add(users, &user));
    return users;
}

static const struct srflx_guard *make_guard(enum guarded which)
{
    static const struct srflx_token_key token_key = {{7}, "kid", 3};
    struct srflx_guard_config config;
    struct srflx_guard *guard;

    nonce_keys.count = 1;
    steady_random(NULL, nonce_keys.list[0].bytes, sizeof nonce_keys.list[0].bytes);
    srflx_guard_config_defaults(&config);
    config.mechanism = which == SHORT_TERM ? SRFLX_SHORT_TERM : SRFLX_LONG_TERM;
    config.users = make_users(which);
    config.userhash = which == LONG_TERM_HASHED;
    config.nonces = &nonce_keys;
    if (which != SHORT_TERM) config.realm = text("example.org");
    if (which == LONG_TERM) {
        config.secrets[0] = text("north");
        config.secret_count = 1;
        config.server_name = text("stun.example.org");
        config.token_keys = &token_key;
        config.token_key_count = 1;
    }
    REQUIRE(!srflx_guard_init(malloc(srflx_guard_size()), srflx_guard_size(), &config, &guard));
    return guard;
}

const struct srflx_guard *guard_of(enum guarded which)
{
    static const struct srflx_guard *guards[GUARDED];

    if (!guards[which]) guards[which] = make_guard(which);
    return guards[which];
}

static void put_nonce(struct srflx_writer *w, enum guarded which, const struct srflx_addr *from)
{
    static const struct srflx_time now;
    const struct srflx_nonce_scope scope = {
        .client = *from,
        .algorithms = {offer, sizeof offer},
        .features =
            SRFLX_FEATURE_ALGORITHMS | (which == LONG_TERM_HASHED ? SRFLX_FEATURE_ANONYMITY : 0),
        .lifetime_s = 600};
    uint8_t nonce[SRFLX_NONCE_LEN];

    srflx_nonce_write(&nonce_keys, &scope, now, nonce);
    srflx_put_bytes(w, SRFLX_ATTR_NONCE, (struct srflx_view){nonce, sizeof nonce});
}

static void put_name(struct srflx_writer *w, enum guarded which)
{
    const struct srflx_identity who = alice(which);
    struct srflx_userhash hash;

    srflx_userhash_compute(&who, &hash);
    if (which == LONG_TERM_HASHED)
        srflx_put_bytes(w, SRFLX_ATTR_USERHASH, (struct srflx_view){hash.bytes, sizeof hash.bytes});
    else
        srflx_put_bytes(w, SRFLX_ATTR_USERNAME, who.username);
}

static void put_credentials(struct srflx_writer *w, enum guarded which,
                            const struct srflx_addr *from, unsigned omit)
{
    const struct srflx_algorithm chosen = {{NULL, 0}, SRFLX_ALGORITHM_SHA256};

    if (omit != 1) put_name(w, which);
    if (which == SHORT_TERM) return;
    if (omit != 2) srflx_put_bytes(w, SRFLX_ATTR_REALM, text("example.org"));
    if (omit != 3) put_nonce(w, which, from);
    if (omit != 4) srflx_put_algorithms(w, SRFLX_ATTR_PASSWORD_ALGORITHM, &chosen, 1);
    if (omit != 5)
        srflx_put_bytes(w, SRFLX_ATTR_PASSWORD_ALGORITHMS,
                        (struct srflx_view){offer, sizeof offer});
}

/* What would stand in the way of our own stays out. */
static bool is_credential(uint16_t type)
{
    return type == SRFLX_ATTR_MESSAGE_INTEGRITY || type == SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256 ||
           type == SRFLX_ATTR_FINGERPRINT;
}

size_t dress(struct srflx_view request, enum guarded which, const struct srflx_addr *from,
             unsigned omit, uint8_t *buf, size_t cap)
{
    struct srflx_key key = key_of(which, SRFLX_ALGORITHM_SHA256);
    struct srflx_view dressed = {NULL, 0};
    struct srflx_message m;
    struct srflx_writer w;
    struct srflx_attr attr;
    struct srflx_iter it;
    struct srflx_id id;

    (void)guard_of(which);
    if (srflx_message_parse(request, &m) || m.classic || m.kind != SRFLX_REQUEST) return 0;
    srflx_message_get_id(&m, &id);
    srflx_writer_begin(&w, buf, cap, m.type, &id);
    put_credentials(&w, which, from, omit);
    srflx_iter_begin(&it, &m);
    while (srflx_iter_next(&it, &attr))
        if (!is_credential(attr.type)) srflx_put_bytes(&w, attr.type, attr.value);
    if (omit == 6) key.sha256.inner[0] ^= 1;
    if (omit != 7) srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA256, &key);
    if (m.fingerprint == SRFLX_FINGERPRINT_RIGHT) srflx_add_fingerprint(&w);
    return srflx_writer_finish(&w, &dressed) ? 0 : dressed.len;
}

bool is_signed_by_alice(const struct srflx_message *m, enum guarded which)
{
    const struct srflx_key sha256 = key_of(which, SRFLX_ALGORITHM_SHA256);
    const struct srflx_key md5 = key_of(which, SRFLX_ALGORITHM_MD5);

    return srflx_integrity_check(m, &sha256) >= SRFLX_INTEGRITY_SHA1 ||
           srflx_integrity_check(m, &md5) >= SRFLX_INTEGRITY_SHA1;
}
