#include "target.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srflx/addr.h>

#include "command.h"
#include "options.h"
#include "output.h"

enum { WRITTEN = 1024 };

/* The library knows zones by number, people by name. */
static void number_zone(const char *text, char *ret_text)
{
    const char *zone = strchr(text, '%');
    const size_t len = zone ? strcspn(zone + 1, "]:") : 0;
    char name[IF_NAMESIZE];
    unsigned number = 0;

    if (len && len < sizeof name) {
        memcpy(name, zone + 1, len);
        name[len] = '\0';
        number = if_nametoindex(name);
    }
    if (number)
        snprintf(ret_text, WRITTEN, "%.*s%u%s", (int)(zone + 1 - text), text, number,
                 zone + 1 + len);
    else
        snprintf(ret_text, WRITTEN, "%s", text);
}

/* spec: R7064-3.1-01 R7064-3.1-02 R7064-3.2-01 R7064-3.2-02 R8489-8-03 */
bool target_read(const struct command *command, const char *text, bool secure,
                 struct srflx_uri *ret_uri)
{
    char written[WRITTEN];
    struct srflx_view view;
    char *escaped;
    size_t at;

    number_zone(text, written);
    view = (struct srflx_view){(const uint8_t *)written, strlen(written)};
    if (!srflx_uri_parse_lenient(view, secure, ret_uri)) return true;
    escaped = escape_text((struct srflx_view){(const uint8_t *)text, strlen(text)});
    usage_error(command, "'%s': %s", escaped,
                srflx_uri_fault_text(srflx_uri_explain(view, true, &at)));
    free(escaped);
    return false;
}

const char *target_read_local(const char *text, struct srflx_addr *ret_addr)
{
    char written[WRITTEN];

    number_zone(text, written);
    return srflx_addr_parse(written, ret_addr) ? srflx_error_text(SRFLX_ERROR_TEXT) : NULL;
}

bool target_has_transport(const struct srflx_uri *uri, uint8_t transport)
{
    return uri->secure == (transport == SRFLX_TLS || transport == SRFLX_DTLS);
}
