#include "connection.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/sslerr.h>

int srflxi_blame(struct srflx_secure *s, enum srflx_secure_fault fault, const char *format, ...)
{
    char text[SRFLX_SECURE_TEXT];
    va_list arguments;

    if (s->fault) return SRFLX_ERROR_SECURITY;
    s->fault = (uint8_t)fault;
    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) >= 0) s->text = strdup(text);
    va_end(arguments);
    return SRFLX_ERROR_SECURITY;
}

static int blame_alert(struct srflx_secure *s, int alert)
{
    const char *name = SSL_alert_desc_string_long(alert);

    if (alert == SSL_AD_NO_APPLICATION_PROTOCOL)
        return srflxi_blame(s, SRFLX_SECURE_NO_ALPN,
                            "the peer does not speak stun.nat-discovery (ALPN)");
    if (!s->established && (alert == SSL_AD_PROTOCOL_VERSION || alert == SSL_AD_HANDSHAKE_FAILURE ||
                            alert == SSL_AD_INSUFFICIENT_SECURITY))
        return srflxi_blame(s, SRFLX_SECURE_VERSION,
                            "the peer has no version or suite in common with us: it sent the alert "
                            "'%s'",
                            name);
    return srflxi_blame(s, SRFLX_SECURE_ALERT, "the peer refused: it sent the alert '%s'", name);
}

static bool is_about_version(int reason)
{
    switch (reason) {
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNSUPPORTED_SSL_VERSION:
    case SSL_R_VERSION_TOO_HIGH:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_WRONG_CIPHER_RETURNED:
        return true;
    default:
        return false;
    }
}

int srflxi_blame_queue(struct srflx_secure *s)
{
    const unsigned long error = ERR_peek_error();
    const int reason = ERR_GET_REASON(error);
    const char *why = ERR_reason_error_string(error);

    if (s->too_long)
        return srflxi_blame(s, SRFLX_SECURE_PROTOCOL, "the peer's handshake is too long");
    if (reason == ERR_R_MALLOC_FAILURE)
        return srflxi_blame(s, SRFLX_SECURE_MEMORY, "memory is short");
    if (ERR_GET_LIB(error) != ERR_LIB_SSL || !why)
        return srflxi_blame(s, SRFLX_SECURE_PROTOCOL, "the peer's bytes are no good %s: %s",
                            s->dtls ? "DTLS" : "TLS", why ? why : "no reason known");
    if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + UINT8_MAX)
        return blame_alert(s, reason - SSL_AD_REASON_OFFSET);
    if (reason == SSL_R_READ_TIMEOUT_EXPIRED)
        return srflxi_blame(s, SRFLX_SECURE_TIMEOUT, "the peer does not answer the handshake");
    if (is_about_version(reason))
        return srflxi_blame(s, SRFLX_SECURE_VERSION,
                            "the peer has no version or suite in common with us: %s", why);
    return srflxi_blame(s, SRFLX_SECURE_PROTOCOL, "the peer's bytes are no good %s: %s",
                        s->dtls ? "DTLS" : "TLS", why);
}

enum srflx_secure_fault srflx_secure_fault(const struct srflx_secure *s)
{
    return (enum srflx_secure_fault)s->fault;
}

static const struct {
    const char *name, *text;
} faults[] = {
#define FAULT_ROW(name, text) {#name, text},
    SRFLX_SECURE_FAULT_MAP(FAULT_ROW)
#undef FAULT_ROW
};

const char *srflx_secure_fault_name(enum srflx_secure_fault fault)
{
    return (unsigned)fault < SRFLX_SECURE_FAULTS ? faults[fault].name : "UNKNOWN";
}

void srflx_secure_explain(const struct srflx_secure *s, char *ret_text)
{
    snprintf(ret_text, SRFLX_SECURE_TEXT, "%s", s->text ? s->text : faults[s->fault].text);
}
