#include "check.h"
#include "server.h"
#include "steady_random.h"

static uint8_t memory[4096];

static int init_with(struct srflx_view software, struct srflx_server **ret_server)
{
    struct srflx_server_config config;

    srflx_server_config_defaults(&config);
    config.software = software;
    return srflx_server_init(memory, srflx_server_size(&config), &config, ret_server);
}

TEST(fits_where_it_says)
{
    struct srflx_server_config config;
    struct srflx_server *server = NULL;
    struct srflx_worker *worker = NULL;

    srflx_server_config_defaults(&config);
    CHECK(srflx_server_size(&config) <= 4096);
    CHECK(config.classic);
    CHECK_INT(config.software.len, 0);
    CHECK_INT(srflx_server_init(memory, srflx_server_size(&config) - 1, &config, &server),
              SRFLX_ERROR_SPACE);
    CHECK(srflx_worker_size() <= 65536);
    CHECK_INT(srflx_worker_init(memory, srflx_worker_size() - 1, steady_random, NULL, &worker),
              SRFLX_ERROR_SPACE);
    CHECK_NULL(server);
    CHECK_NULL(worker);
}

TEST(refuses_a_structure_it_does_not_know)
{
    struct srflx_server_config config;
    struct srflx_server *server = NULL;

    srflx_server_config_defaults(&config);
    config.size--;
    CHECK_INT(srflx_server_init(memory, sizeof memory, &config, &server), SRFLX_ERROR_ARGUMENT);
}

/* spec: R8489-14.14-02 */
TEST(bounds_software)
{
    uint8_t letters[128], wide[4 * 127];
    struct srflx_server *server;
    size_t i;

    memset(letters, 'x', sizeof letters);
    for (i = 0; i < sizeof wide; i += 4)
        memcpy(wide + i, "\xF0\x9F\x90\x82", 4);
    CHECK_INT(init_with((struct srflx_view){letters, 127}, &server), 0);
    CHECK_INT(server->software_len, 4 + 128);
    CHECK_INT(init_with((struct srflx_view){letters, 128}, &server), SRFLX_ERROR_ARGUMENT);
    CHECK_INT(init_with((struct srflx_view){wide, sizeof wide}, &server), 0);
    CHECK_INT(server->software_len, 4 + 508);
    CHECK_INT(init_with(VIEW("\xFF"), &server), SRFLX_ERROR_ARGUMENT);
}

/* spec: R8489-14.16-01 */
TEST(bounds_alternates)
{
    struct srflx_server_config config;
    struct srflx_server *server;
    uint8_t letters[256];
    size_t i;
    const struct srflx_view domains[] = {VIEW("a b"),
                                         VIEW("b\xC3\xBC"
                                              "cher"),
                                         VIEW("a\x7F"),
                                         {letters, 256}};

    memset(letters, 'x', sizeof letters);
    srflx_server_config_defaults(&config);
    config.alternate.domain = (struct srflx_view){letters, 255};
    CHECK_INT(srflx_server_init(memory, sizeof memory, &config, &server), 0);
    for (i = 0; i < sizeof domains / sizeof *domains; i++) {
        config.alternate.domain = domains[i];
        CHECK_INT(srflx_server_init(memory, sizeof memory, &config, &server), SRFLX_ERROR_ARGUMENT);
    }
    config.alternate.domain.len = 0;
    config.alternate.ipv4 = (struct srflx_addr){{192, 0, 2, 1}, 0, 0, SRFLX_IPV4};
    CHECK_INT(srflx_server_init(memory, sizeof memory, &config, &server), SRFLX_ERROR_ARGUMENT);
    config.alternate.ipv4.port = 3478;
    CHECK_INT(srflx_server_init(memory, sizeof memory, &config, &server), 0);
    config.alternate.ipv6 = config.alternate.ipv4;
    CHECK_INT(srflx_server_init(memory, sizeof memory, &config, &server), SRFLX_ERROR_ARGUMENT);
}

TEST(every_verdict_has_name_code_and_text)
{
#define CHECK_VERDICT(name, code, text)                         \
    CHECK_STR(srflx_verdict_name(SRFLX_VERDICT_##name), #name); \
    CHECK_STR(srflx_verdict_text(SRFLX_VERDICT_##name), text);  \
    CHECK_INT(srflxi_verdict_code(SRFLX_VERDICT_##name), code);
    SRFLX_VERDICT_MAP(CHECK_VERDICT)
#undef CHECK_VERDICT
    CHECK_STR(srflx_verdict_name(SRFLX_VERDICT_COUNT), "UNKNOWN");
    CHECK_STR(srflx_verdict_text(SRFLX_VERDICT_COUNT), "unknown verdict");
}

RUN(TEST_OF(fits_where_it_says), TEST_OF(refuses_a_structure_it_does_not_know),
    TEST_OF(bounds_software), TEST_OF(bounds_alternates),
    TEST_OF(every_verdict_has_name_code_and_text))
