/* What a server takes for its certificates, and what it chooses for a client. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "check.h"
#include "connection.h"
#include "identity_for_tests.h"
#include "pair_for_tests.h"

enum { DAY_S = 86400, IDENTITIES = 5, LONGEST = 1024 };

static char folder[TEST_PATH];
static struct test_identity first, second, rsa, wild, old;
static struct srflx_secure_identity files[IDENTITIES];
static struct srflx_secure_server_options options;
static struct srflx_secure_context *client;
static struct test_pair pair;

static struct srflx_secure_context *serve(void)
{
    struct srflx_secure_context *context;
    char text[SRFLX_SECURE_TEXT];

    if (srflx_secure_server_new(&options, &context, text)) FAIL("%s", text);
    return context;
}

/* A connection whose client may be tuned before the handshake. */
static SSL *begin(const char *name)
{
    struct srflx_secure_context *server = serve();

    test_pair_make(&pair, client, server, name);
    srflx_secure_context_destroy(server);
    return pair.client.s->ssl;
}

static void check_certificate(const char *name, const struct test_identity *expected)
{
    SSL *ssl = begin(name);

    test_pair_run(&pair, 0);
    CHECK(srflx_secure_is_open(pair.client.s));
    CHECK_INT(X509_cmp(SSL_get0_peer_certificate(ssl), expected->x509), 0);
    test_pair_drop(&pair);
}

static void reset_options(size_t count)
{
    srflx_secure_server_options_defaults(&options);
    options.identities = files;
    options.identity_count = count;
}

TEST(a_client_gets_the_certificate_of_the_name_it_asks_for)
{
    reset_options(IDENTITIES);
    check_certificate("first.example", &first);
    check_certificate("also.example", &first);
    check_certificate("second.example", &second);
    check_certificate("SECOND.example", &second);
    check_certificate("x.wild.example", &wild);
    check_certificate("old.example", &old);
    check_certificate(NULL, &first);
    check_certificate("unknown.example", &first);
    check_certificate("wild.example", &first);
    check_certificate("x.y.wild.example", &first);
    check_certificate("192.0.2.1", &first);
}

/* spec: R8489-6.2.3-01 R8489-6.2.3-02 R8489-6.2.3-03 R8489-6.2.3-05 R7350-3-03 R7350-3-04 R7350-3-05 */
static void check_suite(const char *ciphers, int version, const struct test_identity *expected,
                        const char *suite)
{
    SSL *ssl = begin("first.example");

    CHECK(SSL_set_cipher_list(ssl, ciphers) == 1);
    CHECK(SSL_set_max_proto_version(ssl, version) == 1);
    test_pair_run(&pair, 0);
    CHECK(srflx_secure_is_open(pair.server.s));
    CHECK_STR(srflx_secure_suite(pair.server.s), suite);
    CHECK_INT(X509_cmp(SSL_get0_peer_certificate(ssl), expected->x509), 0);
    CHECK_NULL(SSL_get_current_compression(ssl));
    test_pair_drop(&pair);
}

TEST(both_kinds_of_keys_serve_one_name_with_all_suites)
{
    reset_options(IDENTITIES);
    check_suite("DHE-RSA-AES128-GCM-SHA256", TLS1_2_VERSION, &rsa, "DHE-RSA-AES128-GCM-SHA256");
    check_suite("ECDHE-RSA-AES128-GCM-SHA256", TLS1_2_VERSION, &rsa, "ECDHE-RSA-AES128-GCM-SHA256");
    check_suite("ECDHE-ECDSA-AES128-GCM-SHA256", TLS1_2_VERSION, &first,
                "ECDHE-ECDSA-AES128-GCM-SHA256");
    check_suite("AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
                TLS1_2_VERSION, &rsa, "ECDHE-RSA-AES128-GCM-SHA256");
    check_suite("DEFAULT", TLS1_2_VERSION, &first, "ECDHE-ECDSA-AES128-GCM-SHA256");
    check_suite("DEFAULT", 0, &first, "TLS_AES_128_GCM_SHA256");
}

static void check_no_suite(const char *ciphers, int version, const char *sentence)
{
    char text[SRFLX_SECURE_TEXT];
    SSL *ssl = begin("first.example");

    SSL_set_security_level(ssl, 0);
    CHECK(SSL_set_cipher_list(ssl, ciphers) == 1);
    CHECK(SSL_set_min_proto_version(ssl, TLS1_VERSION) == 1);
    CHECK(SSL_set_max_proto_version(ssl, version) == 1);
    test_pair_run(&pair, 0);
    CHECK_INT(pair.server.last, SRFLX_ERROR_SECURITY);
    CHECK_INT(srflx_secure_fault(pair.server.s), SRFLX_SECURE_VERSION);
    srflx_secure_explain(pair.server.s, text);
    CHECK_STR(text, sentence);
    CHECK_INT(srflx_secure_fault(pair.client.s), SRFLX_SECURE_VERSION);
    test_pair_drop(&pair);
}

/* spec: R8489-6.2.3-06 R8489-6.2.3-08 R7350-3-06 */
TEST(weak_suites_and_old_versions_are_refused)
{
    static const char no_suite[] =
        "the peer has no version or suite in common with us: no shared cipher";
    static const char no_version[] =
        "the peer has no version or suite in common with us: unsupported protocol";

    reset_options(IDENTITIES);
    check_no_suite("AES128-SHA", TLS1_2_VERSION, no_suite);
    check_no_suite("AES128-GCM-SHA256", TLS1_2_VERSION, no_suite);
    check_no_suite("ECDHE-RSA-AES128-SHA", TLS1_2_VERSION, no_suite);
    check_no_suite("NULL-SHA256", TLS1_2_VERSION, no_suite);
    check_no_suite("ALL", TLS1_1_VERSION, no_version);
    check_no_suite("ALL", TLS1_VERSION, no_version);
    options.minimum = 0x0304;
    check_no_suite("ALL", TLS1_2_VERSION, no_version);
}

/* spec: R8489-6.2.3-06 R8489-6.2.3-07 R7350-3-06 R7350-3-07 */
TEST(no_suite_on_the_list_is_weak)
{
    struct srflx_secure_context *server;
    const STACK_OF(SSL_CIPHER) * list;

    reset_options(1);
    server = serve();
    for (int dtls = 0; dtls < 2; dtls++) {
        SSL_CTX *ssl = srflxi_context_ssl(server, dtls);
        list = SSL_CTX_get_ciphers(ssl);
        CHECK_INT(sk_SSL_CIPHER_num(list), 3 + 7);
        for (int i = 0; i < sk_SSL_CIPHER_num(list); i++) {
            const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(list, i);
            CHECK(SSL_CIPHER_is_aead(cipher) && SSL_CIPHER_get_bits(cipher, NULL) >= 128);
            CHECK(SSL_CIPHER_get_kx_nid(cipher) != NID_kx_rsa);
        }
        CHECK((SSL_CTX_get_options(ssl) & SSL_OP_NO_COMPRESSION) != 0);
    }
    srflx_secure_context_destroy(server);
}

TEST(legacy_clients_are_served_if_that_is_wanted)
{
    SSL *ssl;

    reset_options(IDENTITIES);
    options.legacy = true;
    for (int version = TLS1_VERSION; version <= TLS1_2_VERSION; version++) {
        ssl = begin("first.example");
        SSL_set_security_level(ssl, 0);
        CHECK(SSL_set_cipher_list(ssl, "AES128-SHA") == 1);
        CHECK(SSL_set_min_proto_version(ssl, TLS1_VERSION) == 1);
        CHECK(SSL_set_max_proto_version(ssl, version) == 1);
        test_pair_run(&pair, 0);
        CHECK(srflx_secure_is_open(pair.server.s));
        CHECK_STR(srflx_secure_suite(pair.server.s), "AES128-SHA");
        CHECK_INT(srflx_secure_write(pair.server.s, VIEW("pong"), &pair.server.out), 0);
        CHECK(pair.server.out.len <= SRFLX_SECURE_ROOM(4));
        test_pair_run(&pair, 0);
        CHECK_MEM(pair.client.plain, "pong", 4);
        test_pair_drop(&pair);
    }
    ssl = begin("first.example");
    test_pair_run(&pair, 0);
    CHECK_STR(SSL_get_version(ssl), "TLSv1.3");
    test_pair_drop(&pair);
}

/* The protocols are in the form that the wire has. spec: R7443-1-01 R7443-1-02 */
static void offer(const char *protocols, size_t len)
{
    SSL *ssl = begin("first.example");

    CHECK(!SSL_set_alpn_protos(ssl, (const unsigned char *)protocols, (unsigned)len));
    test_pair_run(&pair, 0);
}

#define OFFER(text) offer(text, sizeof text - 1)

TEST(our_protocol_is_chosen_and_none_is_fine)
{
    const unsigned char *chosen;
    unsigned len;

    reset_options(1);
    OFFER("\2h2\22stun.nat-discovery\11stun.turn");
    CHECK(srflx_secure_is_open(pair.server.s));
    SSL_get0_alpn_selected(pair.client.s->ssl, &chosen, &len);
    CHECK_INT(len, 18);
    CHECK_MEM(chosen, "stun.nat-discovery", 18);
    test_pair_drop(&pair);
    OFFER("");
    CHECK(srflx_secure_is_open(pair.server.s));
    SSL_get0_alpn_selected(pair.client.s->ssl, &chosen, &len);
    CHECK_INT(len, 0);
    test_pair_drop(&pair);
}

static void check_foreign(void)
{
    char text[SRFLX_SECURE_TEXT];

    CHECK_INT(pair.server.last, SRFLX_ERROR_SECURITY);
    CHECK_INT(srflx_secure_fault(pair.server.s), SRFLX_SECURE_NO_ALPN);
    srflx_secure_explain(pair.server.s, text);
    CHECK_STR(text, "the peer offers protocols (ALPN), and stun.nat-discovery is none of them");
    CHECK_INT(pair.client.last, SRFLX_ERROR_SECURITY);
    CHECK_INT(srflx_secure_fault(pair.client.s), SRFLX_SECURE_NO_ALPN);
    srflx_secure_explain(pair.client.s, text);
    CHECK_STR(text, "the peer does not speak stun.nat-discovery (ALPN)");
    test_pair_drop(&pair);
}

TEST(foreign_protocols_are_refused)
{
    reset_options(1);
    OFFER("\11stun.turn");
    check_foreign();
    OFFER("\2h2\23stun.nat-discovery2");
    check_foreign();
}

/* A server that chooses what was not offered: newer OpenSSLs see it, with older ones we do. */
static int choose_http(SSL *ssl, const unsigned char **ret_chosen, unsigned char *ret_len,
                       const unsigned char *offered, unsigned len, void *user)
{
    (void)ssl;
    (void)offered;
    (void)len;
    (void)user;
    *ret_chosen = (const unsigned char *)"h2";
    *ret_len = 2;
    return SSL_TLSEXT_ERR_OK;
}

TEST(a_client_takes_no_other_protocol)
{
    struct srflx_secure_context *server;
    char text[SRFLX_SECURE_TEXT];

    reset_options(1);
    server = serve();
    SSL_CTX_set_alpn_select_cb(srflxi_context_ssl(server, false), choose_http, NULL);
    test_pair_make(&pair, client, server, "first.example");
    srflx_secure_context_destroy(server);
    test_pair_run(&pair, 0);
    CHECK_INT(pair.client.last, SRFLX_ERROR_SECURITY);
    srflx_secure_explain(pair.client.s, text);
    if (srflx_secure_fault(pair.client.s) == SRFLX_SECURE_NO_ALPN)
        CHECK_STR(text, "the peer chose a protocol (ALPN) that is not stun.nat-discovery");
    else
        CHECK_STR(text, "the peer's bytes are no good TLS: bad extension");
    test_pair_drop(&pair);
}

/* The server says no to the second ClientHello, so that the client gives up. */
TEST(renegotiation_is_refused)
{
    char text[SRFLX_SECURE_TEXT];
    SSL *ssl;

    reset_options(1);
    ssl = begin("first.example");
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
    test_pair_run(&pair, 0);
    CHECK(srflx_secure_is_open(pair.server.s));
    CHECK(SSL_renegotiate(ssl) == 1);
    test_pair_run(&pair, 0);
    CHECK_INT(pair.client.last, SRFLX_ERROR_SECURITY);
    CHECK_INT(pair.server.last, SRFLX_ERROR_SECURITY);
    srflx_secure_explain(pair.server.s, text);
    CHECK_STR(text, "the peer refused: it sent the alert 'handshake failure'");
    test_pair_drop(&pair);
}

/* Files */

static void write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "w");

    CHECK(file && fwrite(text, 1, len, file) == len && !fclose(file));
    CHECK_INT(chmod(path, 0600), 0);
}

static size_t read_file(const char *path, char *ret_text, size_t cap)
{
    FILE *file = fopen(path, "r");
    size_t len;

    CHECK(file != NULL);
    len = fread(ret_text, 1, cap - 1, file);
    ret_text[len] = '\0';
    fclose(file);
    return len;
}

static void check_no_server(const char *certificate, const char *key, const char *sentence)
{
    const struct srflx_secure_identity one = {certificate, key};
    struct srflx_secure_context *context = NULL;
    char text[SRFLX_SECURE_TEXT];

    reset_options(1);
    options.identities = &one;
    CHECK_INT(srflx_secure_server_new(&options, &context, text), SRFLX_ERROR_SYSTEM);
    CHECK_STR(text, sentence);
    CHECK_NULL(context);
}

#define SENTENCE(...) (snprintf(sentence, sizeof sentence, __VA_ARGS__), sentence)

TEST(files_that_cannot_be_read_are_named)
{
    char sentence[LONGEST], path[TEST_PATH];

    check_no_server("/nonexistent/a.crt", first.key,
                    "/nonexistent/a.crt: cannot open it: No such file or directory");
    check_no_server(first.certificate, "/nonexistent/a.key",
                    "/nonexistent/a.key: cannot open it: No such file or directory");
    check_no_server(folder, first.key, SENTENCE("%s: is no regular file", folder));
    test_path(folder, "open.key", path);
    write_file(path, "", 0);
    CHECK_INT(chmod(path, 0604), 0);
    check_no_server(first.certificate, path,
                    SENTENCE("%s: everybody may read this key: chmod o-rw it", path));
    CHECK_INT(chmod(path, 0640), 0);
    check_no_server(first.certificate, path, SENTENCE("%s: has no private key in PEM form", path));
}

TEST(files_without_what_they_should_have_are_named)
{
    char sentence[LONGEST];

    check_no_server(first.key, first.key,
                    SENTENCE("%s: has no certificate in PEM form", first.key));
    check_no_server(first.certificate, first.certificate,
                    SENTENCE("%s: everybody may read this key: chmod o-rw it", first.certificate));
    check_no_server(first.certificate, second.key,
                    SENTENCE("%s: the key is not that of the certificate in %s", second.key,
                             first.certificate));
}

/* Cut at every length: never taken for whole. */
TEST(files_written_half_are_refused)
{
    char text[4096], path[TEST_PATH], sentence[LONGEST];
    size_t len = read_file(first.certificate, text, sizeof text);

    test_path(folder, "half", path);
    for (size_t cut = 0; cut < len - 1; cut++) {
        write_file(path, text, cut);
        check_no_server(path, first.key,
                        cut < strlen("-----BEGIN CERTIFICATE-----")
                            ? SENTENCE("%s: has no certificate in PEM form", path)
                            : SENTENCE("%s: a certificate in it is damaged, or not written to its "
                                       "end",
                                       path));
    }
    len = read_file(first.key, text, sizeof text);
    for (size_t cut = 0; cut < len - 1; cut++) {
        write_file(path, text, cut);
        check_no_server(
            first.certificate, path,
            cut < strlen("-----BEGIN PRIVATE KEY-----")
                ? SENTENCE("%s: has no private key in PEM form", path)
                : SENTENCE("%s: the key in it is damaged, or not written to its end", path));
    }
}

TEST(certificate_and_key_may_share_a_file)
{
    char text[8192], path[TEST_PATH];
    size_t len = read_file(first.key, text, sizeof text);
    struct srflx_secure_identity one = {path, NULL};

    len += read_file(first.certificate, text + len, sizeof text - len);
    test_path(folder, "both.pem", path);
    write_file(path, text, len);
    reset_options(1);
    options.identities = &one;
    check_certificate("first.example", &first);
}

TEST(an_encrypted_key_is_refused_without_asking)
{
    char path[TEST_PATH], sentence[LONGEST];
    FILE *file = fopen(test_path(folder, "sealed.key", path), "w");
    BIO *old_form;

    CHECK(file && PEM_write_PKCS8PrivateKey(file, first.pkey, EVP_aes_128_cbc(), "secret", 6, NULL,
                                            NULL) == 1);
    fclose(file);
    CHECK_INT(chmod(path, 0600), 0);
    check_no_server(first.certificate, path,
                    SENTENCE("%s: the key is encrypted, and nobody is asked for passphrases: "
                             "store it without one",
                             path));
    old_form = BIO_new_file(path, "w");
    CHECK(PEM_write_bio_PrivateKey_traditional(old_form, first.pkey, EVP_aes_128_cbc(),
                                               (const unsigned char *)"secret", 6, NULL,
                                               NULL) == 1);
    BIO_free(old_form);
    check_no_server(first.certificate, path, sentence);
}

TEST(dates_and_strength_are_looked_at)
{
    char sentence[LONGEST], date[SRFLXI_DATE];
    struct test_identity made;

    test_identity_make(
        &made, folder, "made",
        &(struct test_wish){.names = "a.example", .from_s = -2 * DAY_S, .until_s = -DAY_S});
    check_no_server(made.certificate, made.key,
                    SENTENCE("%s: the certificate expired on %s", made.certificate,
                             srflxi_date(X509_get0_notAfter(made.x509), date)));
    test_identity_drop(&made);
    test_identity_make(
        &made, folder, "made",
        &(struct test_wish){.names = "a.example", .from_s = DAY_S, .until_s = 2 * DAY_S});
    check_no_server(made.certificate, made.key,
                    SENTENCE("%s: the certificate is not valid before %s", made.certificate,
                             srflxi_date(X509_get0_notBefore(made.x509), date)));
    test_identity_drop(&made);
    test_identity_make(&made, folder, "made",
                       &(struct test_wish){.names = "a.example", .rsa_bits = 1024});
    check_no_server(made.certificate, made.key,
                    SENTENCE("%s: a key of 1024 bits is too weak: make one with ECDSA P-256, or "
                             "RSA of 2048 bits",
                             made.key));
    test_identity_drop(&made);
}

static void check_wrong_options(const char *sentence)
{
    struct srflx_secure_context *context = NULL;
    char text[SRFLX_SECURE_TEXT];

    CHECK_INT(srflx_secure_server_new(&options, &context, text), SRFLX_ERROR_ARGUMENT);
    CHECK_STR(text, sentence);
    CHECK_NULL(context);
}

TEST(options_of_servers_are_checked)
{
    reset_options(0);
    check_wrong_options("a server needs 1 to 1024 certificates");
    reset_options(1);
    options.ciphers = "nonsense";
    check_wrong_options("ciphers 'nonsense': OpenSSL knows none of them, or allows none");
    reset_options(1);
    options.suites = "nonsense";
    check_wrong_options("suites 'nonsense': no list of TLS 1.3 suites that OpenSSL knows");
    reset_options(1);
    options.groups = "nonsense";
    check_wrong_options("groups 'nonsense': no list of groups that OpenSSL knows");
    reset_options(1);
    options.minimum = 0x0302;
    check_wrong_options("minimum 0x0302: want 0x0303 (TLS 1.2) or 0x0304 (TLS 1.3)");
}

TEST(lists_may_be_chosen)
{
    reset_options(IDENTITIES);
    options.suites = "TLS_CHACHA20_POLY1305_SHA256";
    options.ciphers = "ECDHE-RSA-AES256-GCM-SHA384";
    options.groups = "P-384";
    check_suite("DEFAULT", 0, &first, "TLS_CHACHA20_POLY1305_SHA256");
    check_suite("DEFAULT", TLS1_2_VERSION, &rsa, "ECDHE-RSA-AES256-GCM-SHA384");
}

static void make(struct test_identity *identity, size_t number, const char *stem,
                 const struct test_wish *wish)
{
    test_identity_make(identity, folder, stem, wish);
    files[number] = (struct srflx_secure_identity){identity->certificate, identity->key};
}

static int set_up(void **state)
{
    struct srflx_secure_client_options wish;
    char text[SRFLX_SECURE_TEXT];

    (void)state;
    test_folder_make(folder);
    make(&first, 0, "first", &(struct test_wish){.names = "First.example,also.example"});
    make(&second, 1, "second", &(struct test_wish){.names = "second.example"});
    make(&rsa, 2, "rsa",
         &(struct test_wish){.names = "first.example,also.example", .rsa_bits = 2048});
    make(&wild, 3, "wild", &(struct test_wish){.names = "*.wild.example"});
    make(&old, 4, "old", &(struct test_wish){.common_name = "old.example"});
    srflx_secure_client_options_defaults(&wish);
    wish.insecure = true;
    return srflx_secure_client_new(&wish, &client, text);
}

static int clean_up(void **state)
{
    (void)state;
    srflx_secure_context_destroy(client);
    test_identity_drop(&first);
    test_identity_drop(&second);
    test_identity_drop(&rsa);
    test_identity_drop(&wild);
    test_identity_drop(&old);
    test_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_client_gets_the_certificate_of_the_name_it_asks_for),
        TEST_OF(both_kinds_of_keys_serve_one_name_with_all_suites),
        TEST_OF(weak_suites_and_old_versions_are_refused),
        TEST_OF(no_suite_on_the_list_is_weak),
        TEST_OF(legacy_clients_are_served_if_that_is_wanted),
        TEST_OF(our_protocol_is_chosen_and_none_is_fine),
        TEST_OF(foreign_protocols_are_refused),
        TEST_OF(a_client_takes_no_other_protocol),
        TEST_OF(renegotiation_is_refused),
        TEST_OF(files_that_cannot_be_read_are_named),
        TEST_OF(files_without_what_they_should_have_are_named),
        TEST_OF(files_written_half_are_refused),
        TEST_OF(certificate_and_key_may_share_a_file),
        TEST_OF(an_encrypted_key_is_refused_without_asking),
        TEST_OF(dates_and_strength_are_looked_at),
        TEST_OF(options_of_servers_are_checked),
        TEST_OF(lists_may_be_chosen),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
