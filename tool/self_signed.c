#include "self_signed.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <srflx/wipe.h>

/* A clock that is a little behind shall not refuse the certificate. */
enum { DAY_S = 86400, EARLIER_S = 3600, LABEL_MOST = 63, COMMON_NAME_MOST = 64 };

static bool is_ip(const char *name)
{
    ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);

    ASN1_OCTET_STRING_free(ip);
    return ip != NULL;
}

static bool is_label(const char *label, size_t len)
{
    if (!len || len > LABEL_MOST || label[0] == '-' || label[len - 1] == '-') return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)label[i]) && label[i] != '-' && label[i] != '_') return false;
    return true;
}

bool self_signed_takes_name(const char *name)
{
    if (is_ip(name)) return true;
    if (strlen(name) > SELF_SIGNED_NAME_MOST) return false;
    if (!strncmp(name, "*.", 2)) name += 2;
    for (;;) {
        const size_t len = strcspn(name, ".");
        if (!is_label(name, len)) return false;
        if (!name[len]) return true;
        name += len + 1;
    }
}

static GENERAL_NAME *make_name(const char *text)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = is_ip(text) ? a2i_IPADDRESS(text) : ASN1_IA5STRING_new();

    if (!name || !value || (!is_ip(text) && !ASN1_STRING_set(value, text, -1))) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return NULL;
    }
    GENERAL_NAME_set0_value(name, is_ip(text) ? GEN_IPADD : GEN_DNS, value);
    return name;
}

static bool add_names(X509 *x509, const char *const *names, size_t count)
{
    GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
    bool done = all != NULL;

    for (size_t i = 0; done && i < count; i++) {
        GENERAL_NAME *name = make_name(names[i]);
        done = name && sk_GENERAL_NAME_push(all, name);
        if (!done) GENERAL_NAME_free(name);
    }
    done = done && X509_add1_ext_i2d(x509, NID_subject_alt_name, all, 0, 0) == 1;
    GENERAL_NAMES_free(all);
    return done;
}

static bool add_extension(X509 *x509, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    const bool done = extension && X509_add_ext(x509, extension, -1);

    X509_EXTENSION_free(extension);
    return done;
}

/* What people see; names that count stand elsewhere, and are longer. */
static bool set_subject(X509 *x509, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(x509);

    if (strlen(name) > COMMON_NAME_MOST) name = "srflx";
    return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC,
                                      (const unsigned char *)name, -1, -1, 0) &&
           X509_set_issuer_name(x509, subject);
}

static bool set_serial(X509 *x509)
{
    uint64_t serial;

    return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1 | 1);
}

static bool set_times(X509 *x509, time_t now, time_t until)
{
    time_t from = now - EARLIER_S;

    return ASN1_TIME_set(X509_getm_notBefore(x509), from) &&
           ASN1_TIME_set(X509_getm_notAfter(x509), until);
}

/* The text of a memory BIO, which is used up. */
static char *text_of(BIO *bio)
{
    char *bytes, *text = NULL;
    const long len = bio ? BIO_get_mem_data(bio, &bytes) : 0;

    if (len > 0 && (text = calloc(1, (size_t)len + 1)) != NULL) memcpy(text, bytes, (size_t)len);
    BIO_free(bio);
    return text;
}

static bool write_texts(X509 *x509, EVP_PKEY *pkey, struct self_signed *made)
{
    BIO *certificate = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_secmem());
    const bool done = certificate && key && PEM_write_bio_X509(certificate, x509) &&
                      PEM_write_bio_PKCS8PrivateKey(key, pkey, NULL, NULL, 0, NULL, NULL);

    made->certificate = text_of(certificate);
    made->key = text_of(key);
    return done && made->certificate && made->key;
}

static bool write_pin(const X509 *x509, char *ret_pin)
{
    static const char prefix[] = "sha256/";
    unsigned char hash[EVP_MAX_MD_SIZE], *der = NULL;
    unsigned hash_len = 0;
    const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
    const bool done = len > 0 && EVP_Digest(der, (size_t)len, hash, &hash_len, EVP_sha256(), NULL);

    OPENSSL_free(der);
    memcpy(ret_pin, prefix, sizeof prefix);
    if (done) EVP_EncodeBlock((unsigned char *)ret_pin + sizeof prefix - 1, hash, (int)hash_len);
    return done;
}

static bool fill_in(X509 *x509, EVP_PKEY *pkey, const char *const *names, size_t count)
{
    return X509_set_version(x509, X509_VERSION_3) && set_serial(x509) &&
           set_subject(x509, names[0]) && X509_set_pubkey(x509, pkey) &&
           add_names(x509, names, count) &&
           add_extension(x509, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(x509, NID_ext_key_usage, "serverAuth");
}

bool self_signed_make(const char *const *names, size_t count, uint32_t days,
                      struct self_signed *ret_made)
{
    const time_t now = time(NULL), until = now + (time_t)days * DAY_S;
    X509 *x509 = X509_new();
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    struct self_signed made = {NULL, NULL, "", (int64_t)until};
    const bool done = x509 && pkey && fill_in(x509, pkey, names, count) &&
                      set_times(x509, now, until) && X509_sign(x509, pkey, EVP_sha256()) &&
                      write_texts(x509, pkey, &made) && write_pin(x509, made.pin);

    X509_free(x509);
    EVP_PKEY_free(pkey);
    if (done)
        *ret_made = made;
    else
        self_signed_drop(&made);
    return done;
}

void self_signed_drop(struct self_signed *made)
{
    if (made->key) srflx_wipe(made->key, strlen(made->key));
    free(made->certificate);
    free(made->key);
}
