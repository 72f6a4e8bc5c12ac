/* Whom a client trusts: every fault, and its sentence. */
#include <time.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "check.h"
#include "context.h"
#include "identity_for_tests.h"
#include "pair_for_tests.h"

enum { DAY_S = 86400 };

static char folder[TEST_PATH], crl[TEST_PATH];
static struct test_identity ca, stranger, leaf, unsigned_leaf;
static struct test_pair pair;

static struct srflx_secure_context *serve(const struct test_identity *identity)
{
    struct srflx_secure_identity files = {identity->certificate, identity->key};
    struct srflx_secure_server_options options;
    struct srflx_secure_context *context;
    char text[SRFLX_SECURE_TEXT];

    srflx_secure_server_options_defaults(&options);
    options.identities = &files;
    options.identity_count = 1;
    if (srflx_secure_server_new(&options, &context, text)) FAIL("%s", text);
    return context;
}

/* The options that most tests begin with. */
static struct srflx_secure_client_options trusting(const char *authority)
{
    struct srflx_secure_client_options options;

    srflx_secure_client_options_defaults(&options);
    options.ca = authority;
    return options;
}

static struct srflx_secure_context *ask(const struct srflx_secure_client_options *options)
{
    struct srflx_secure_context *context;
    char text[SRFLX_SECURE_TEXT];

    if (srflx_secure_client_new(options, &context, text)) FAIL("%s", text);
    return context;
}

/* Both contexts are used up. */
static void meet(struct srflx_secure_context *client, struct srflx_secure_context *server,
                 const char *name)
{
    test_pair_make(&pair, client, server, name);
    srflx_secure_context_destroy(client);
    srflx_secure_context_destroy(server);
    test_pair_run(&pair, 0);
}

static void check_fault(const struct test_end *end, const char *fault, const char *sentence)
{
    char text[SRFLX_SECURE_TEXT];

    CHECK_INT(end->last, SRFLX_ERROR_SECURITY);
    srflx_secure_explain(end->s, text);
    CHECK_STR(text, sentence);
    CHECK_STR(srflx_secure_fault_name(srflx_secure_fault(end->s)), fault);
    CHECK(!srflx_secure_is_open(end->s));
}

static void check_refused(const struct test_identity *identity,
                          const struct srflx_secure_client_options *options, const char *fault,
                          const char *sentence)
{
    meet(ask(options), serve(identity), "stun.example");
    check_fault(&pair.client, fault, sentence);
    test_pair_drop(&pair);
}

static void check_taken(const struct test_identity *identity,
                        const struct srflx_secure_client_options *options, const char *name)
{
    meet(ask(options), serve(identity), name);
    CHECK(srflx_secure_is_open(pair.client.s) && srflx_secure_is_open(pair.server.s));
    test_pair_drop(&pair);
}

/* spec: R8489-6.2.3-09 R8489-6.2.3-10 R8489-6.2.3-11 */
TEST(the_name_must_be_the_certificates)
{
    struct srflx_secure_client_options options = trusting(ca.certificate);
    struct test_identity other;

    test_identity_make(&other, folder, "other",
                       &(struct test_wish){.names = "a.example,*.b.example,192.0.2.1,2001:db8::1",
                                           .common_name = "stun.example",
                                           .issuer = &ca});
    check_refused(&other, &options, "NAME",
                  "the certificate is for a.example, *.b.example, 192.0.2.1, 2001:db8::1, not for "
                  "stun.example");
    check_taken(&other, &options, "A.Example");
    check_taken(&other, &options, "x.b.example");
    check_taken(&other, &options, "192.0.2.1");
    check_taken(&other, &options, "2001:DB8:0::1");
    test_identity_drop(&other);
}

static void check_wrong_name(const struct test_identity *identity, const char *name)
{
    const struct srflx_secure_client_options options = trusting(ca.certificate);

    meet(ask(&options), serve(identity), name);
    CHECK_INT(srflx_secure_fault(pair.client.s), SRFLX_SECURE_NAME);
    test_pair_drop(&pair);
}

TEST(a_wildcard_is_the_leftmost_label_whole)
{
    struct test_identity wild;

    test_identity_make(
        &wild, folder, "wild",
        &(struct test_wish){.names = "*.a.example,s*.b.example,stun.*.example", .issuer = &ca});
    check_wrong_name(&wild, "a.example");
    check_wrong_name(&wild, "x.y.a.example");
    check_wrong_name(&wild, "stun.b.example");
    check_wrong_name(&wild, "stun.c.example");
    check_wrong_name(&wild, "192.0.2.1");
    test_identity_drop(&wild);
}

/* The common name counts where there are no names, and never for an address. */
TEST(an_old_certificate_has_a_common_name)
{
    const struct srflx_secure_client_options options = trusting(ca.certificate);
    struct test_identity old, number;

    test_identity_make(&old, folder, "old",
                       &(struct test_wish){.common_name = "stun.example", .issuer = &ca});
    test_identity_make(&number, folder, "number",
                       &(struct test_wish){.common_name = "192.0.2.1", .issuer = &ca});
    check_taken(&old, &options, "stun.example");
    check_wrong_name(&old, "a.example");
    check_wrong_name(&number, "192.0.2.1");
    test_identity_drop(&old);
    test_identity_drop(&number);
}

TEST(a_strangers_text_is_printed_harmlessly)
{
    const struct srflx_secure_client_options options = trusting(ca.certificate);
    struct test_identity rude;

    test_identity_make(&rude, folder, "rude",
                       &(struct test_wish){.common_name = "a\033[31m\nb", .issuer = &ca});
    check_refused(&rude, &options, "NAME", "the certificate is for a?[31m?b, not for stun.example");
    test_identity_drop(&rude);
}

/* Servers refuse to load such a certificate, so it goes out of its dates while in use. */
static struct srflx_secure_context *serve_out_of_date(const struct test_identity *identity)
{
    struct srflx_secure_context *context = serve(&leaf);
    SSL_CTX *ssl = srflxi_context_ssl(context, false);

    CHECK(SSL_CTX_use_cert_and_key(ssl, identity->x509, identity->pkey, NULL, 1) == 1);
    return context;
}

static void check_date(int from_s, int until_s, const char *fault, const char *format)
{
    const struct srflx_secure_client_options options = trusting(ca.certificate);
    char sentence[SRFLX_SECURE_TEXT], date[64];
    struct test_identity dated;
    struct tm tm;

    test_identity_make(
        &dated, folder, "dated",
        &(struct test_wish){
            .names = "stun.example", .from_s = from_s, .until_s = until_s, .issuer = &ca});
    CHECK(ASN1_TIME_to_tm(from_s > 0 ? X509_get0_notBefore(dated.x509)
                                     : X509_get0_notAfter(dated.x509),
                          &tm) == 1);
    strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S UTC", &tm);
    snprintf(sentence, sizeof sentence, format, date);
    meet(ask(&options), serve_out_of_date(&dated), "stun.example");
    check_fault(&pair.client, fault, sentence);
    test_pair_drop(&pair);
    test_identity_drop(&dated);
}

TEST(dates_must_be_right)
{
    check_date(-2 * DAY_S, -DAY_S, "EXPIRED", "the certificate of stun.example expired on %s");
    check_date(DAY_S, 2 * DAY_S, "NOT_YET_VALID",
               "the certificate of stun.example is not valid before %s: is this machine's clock "
               "right?");
}

TEST(somebody_we_trust_must_have_issued_it)
{
    const struct srflx_secure_client_options options = trusting(ca.certificate);
    struct test_identity foreign;

    test_identity_make(&foreign, folder, "foreign",
                       &(struct test_wish){.names = "stun.example", .issuer = &stranger});
    check_refused(&foreign, &options, "UNKNOWN_ISSUER",
                  "the certificate was issued by Stranger, whom we do not trust");
    check_refused(&unsigned_leaf, &options, "SELF_SIGNED",
                  "the certificate of stun.example is self-signed, and none that we trust");
    test_identity_drop(&foreign);
}

TEST(a_self_signed_certificate_may_be_the_ca)
{
    const struct srflx_secure_client_options options = trusting(unsigned_leaf.certificate);

    check_taken(&unsigned_leaf, &options, "stun.example");
}

TEST(a_folder_of_certificates_is_looked_into)
{
    struct srflx_secure_client_options options = trusting(folder);
    char link[TEST_PATH], name[32];

    snprintf(name, sizeof name, "%08lx.0",
             X509_NAME_hash_ex(X509_get_subject_name(ca.x509), NULL, NULL, NULL));
    CHECK(!rename(ca.certificate, test_path(folder, name, link)));
    check_taken(&leaf, &options, "stun.example");
    CHECK(!rename(link, ca.certificate));
    check_refused(&leaf, &options, "UNKNOWN_ISSUER",
                  "the certificate was issued by CA, whom we do not trust");
}

TEST(what_is_revoked_is_refused)
{
    struct srflx_secure_client_options options = trusting(crl);
    struct test_identity fine;

    test_identity_make(&fine, folder, "fine",
                       &(struct test_wish){.names = "stun.example", .issuer = &ca});
    test_identity_revoke(&ca, &leaf, crl);
    check_refused(&leaf, &options, "REVOKED", "the certificate of stun.example has been revoked");
    check_taken(&fine, &options, "stun.example");
    test_identity_drop(&fine);
}

TEST(a_certificate_for_something_else_is_refused)
{
    const struct srflx_secure_client_options options = trusting(ca.certificate);
    struct test_identity issued, issuer;

    test_identity_make(&issuer, folder, "issuer",
                       &(struct test_wish){.common_name = "No CA", .issuer = &ca});
    test_identity_make(&issued, folder, "issued",
                       &(struct test_wish){.names = "stun.example", .issuer = &issuer});
    check_refused(&issued, &options, "CERTIFICATE",
                  "the certificate of No CA cannot be used: invalid CA certificate");
    test_identity_drop(&issuer);
    test_identity_drop(&issued);
}

TEST(a_pin_counts_besides_everything_else)
{
    struct srflx_secure_client_options options = trusting(ca.certificate);
    const char *wrong[] = {ca.pin}, *right[] = {ca.pin, leaf.pin + strlen("sha256/")};
    char sentence[SRFLX_SECURE_TEXT];

    options.pins = wrong;
    options.pin_count = 1;
    snprintf(sentence, sizeof sentence, "the server's key is %s, which is not pinned", leaf.pin);
    check_refused(&leaf, &options, "PIN", sentence);
    options.pins = right;
    options.pin_count = 2;
    check_taken(&leaf, &options, "stun.example");
    options.ca = stranger.certificate;
    check_refused(&leaf, &options, "UNKNOWN_ISSUER",
                  "the certificate was issued by CA, whom we do not trust");
}

TEST(insecure_means_pins_alone)
{
    struct srflx_secure_client_options options = trusting(NULL);
    const char *wrong[] = {ca.pin}, *right[] = {unsigned_leaf.pin};
    char sentence[SRFLX_SECURE_TEXT];

    options.insecure = true;
    check_taken(&unsigned_leaf, &options, "anything.example");
    check_taken(&unsigned_leaf, &options, NULL);
    options.pins = right;
    options.pin_count = 1;
    check_taken(&unsigned_leaf, &options, "anything.example");
    options.pins = wrong;
    snprintf(sentence, sizeof sentence, "the server's key is %s, which is not pinned",
             unsigned_leaf.pin);
    check_refused(&unsigned_leaf, &options, "PIN", sentence);
}

/* The peer hears it too, and once. */
TEST(the_server_hears_that_it_is_not_trusted)
{
    const struct srflx_secure_client_options options = trusting(stranger.certificate);

    meet(ask(&options), serve(&leaf), "stun.example");
    check_fault(&pair.server, "ALERT", "the peer refused: it sent the alert 'unknown CA'");
    CHECK_INT(pair.server.out.len, 0);
    test_pair_drop(&pair);
}

TEST(another_name_can_be_asked_for_later)
{
    const struct srflx_secure_client_options options = trusting(ca.certificate);
    struct test_identity two;

    test_identity_make(
        &two, folder, "two",
        &(struct test_wish){.names = "stun.example,*.b.example,192.0.2.1", .issuer = &ca});
    meet(ask(&options), serve(&two), "stun.example");
    CHECK_INT(srflx_secure_check_name(pair.client.s, "x.b.example"), 0);
    CHECK_INT(srflx_secure_check_name(pair.client.s, "192.0.2.1"), 0);
    CHECK_INT(srflx_secure_check_name(pair.client.s, "b.example"), SRFLX_ERROR_SECURITY);
    CHECK_INT(srflx_secure_check_name(pair.client.s, "192.0.2.2"), SRFLX_ERROR_SECURITY);
    CHECK_INT(srflx_secure_check_name(pair.client.s, ""), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(srflx_secure_check_name(pair.server.s, "stun.example"), SRFLX_ERROR_STATE);
    CHECK(srflx_secure_is_open(pair.client.s));
    CHECK_INT(srflx_secure_fault(pair.client.s), SRFLX_SECURE_NONE);
    test_pair_drop(&pair);
    test_identity_drop(&two);
}

static void check_no_client(const struct srflx_secure_client_options *options, int error,
                            const char *sentence)
{
    struct srflx_secure_context *context = NULL;
    char text[SRFLX_SECURE_TEXT];

    CHECK_INT(srflx_secure_client_new(options, &context, text), error);
    CHECK_STR(text, sentence);
    CHECK_NULL(context);
}

TEST(options_of_clients_are_checked)
{
    const char *pins[] = {"sha256/AAAA"};
    struct srflx_secure_client_options options = trusting("/nonexistent/ca.pem");
    char sentence[SRFLX_SECURE_TEXT];

    check_no_client(&options, SRFLX_ERROR_SYSTEM,
                    "/nonexistent/ca.pem: cannot open it: No such file or directory");
    options.ca = leaf.key;
    snprintf(sentence, sizeof sentence, "%s: has no certificate in PEM form", leaf.key);
    check_no_client(&options, SRFLX_ERROR_SYSTEM, sentence);
    options = trusting(ca.certificate);
    options.pins = pins;
    options.pin_count = 1;
    check_no_client(&options, SRFLX_ERROR_ARGUMENT,
                    "pin 'sha256/AAAA': want sha256/ and the 44 letters of Base64 that 32 bytes "
                    "have");
    options.pin_count = 0;
    options.minimum = 77;
    check_no_client(&options, SRFLX_ERROR_ARGUMENT,
                    "minimum 0x004d: want 0x0303 (TLS 1.2) or 0x0304 (TLS 1.3)");
    options.size = 0;
    check_no_client(&options, SRFLX_ERROR_ARGUMENT, "the options have another size");
}

/* The system's certificates do not vouch for ours. */
TEST(the_system_is_asked_by_default)
{
    const struct srflx_secure_client_options options = trusting(NULL);

    check_refused(&leaf, &options, "UNKNOWN_ISSUER",
                  "the certificate was issued by CA, whom we do not trust");
}

static int set_up(void **state)
{
    (void)state;
    test_folder_make(folder);
    test_path(folder, "list.pem", crl);
    test_identity_make(&ca, folder, "ca", &(struct test_wish){.common_name = "CA", .is_ca = true});
    test_identity_make(&stranger, folder, "stranger",
                       &(struct test_wish){.common_name = "Stranger", .is_ca = true});
    test_identity_make(&leaf, folder, "leaf",
                       &(struct test_wish){.names = "stun.example", .issuer = &ca});
    test_identity_make(&unsigned_leaf, folder, "unsigned",
                       &(struct test_wish){.names = "stun.example"});
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    test_identity_drop(&ca);
    test_identity_drop(&stranger);
    test_identity_drop(&leaf);
    test_identity_drop(&unsigned_leaf);
    test_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(the_name_must_be_the_certificates),
        TEST_OF(a_wildcard_is_the_leftmost_label_whole),
        TEST_OF(an_old_certificate_has_a_common_name),
        TEST_OF(a_strangers_text_is_printed_harmlessly),
        TEST_OF(dates_must_be_right),
        TEST_OF(somebody_we_trust_must_have_issued_it),
        TEST_OF(a_self_signed_certificate_may_be_the_ca),
        TEST_OF(a_folder_of_certificates_is_looked_into),
        TEST_OF(what_is_revoked_is_refused),
        TEST_OF(a_certificate_for_something_else_is_refused),
        TEST_OF(a_pin_counts_besides_everything_else),
        TEST_OF(insecure_means_pins_alone),
        TEST_OF(the_server_hears_that_it_is_not_trusted),
        TEST_OF(another_name_can_be_asked_for_later),
        TEST_OF(options_of_clients_are_checked),
        TEST_OF(the_system_is_asked_by_default),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
