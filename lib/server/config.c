#include <string.h>

#include <srflxi/bytes.h>
#include <srflxi/utf8.h>

#include "server.h"

void srflx_server_config_defaults(struct srflx_server_config *ret_config)
{
    static const struct srflx_server_config defaults = {
        .size = sizeof defaults,
        .classic = true,
        .guess_burst = 20,
        .guesses_per_minute = 20,
    };

    *ret_config = defaults;
}

size_t srflx_server_size(const struct srflx_server_config *config)
{
    (void)config; /* the longest SOFTWARE is small enough to have its room always */
    return sizeof(struct srflx_server);
}

size_t srflx_worker_size(void)
{
    return sizeof(struct srflx_worker);
}

/* What a stand-alone server counts as known in a Binding request; the rest below 0x8000 draws 420.
 * spec: R8489-6.3-11 R3489-11.2-05 R5389-12.2-04 */
static void fill_known(struct srflx_server *server)
{
    static const uint16_t current[] = {
        SRFLX_ATTR_MAPPED_ADDRESS,
        SRFLX_ATTR_CHANGE_REQUEST,
        SRFLX_ATTR_USERNAME,
        SRFLX_ATTR_MESSAGE_INTEGRITY,
        SRFLX_ATTR_ERROR_CODE,
        SRFLX_ATTR_UNKNOWN_ATTRIBUTES,
        SRFLX_ATTR_REALM,
        SRFLX_ATTR_NONCE,
        SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256,
        SRFLX_ATTR_PASSWORD_ALGORITHM,
        SRFLX_ATTR_USERHASH,
        SRFLX_ATTR_XOR_MAPPED_ADDRESS,
    };
    uint16_t type;
    size_t i;

    for (i = 0; i < sizeof current / sizeof current[0]; i++)
        srflx_known_add(&server->known, current[i]);
    for (type = SRFLX_ATTR_MAPPED_ADDRESS; type <= SRFLX_ATTR_REFLECTED_FROM; type++)
        if (type != SRFLX_ATTR_RESPONSE_ADDRESS) srflx_known_add(&server->known_classic, type);
    if (server->guard && srflx_guard_takes_tokens(server->guard)) /* spec: R7635-7-04 */
        srflx_known_add(&server->known, SRFLX_ATTR_ACCESS_TOKEN);
}

/* spec: R8489-14.14-02 */
static int prepare_software(struct srflx_server *server, struct srflx_view text)
{
    uint8_t buf[SRFLX_HEADER_SIZE + sizeof server->software];
    struct srflx_id id = {{0x21, 0x12, 0xA4, 0x42}};
    long characters = srflxi_utf8_count(text);
    struct srflx_writer w;
    struct srflx_view bytes;

    if (!text.len) return 0;
    if (characters < 0 || characters > SOFTWARE_CHARACTERS) return SRFLX_ERROR_ARGUMENT;
    srflx_writer_begin(&w, buf, sizeof buf, srflx_type(SRFLX_METHOD_BINDING, SRFLX_SUCCESS), &id);
    srflx_put_bytes(&w, SRFLX_ATTR_SOFTWARE, text);
    if (srflx_writer_finish(&w, &bytes)) return SRFLX_ERROR_ARGUMENT;
    server->software_len = bytes.len - SRFLX_HEADER_SIZE;
    memcpy(server->software, bytes.ptr + SRFLX_HEADER_SIZE, server->software_len);
    return 0;
}

static bool is_domain(struct srflx_view name)
{
    size_t i;

    for (i = 0; i < name.len; i++)
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~') return false;
    return name.len <= DOMAIN_BYTES;
}

static bool alternate_is_sound(const struct srflx_alternate *alternate)
{
    if (!is_domain(alternate->domain)) return false;
    if (alternate->ipv4.family && (alternate->ipv4.family != SRFLX_IPV4 || !alternate->ipv4.port))
        return false;
    return !alternate->ipv6.family ||
           (alternate->ipv6.family == SRFLX_IPV6 && alternate->ipv6.port);
}

static void copy_alternate(struct srflx_server *server, const struct srflx_alternate *alternate)
{
    server->alternate[0] = alternate->ipv4;
    server->alternate[1] = alternate->ipv6;
    server->domain_len = alternate->domain.len;
    srflxi_copy(server->domain, alternate->domain.ptr, alternate->domain.len);
}

const struct srflx_addr *srflxi_alternate(const struct srflx_server *server,
                                          const struct srflxi_request *request)
{
    bool ipv6 = request->packet->from.family == SRFLX_IPV6;
    const struct srflx_addr *alternate = &server->alternate[ipv6];

    return alternate->family ? alternate : NULL;
}

int srflx_server_init(void *memory, size_t len, const struct srflx_server_config *config,
                      struct srflx_server **ret_server)
{
    struct srflx_server *server = memory;
    int error;

    if (len < sizeof *server) return SRFLX_ERROR_SPACE;
    if (config->size != sizeof *config) return SRFLX_ERROR_ARGUMENT;
    if (!alternate_is_sound(&config->alternate)) return SRFLX_ERROR_ARGUMENT;
    memset(server, 0, sizeof *server);
    server->classic = config->classic;
    server->guard = config->guard;
    server->guess_burst = config->guess_burst;
    server->guesses_per_minute = config->guesses_per_minute;
    copy_alternate(server, &config->alternate);
    fill_known(server);
    error = prepare_software(server, config->software);
    if (error) return error;
    *ret_server = server;
    return 0;
}

int srflx_worker_init(void *memory, size_t len, srflx_random_fn *random, void *user,
                      struct srflx_worker **ret_worker)
{
    struct srflx_worker *worker = memory;

    if (len < sizeof *worker) return SRFLX_ERROR_SPACE;
    memset(worker, 0, sizeof *worker);
    random(user, worker->hash_key, sizeof worker->hash_key);
    *ret_worker = worker;
    return 0;
}
