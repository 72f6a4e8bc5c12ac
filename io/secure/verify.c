/* Whom a client trusts, and what it says about others. spec: R8489-6.2.3-09 R8489-6.2.3-10 R8489-6.2.3-11 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <srflx/addr.h>
#include <srflx/base64.h>

#include "connection.h"

enum { NAMES = 256 };

bool srflxi_is_ip(const char *name)
{
    ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);

    ASN1_OCTET_STRING_free(ip);
    if (!ip) ERR_clear_error();
    return ip != NULL;
}

/* Names for people, out of a stranger's bytes. */
struct list {
    char text[NAMES];
    size_t len;
};

static void add_char(struct list *list, char c)
{
    if (list->len + 1 >= sizeof list->text) return;
    list->text[list->len++] = c >= ' ' && c <= '~' ? c : '?';
    list->text[list->len] = '\0';
}

/* A name goes in whole or is told by dots. */
static void add_name(struct list *list, const char *name, size_t len)
{
    static const char more[] = ", ...";
    const char *end = list->text + list->len;

    if (list->len >= sizeof more - 1 && !strcmp(end - (sizeof more - 1), more)) return;
    if (list->len + len + 2 + sizeof more > sizeof list->text) {
        for (const char *at = more; list->len && *at; at++)
            add_char(list, *at);
        return;
    }
    if (list->len) add_char(list, ',');
    if (list->len) add_char(list, ' ');
    for (size_t i = 0; i < len; i++)
        add_char(list, name[i]);
}

static void add_string(struct list *list, const ASN1_STRING *text)
{
    const int len = ASN1_STRING_length(text);

    add_name(list, (const char *)ASN1_STRING_get0_data(text), len < 0 ? 0 : (size_t)len);
}

static void add_ip(struct list *list, const ASN1_OCTET_STRING *ip)
{
    const int len = ASN1_STRING_length(ip);
    struct srflx_addr addr = {{0}, 0, 0, SRFLX_NO_FAMILY};
    char text[SRFLX_ADDR_TEXT];

    if (len != 4 && len != 16) return;
    addr.family = len == 4 ? SRFLX_IPV4 : SRFLX_IPV6;
    memcpy(addr.ip, ASN1_STRING_get0_data(ip), (size_t)len);
    srflx_addr_write_ip(&addr, text);
    add_name(list, text, strlen(text));
}

static void add_common_name(struct list *list, const X509_NAME *subject)
{
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

    if (at >= 0) add_string(list, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

/* The names that are looked at, or the common name where there are none. */
static const char *names_of(const X509 *certificate, struct list *list)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

    list->len = 0;
    list->text[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) add_string(list, name->d.dNSName);
        if (name->type == GEN_IPADD) add_ip(list, name->d.iPAddress);
    }
    GENERAL_NAMES_free(names);
    if (!list->len) add_common_name(list, X509_get_subject_name(certificate));
    return list->len ? list->text : "nobody";
}

/* "CN=..., O=..." of the issuer; the common name alone if it has one. */
static const char *issuer_of(const X509 *certificate, struct list *list)
{
    const X509_NAME *issuer = X509_get_issuer_name(certificate);
    char line[NAMES];

    list->len = 0;
    list->text[0] = '\0';
    add_common_name(list, issuer);
    if (!list->len && X509_NAME_oneline(issuer, line, sizeof line))
        add_name(list, line, strlen(line));
    return list->len ? list->text : "nobody";
}

static void blame_dates(struct srflx_secure *s, const X509 *certificate, bool expired)
{
    struct list list;
    char date[SRFLXI_DATE];

    if (expired)
        srflxi_blame(s, SRFLX_SECURE_EXPIRED, "the certificate of %s expired on %s",
                     names_of(certificate, &list),
                     srflxi_date(X509_get0_notAfter(certificate), date));
    else
        srflxi_blame(s, SRFLX_SECURE_NOT_YET_VALID,
                     "the certificate of %s is not valid before %s: is this machine's clock right?",
                     names_of(certificate, &list),
                     srflxi_date(X509_get0_notBefore(certificate), date));
}

/* Certificates of the chain may be at fault, not only the server's. */
static void blame_chain(struct srflx_secure *s, X509_STORE_CTX *chain)
{
    const int error = X509_STORE_CTX_get_error(chain);
    const X509 *certificate = X509_STORE_CTX_get_current_cert(chain);
    struct list list;

    if (!certificate) certificate = X509_STORE_CTX_get0_cert(chain);
    switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        srflxi_blame(s, SRFLX_SECURE_NAME, "the certificate is for %s, not for %s",
                     names_of(X509_STORE_CTX_get0_cert(chain), &list), s->name);
        return;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        blame_dates(s, certificate, error == X509_V_ERR_CERT_HAS_EXPIRED);
        return;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        srflxi_blame(s, SRFLX_SECURE_SELF_SIGNED,
                     "the certificate of %s is self-signed, and none that we trust",
                     names_of(certificate, &list));
        return;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        srflxi_blame(s, SRFLX_SECURE_UNKNOWN_ISSUER,
                     "the certificate was issued by %s, whom we do not trust",
                     issuer_of(certificate, &list));
        return;
    case X509_V_ERR_CERT_REVOKED:
        srflxi_blame(s, SRFLX_SECURE_REVOKED, "the certificate of %s has been revoked",
                     names_of(certificate, &list));
        return;
    default:
        srflxi_blame(s, SRFLX_SECURE_CERTIFICATE, "the certificate of %s cannot be used: %s",
                     names_of(certificate, &list), X509_verify_cert_error_string(error));
    }
}

static bool hash_key(const X509 *certificate, uint8_t *ret_pin)
{
    unsigned char *der = NULL;
    const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    const bool done = len > 0 && EVP_Digest(der, (size_t)len, ret_pin, NULL, EVP_sha256(), NULL);

    OPENSSL_free(der);
    return done;
}

static bool is_pinned(const struct srflx_secure_context *context, struct srflx_secure *s,
                      const X509 *certificate)
{
    uint8_t pin[SRFLXI_PIN], letters[SRFLX_BASE64_LETTERS(SRFLXI_PIN)];

    if (!context->pin_count) return true;
    if (hash_key(certificate, pin)) {
        for (size_t i = 0; i < context->pin_count; i++)
            if (!memcmp(context->pins[i], pin, sizeof pin)) return true;
        srflx_base64_encode(SRFLX_BASE64_PADDED, (struct srflx_view){pin, sizeof pin}, letters);
        srflxi_blame(s, SRFLX_SECURE_PIN, "the server's key is sha256/%.*s, which is not pinned",
                     (int)sizeof letters, (const char *)letters);
    }
    srflxi_blame(s, SRFLX_SECURE_PIN, "the server's key cannot be read");
    return false;
}

/* In place of X509_verify_cert(): 1 is yes. */
int srflxi_verify(X509_STORE_CTX *chain, void *context)
{
    const struct srflx_secure_context *shared = context;
    SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct srflx_secure *s = srflxi_secure_of(ssl);

    if (!shared->insecure && X509_verify_cert(chain) != 1) {
        blame_chain(s, chain);
        return 0;
    }
    if (is_pinned(shared, s, X509_STORE_CTX_get0_cert(chain))) {
        X509_STORE_CTX_set_error(chain, X509_V_OK);
        return 1;
    }
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}
