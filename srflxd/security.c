#include "security.h"

#include <string.h>

enum { TLS_1_2 = 0x0303 }; /* and TLS 1.3 is the next number, as in the words of tls-minimum */

/* What was set, and has no use without a certificate. */
static void refuse_policy(const struct settings *settings, struct complaints *complaints)
{
    const struct {
        bool set;
        enum settings_number number;
    } policy[] = {
        {settings->certificate_key.count, SETTINGS_NUMBER_OF_certificate_key},
        {settings->tls_ciphers, SETTINGS_NUMBER_OF_tls_ciphers},
        {settings->tls_suites, SETTINGS_NUMBER_OF_tls_suites},
        {settings->tls_groups, SETTINGS_NUMBER_OF_tls_groups},
        {settings->tls_tickets, SETTINGS_NUMBER_OF_tls_tickets},
        {settings->tls_legacy, SETTINGS_NUMBER_OF_tls_legacy},
    };

    for (size_t i = 0; i < sizeof policy / sizeof *policy; i++)
        if (policy[i].set)
            settings_complain(settings, policy[i].number, complaints,
                              "has no use without a certificate: set certificate");
}

/* A key for each certificate, or for none: then each file has both. */
static bool pair_files(const struct settings *settings, struct complaints *complaints,
                       struct srflx_secure_identity *ret_identities)
{
    const struct settings_texts *certificates = &settings->certificate;
    const struct settings_texts *keys = &settings->certificate_key;

    if (keys->count && keys->count != certificates->count) {
        settings_complain(settings, SETTINGS_NUMBER_OF_certificate_key, complaints,
                          "want one for each certificate, in the same order");
        return false;
    }
    for (unsigned i = 0; i < certificates->count; i++) {
        ret_identities[i].certificate = certificates->list[i];
        ret_identities[i].key = keys->count ? keys->list[i] : NULL;
    }
    return true;
}

bool security_make(const struct settings *settings, const uint8_t *secret,
                   struct complaints *complaints, struct srflx_secure_context **ret_context)
{
    struct srflx_secure_identity identities[SETTINGS_CERTIFICATES_MAX];
    struct srflx_secure_server_options options;
    char text[SRFLX_SECURE_TEXT];

    *ret_context = NULL;
    if (!settings->certificate.count) {
        const unsigned before = complaints_count(complaints);
        refuse_policy(settings, complaints);
        return complaints_count(complaints) == before;
    }
    if (!pair_files(settings, complaints, identities)) return false;
    srflx_secure_server_options_defaults(&options);
    options.identities = identities;
    options.identity_count = settings->certificate.count;
    options.minimum = (uint16_t)(TLS_1_2 + settings->tls_minimum);
    options.ciphers = settings->tls_ciphers;
    options.suites = settings->tls_suites;
    options.groups = settings->tls_groups;
    options.tickets = settings->tls_tickets;
    options.legacy = settings->tls_legacy;
    options.secret = secret;
    if (!srflx_secure_server_new(&options, ret_context, text)) return true;
    settings_complain(settings, SETTINGS_NUMBER_OF_certificate, complaints, text);
    return false;
}
