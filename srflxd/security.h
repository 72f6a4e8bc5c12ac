/* Certificates and the policy of TLS and DTLS, as the settings have them. */
#ifndef SRFLXD_SECURITY_H
#define SRFLXD_SECURITY_H

#include <srflx/secure.h>

#include "settings.h"

/* Reads the certificates. `ret_context` is NULL where the settings name none: neither TLS nor DTLS is
 * served then. `secret` (SRFLX_SECURE_SECRET bytes) stays the same while certificates come and go. Returns false after having complained about what cannot be. */
bool security_make(const struct settings *settings, const uint8_t *secret,
                   struct complaints *complaints, struct srflx_secure_context **ret_context);

#endif
