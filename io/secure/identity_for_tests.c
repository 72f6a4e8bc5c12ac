#include "identity_for_tests.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

enum { DAY_S = 86400, MONTH_S = 30 * DAY_S, NAMES = 2048 };

static void require(bool condition, const char *what)
{
    if (condition) return;
    fprintf(stderr, "identity_for_tests: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    abort();
}

char *test_path(const char *folder, const char *name, char *ret_path)
{
    const int len = snprintf(ret_path, TEST_PATH, "%s/%s", folder, name);

    require(len > 0 && len < TEST_PATH, "making a path");
    return ret_path;
}

void test_folder_make(char *ret_folder)
{
    const char *tmp = getenv("TMPDIR");

    test_path(tmp ? tmp : "/tmp", "srflx-XXXXXX", ret_folder);
    require(mkdtemp(ret_folder) != NULL, "making a folder");
}

void test_folder_remove(const char *folder)
{
    DIR *open = opendir(folder);
    struct dirent *entry;
    char path[TEST_PATH];

    require(open != NULL, "opening a folder");
    while ((entry = readdir(open)) != NULL)
        if (entry->d_name[0] != '.') unlink(test_path(folder, entry->d_name, path));
    closedir(open);
    require(!rmdir(folder), "removing a folder");
}

static void add_extension(X509 *x509, X509 *issuer, int kind, const char *value)
{
    X509_EXTENSION *extension;
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    require(extension && X509_add_ext(x509, extension, -1), "adding an extension");
    X509_EXTENSION_free(extension);
}

/* "DNS:a.example,IP:192.0.2.1" of "a.example,192.0.2.1". */
static void add_names(X509 *x509, const char *names)
{
    char copy[NAMES], value[NAMES] = "", *rest = copy;
    unsigned char ip[16];
    const char *name;
    size_t len = 0;

    require(strlen(names) < sizeof copy / 2, "copying names");
    memcpy(copy, names, strlen(names) + 1);
    while ((name = strtok_r(rest, ",", &rest)) != NULL) {
        const bool is_ip = inet_pton(AF_INET, name, ip) == 1 || inet_pton(AF_INET6, name, ip) == 1;
        len += (size_t)snprintf(value + len, sizeof value - len, "%s%s:%s", len ? "," : "",
                                is_ip ? "IP" : "DNS", name);
    }
    add_extension(x509, x509, NID_subject_alt_name, value);
}

static void set_times(X509 *x509, const struct test_wish *wish)
{
    const bool usual = !wish->from_s && !wish->until_s;

    require(X509_gmtime_adj(X509_getm_notBefore(x509), usual ? -DAY_S : wish->from_s) &&
                X509_gmtime_adj(X509_getm_notAfter(x509), usual ? MONTH_S : wish->until_s),
            "setting dates");
}

static void set_serial(X509 *x509)
{
    uint64_t serial;

    require(RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
                ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1),
            "drawing a serial number");
}

static void set_common_name(X509 *x509, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(x509);

    if (!name) name = "";
    if (!*name) return;
    require(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                       (const unsigned char *)name, -1, -1, 0),
            "setting a common name");
}

static void write_certificate(const struct test_identity *identity,
                              const struct test_identity *issuer)
{
    FILE *file = fopen(identity->certificate, "w");

    require(file && PEM_write_X509(file, identity->x509), "writing a certificate");
    if (issuer && X509_self_signed(issuer->x509, 0) != 1)
        require(PEM_write_X509(file, issuer->x509), "writing the issuer's certificate");
    require(!fclose(file), "writing a certificate");
}

static void write_key(const struct test_identity *identity)
{
    const int fd = open(identity->key, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    require(file && PEM_write_PrivateKey(file, identity->pkey, NULL, NULL, 0, NULL, NULL) &&
                !fclose(file),
            "writing a key");
}

static void find_pin(struct test_identity *identity)
{
    unsigned char hash[32], *der = NULL;
    const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(identity->x509), &der);

    require(len > 0 && EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(), NULL), "hashing");
    OPENSSL_free(der);
    snprintf(identity->pin, sizeof identity->pin, "sha256/");
    EVP_EncodeBlock((unsigned char *)identity->pin + strlen(identity->pin), hash, sizeof hash);
}

static void sign(struct test_identity *identity, const struct test_wish *wish)
{
    const struct test_identity *issuer = wish->issuer ? wish->issuer : identity;

    require(X509_set_issuer_name(identity->x509, X509_get_subject_name(issuer->x509)),
            "naming the issuer");
    if (wish->is_ca) {
        add_extension(identity->x509, issuer->x509, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(identity->x509, issuer->x509, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    require(X509_sign(identity->x509, issuer->pkey, EVP_sha256()) > 0, "signing");
}

void test_identity_make(struct test_identity *ret_identity, const char *folder, const char *stem,
                        const struct test_wish *wish)
{
    struct test_identity identity = {.x509 = X509_new()};
    char name[TEST_PATH];

    identity.pkey = wish->rsa_bits ? EVP_RSA_gen((unsigned)wish->rsa_bits) : EVP_EC_gen("P-256");
    require(identity.x509 && identity.pkey, "making a key");
    snprintf(name, sizeof name, "%s.crt", stem);
    test_path(folder, name, identity.certificate);
    snprintf(name, sizeof name, "%s.key", stem);
    test_path(folder, name, identity.key);
    require(X509_set_version(identity.x509, X509_VERSION_3) &&
                X509_set_pubkey(identity.x509, identity.pkey),
            "filling in a certificate");
    set_serial(identity.x509);
    set_times(identity.x509, wish);
    set_common_name(identity.x509, wish->common_name);
    if (wish->names) add_names(identity.x509, wish->names);
    sign(&identity, wish);
    write_certificate(&identity, wish->issuer);
    write_key(&identity);
    find_pin(&identity);
    *ret_identity = identity;
}

void test_identity_drop(struct test_identity *identity)
{
    X509_free(identity->x509);
    EVP_PKEY_free(identity->pkey);
}

static X509_REVOKED *make_entry(const struct test_identity *revoked, ASN1_TIME *date)
{
    X509_REVOKED *entry = X509_REVOKED_new();

    require(entry && X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->x509)) &&
                X509_REVOKED_set_revocationDate(entry, date),
            "making an entry of a list");
    return entry;
}

void test_identity_revoke(const struct test_identity *issuer, const struct test_identity *revoked,
                          const char *path)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *yesterday = X509_gmtime_adj(NULL, -DAY_S), *soon = X509_gmtime_adj(NULL, DAY_S);
    FILE *file = fopen(path, "w");

    require(crl && yesterday && soon && file, "making a list");
    require(X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
                X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x509)) &&
                X509_CRL_set1_lastUpdate(crl, yesterday) && X509_CRL_set1_nextUpdate(crl, soon) &&
                X509_CRL_add0_revoked(crl, make_entry(revoked, yesterday)) &&
                X509_CRL_sign(crl, issuer->pkey, EVP_sha256()) > 0,
            "filling in a list");
    require(PEM_write_X509(file, issuer->x509) && PEM_write_X509_CRL(file, crl) && !fclose(file),
            "writing a list");
    ASN1_TIME_free(yesterday);
    ASN1_TIME_free(soon);
    X509_CRL_free(crl);
}
