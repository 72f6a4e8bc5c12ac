/* Certificates for tests, made at run time: nothing lies in the tree that can expire.
 *
 *     char folder[TEST_PATH];
 *     struct test_identity ca, leaf;
 *     test_folder_make(folder);
 *     test_identity_make(&ca, folder, "ca", &(struct test_wish){.common_name = "CA", .is_ca = true});
 *     test_identity_make(&leaf, folder, "leaf", &(struct test_wish){.names = "a.example", .issuer = &ca});
 *     ... leaf.certificate and leaf.key are names of PEM files, leaf.pin is "sha256/..."
 *     test_identity_drop(&leaf);
 *     test_folder_remove(folder);
 *
 * What fails ends the program. */
#ifndef SRFLX_IO_SECURE_IDENTITY_FOR_TESTS_H
#define SRFLX_IO_SECURE_IDENTITY_FOR_TESTS_H

#include <stdbool.h>

#include <openssl/x509.h>

enum { TEST_PATH = 256, TEST_PIN = 64, TEST_P256 = 0 };

struct test_identity {
    X509 *x509;
    EVP_PKEY *pkey;
    char certificate[TEST_PATH], key[TEST_PATH];
    char pin[TEST_PIN];
};

struct test_wish {
    const char *names;       /* DNS names and IP addresses with commas between them; NULL: none */
    const char *common_name; /* NULL: there is no common name */
    int from_s, until_s;     /* from now; both 0: since yesterday, for a month */
    int rsa_bits;            /* TEST_P256: a key on P-256 instead */
    bool is_ca;
    const struct test_identity *issuer; /* NULL: itself */
};

/* Writes FOLDER/STEM.crt, with the issuer behind it unless that is a root, and FOLDER/STEM.key (mode 0600). */
void test_identity_make(struct test_identity *ret_identity, const char *folder, const char *stem,
                        const struct test_wish *wish);
void test_identity_drop(struct test_identity *identity);

/* Writes a file: the issuer's certificate, and its list of revoked ones, with one in it. */
void test_identity_revoke(const struct test_identity *issuer, const struct test_identity *revoked,
                          const char *path);

/* A new empty folder below TMPDIR or /tmp, into TEST_PATH bytes; and away with it and its files. */
void test_folder_make(char *ret_folder);
void test_folder_remove(const char *folder);

/* FOLDER/NAME into TEST_PATH bytes. Returns `ret_path`. */
char *test_path(const char *folder, const char *name, char *ret_path);

#endif
