#include "identity.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <srflx/wipe.h>

#include "context.h"

enum { FILE_MOST = 1 << 20, SECURITY_BITS_LEAST = 112 };

/* A file's text, which ends with a NUL. */
struct pem {
    const char *path;
    char *text;
    size_t len;
};

static void pem_drop(struct pem *pem)
{
    if (pem->text) srflx_wipe(pem->text, pem->len);
    free(pem->text);
}

static int say_errno(const char *path, const char *step, char *ret_text)
{
    srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "%s: cannot %s: %s", path, step, strerror(errno));
    return SRFLX_ERROR_SYSTEM;
}

static int check_file(int fd, const struct pem *pem, bool secret, size_t *ret_len, char *ret_text)
{
    struct stat about;

    if (fstat(fd, &about)) return say_errno(pem->path, "look at it", ret_text);
    if (!S_ISREG(about.st_mode))
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "%s: is no regular file", pem->path);
    if (secret && about.st_mode & (S_IROTH | S_IWOTH))
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM,
                          "%s: everybody may read this key: chmod o-rw it", pem->path);
    if (about.st_size < 0 || about.st_size > FILE_MOST)
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "%s: is larger than any such file",
                          pem->path);
    *ret_len = (size_t)about.st_size;
    return 0;
}

static int read_all(int fd, struct pem *pem, char *ret_text)
{
    size_t done = 0;

    while (done < pem->len) {
        ssize_t part = read(fd, pem->text + done, pem->len - done);
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) return say_errno(pem->path, "read it", ret_text);
        if (part == 0) break;
        done += (size_t)part;
    }
    pem->text[done] = '\0';
    return 0;
}

/* Not waiting for a writer, should it be a pipe. */
static int pem_read(struct pem *pem, bool secret, char *ret_text)
{
    const int fd = open(pem->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int error;

    if (fd < 0) return say_errno(pem->path, "open it", ret_text);
    error = check_file(fd, pem, secret, &pem->len, ret_text);
    if (!error) {
        pem->text = calloc(1, pem->len + 1);
        error = pem->text ? read_all(fd, pem, ret_text) : say_errno(pem->path, "read it", ret_text);
    }
    close(fd);
    return error;
}

static size_t count_of(const struct pem *pem, const char *needle)
{
    size_t count = 0;

    for (const char *at = pem->text; (at = strstr(at, needle)); at += strlen(needle))
        count++;
    return count;
}

/* Files are not asked for passphrases: nobody sits there to answer. */
static int no_passphrase(char *buf, int size, int writes, void *user)
{
    (void)buf;
    (void)size;
    (void)writes;
    (void)user;
    return -1;
}

static BIO *pem_open(const struct pem *pem)
{
    return BIO_new_mem_buf(pem->text, (int)strlen(pem->text));
}

/* All certificates of the text, in order; the first one is apart. */
static size_t read_certificates(const struct pem *pem, struct srflxi_identity *identity)
{
    BIO *bio = pem_open(pem);
    X509 *next;
    size_t count = 0;

    identity->chain = sk_X509_new_null();
    while (bio && identity->chain &&
           (next = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
        count++;
        if (!identity->certificate)
            identity->certificate = next;
        else if (!sk_X509_push(identity->chain, next))
            X509_free(next);
    }
    BIO_free(bio);
    return count;
}

static int load_certificates(const struct pem *pem, struct srflxi_identity *identity,
                             char *ret_text)
{
    const size_t begun = count_of(pem, "-----BEGIN CERTIFICATE-----");
    const size_t ended = count_of(pem, "-----END CERTIFICATE-----");

    if (!begun)
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "%s: has no certificate in PEM form",
                          pem->path);
    if (read_certificates(pem, identity) != begun || ended != begun)
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM,
                          "%s: a certificate in it is damaged, or not written to its end",
                          pem->path);
    return 0;
}

static int load_key(const struct pem *pem, struct srflxi_identity *identity, char *ret_text)
{
    BIO *bio = pem_open(pem);

    if (bio) identity->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    if (identity->key) return 0;
    if (strstr(pem->text, "-----BEGIN ENCRYPTED PRIVATE KEY") || strstr(pem->text, "ENCRYPTED\n"))
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM,
                          "%s: the key is encrypted, and nobody is asked for passphrases: store it "
                          "without one",
                          pem->path);
    if (!strstr(pem->text, "PRIVATE KEY-----"))
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "%s: has no private key in PEM form",
                          pem->path);
    return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM,
                      "%s: the key in it is damaged, or not written to its end", pem->path);
}

static int check_dates(const char *path, const X509 *certificate, char *ret_text)
{
    const ASN1_TIME *from = X509_get0_notBefore(certificate);
    const ASN1_TIME *until = X509_get0_notAfter(certificate);
    char date[SRFLXI_DATE];

    if (X509_cmp_current_time(until) <= 0)
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM, "%s: the certificate expired on %s", path,
                          srflxi_date(until, date));
    if (X509_cmp_current_time(from) >= 0)
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM,
                          "%s: the certificate is not valid before %s", path,
                          srflxi_date(from, date));
    return 0;
}

static int check_pair(const struct srflx_secure_identity *files,
                      const struct srflxi_identity *identity, char *ret_text)
{
    const char *key = files->key ? files->key : files->certificate;

    if (!X509_check_private_key(identity->certificate, identity->key))
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM,
                          "%s: the key is not that of the certificate in %s", key,
                          files->certificate);
    if (EVP_PKEY_get_security_bits(identity->key) < SECURITY_BITS_LEAST)
        return srflxi_say(ret_text, SRFLX_ERROR_SYSTEM,
                          "%s: a key of %d bits is too weak: make one with ECDSA P-256, or RSA of "
                          "2048 bits",
                          key, EVP_PKEY_get_bits(identity->key));
    return check_dates(files->certificate, identity->certificate, ret_text);
}

static void keep_name(const ASN1_STRING *text, char *ret_name)
{
    const unsigned char *bytes = ASN1_STRING_get0_data(text);
    const int len = ASN1_STRING_length(text);

    if (len <= 0 || len >= SRFLXI_IDENTITY_NAME || memchr(bytes, 0, (size_t)len)) return;
    for (int i = 0; i < len; i++)
        ret_name[i] = (char)tolower(bytes[i]);
    ret_name[len] = '\0';
}

/* The first DNS name; the common name if there is none. */
static void find_name(const X509 *certificate, char *ret_name)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !*ret_name; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) keep_name(name->d.dNSName, ret_name);
    }
    GENERAL_NAMES_free(names);
    if (!*ret_name && at >= 0)
        keep_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)), ret_name);
}

static int load(const struct srflx_secure_identity *files, struct pem *certificate, struct pem *key,
                struct srflxi_identity *identity, char *ret_text)
{
    int error = pem_read(certificate, !files->key, ret_text);

    if (!error && files->key) error = pem_read(key, true, ret_text);
    if (!error) error = load_certificates(certificate, identity, ret_text);
    if (!error) error = load_key(files->key ? key : certificate, identity, ret_text);
    return error ? error : check_pair(files, identity, ret_text);
}

int srflxi_identity_load(const struct srflx_secure_identity *files,
                         struct srflxi_identity *ret_identity, char *ret_text)
{
    struct pem certificate = {files->certificate, NULL, 0}, key = {files->key, NULL, 0};
    struct srflxi_identity identity = {NULL, NULL, NULL, ""};
    const int error = load(files, &certificate, &key, &identity, ret_text);

    pem_drop(&certificate);
    pem_drop(&key);
    ERR_clear_error();
    if (error) {
        srflxi_identity_drop(&identity);
        return error;
    }
    find_name(identity.certificate, identity.name);
    *ret_identity = identity;
    return 0;
}

void srflxi_identity_drop(struct srflxi_identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
    sk_X509_pop_free(identity->chain, X509_free);
}
