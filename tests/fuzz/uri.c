/* Any text as a URI: what is read is written and read again as the same; what is not has a fault, at a
 * byte of the text. The first byte of the input chooses. */
#include "fuzz.h"

#include <srflx/addr.h>
#include <srflx/uri.h>

static int parse(struct srflx_view text, bool lenient, struct srflx_uri *ret_uri)
{
    return lenient ? srflx_uri_parse_lenient(text, true, ret_uri) : srflx_uri_parse(text, ret_uri);
}

static bool is_same(const struct srflx_uri *a, const struct srflx_uri *b)
{
    return !memcmp(a->host, b->host, sizeof a->host) && a->port == b->port && a->kind == b->kind &&
           a->secure == b->secure && !memcmp(a->addr.ip, b->addr.ip, sizeof a->addr.ip) &&
           a->addr.scope == b->addr.scope && a->addr.port == b->addr.port &&
           a->addr.family == b->addr.family;
}

/* Letters, digits, hyphens, underscores and dots, none of them first, last or beside another. */
static void check_name(const char *host)
{
    size_t len = strlen(host), i, label = 0;

    REQUIRE(len > 0 && len < SRFLX_NAME_TEXT);
    for (i = 0; i < len; i++) {
        label = host[i] == '.' ? 0 : label + 1;
        REQUIRE(label <= 63 && (label > 0 || (i > 0 && i + 1 < len && host[i - 1] != '.')));
        REQUIRE(strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", host[i]));
    }
}

static void check_host(const struct srflx_uri *uri)
{
    struct srflx_addr addr;

    require_initialised((struct srflx_view){(const uint8_t *)uri->host, sizeof uri->host});
    if (uri->kind == SRFLX_URI_NAME) {
        check_name(uri->host);
        REQUIRE(!uri->addr.family);
        REQUIRE(srflx_addr_parse(uri->host, &addr));
        return;
    }
    REQUIRE(uri->addr.family == uri->kind && uri->addr.port == uri->port);
    REQUIRE(!srflx_addr_parse(uri->host, &addr) && srflx_addr_same_ip(&addr, &uri->addr));
}

static void check_good(const struct srflx_uri *uri, bool lenient)
{
    char *written = malloc(SRFLX_URI_TEXT);
    struct srflx_view text = {(const uint8_t *)written, 0};
    struct srflx_uri again;

    REQUIRE(written);
    check_host(uri);
    REQUIRE(srflx_uri_write(uri, written) == written);
    text.len = strlen(written);
    REQUIRE(text.len < SRFLX_URI_TEXT);
    REQUIRE(!parse(text, lenient, &again) && is_same(&again, uri));
    free(written);
}

static void check(struct srflx_view text, bool lenient)
{
    struct srflx_uri uri, other;
    enum srflx_uri_fault fault;
    size_t at = SIZE_MAX;
    int error;

    spoil(&uri, sizeof uri);
    error = parse(text, lenient, &uri);
    fault = srflx_uri_explain(text, lenient, &at);
    if (error) {
        REQUIRE(error == SRFLX_ERROR_URI && is_spoilt(&uri, sizeof uri));
        REQUIRE(fault && at <= text.len && *srflx_uri_fault_text(fault));
        return;
    }
    REQUIRE(!fault && at == SIZE_MAX);
    check_good(&uri, lenient);
    if (!lenient) REQUIRE(!parse(text, true, &other) && is_same(&uri, &other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct srflx_view text;

    if (!size) return 0;
    text = heap_copy((struct srflx_view){data + 1, size - 1});
    check(text, data[0] % 2);
    heap_free(text);
    return 0;
}
