/* Every message of tests/vectors: is it taken or refused as the vector says, with the fields and
 * the FINGERPRINT state it states? Requests also go to a server without credentials and with one
 * address, which must decide as generations.md does. */
#include <srflx/addr.h>
#include <srflx/error.h>
#include <srflx/message.h>
#include <srflx/server.h>

#include <jansson.h>
#include <stdlib.h>

#include "check.h"
#include "steady_random.h"

struct vector {
    const char *id;
    json_t *json;
    struct srflx_view bytes;
    uint8_t memory[2048];
};

static void path_of(char *ret_path, size_t len, const char *id, const char *ending)
{
    snprintf(ret_path, len, "%s/tests/vectors/%s.%s", SRFLX_SOURCE_DIR, id, ending);
}

static void load(struct vector *v, const char *id)
{
    char path[512];
    json_error_t error;
    unsigned byte;
    FILE *file;

    v->id = id;
    path_of(path, sizeof path, id, "json");
    v->json = json_load_file(path, 0, &error);
    if (!v->json) FAIL("%s: %s", path, error.text);
    path_of(path, sizeof path, id, "hex");
    file = fopen(path, "r");
    if (!file) FAIL("%s: cannot be opened", path);
    v->bytes = (struct srflx_view){v->memory, 0};
    while (v->bytes.len < sizeof v->memory && fscanf(file, "%2x", &byte) == 1)
        v->memory[v->bytes.len++] = (uint8_t)byte;
    CHECK(feof(file));
    fclose(file);
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* Runs `body` for each line of INDEX; returns how many there were. */
static size_t for_each(void (*body)(struct vector *v))
{
    char path[512], id[128];
    size_t count = 0;
    FILE *index;

    snprintf(path, sizeof path, "%s/tests/vectors/INDEX", SRFLX_SOURCE_DIR);
    index = fopen(path, "r");
    if (!index) FAIL("%s: cannot be opened", path);
    while (fscanf(index, "%127s", id) == 1) {
        struct vector v;
        load(&v, id);
        body(&v);
        json_decref(v.json);
        count++;
    }
    fclose(index);
    return count;
}

static int error_of(const char *reason)
{
    static const struct {
        const char *reason;
        int error;
    } errors[] = {
        {"short", SRFLX_ERROR_SHORT},
        {"top-bits", SRFLX_ERROR_TOP_BITS},
        {"length-align", SRFLX_ERROR_LENGTH_ALIGN},
        {"length-mismatch", SRFLX_ERROR_LENGTH_MISMATCH},
        {"attr-overrun", SRFLX_ERROR_ATTR_OVERRUN},
    };
    size_t i;

    for (i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (!strcmp(reason, errors[i].reason)) return errors[i].error;
    return 0; /* fingerprint and bad-value frame correctly */
}

/* spec: R8489-6.3-01 R8489-6.3-03 R8489-5-13 R8489-5-14 R8489-14.7-03 */
static void check_parse(struct vector *v)
{
    const char *reason = text_at(v->json, "reject_reason");
    const char *state = text_at(json_object_get(v->json, "checks"), "fingerprint");
    struct srflx_message m;
    int error = srflx_message_parse(v->bytes, &m);

    if (error != error_of(reason)) FAIL("%s: %s", v->id, srflx_error_name(error));
    if (error) return;
    if (!strcmp(reason, "fingerprint")) CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_WRONG);
    if (!strcmp(state, "valid")) CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_RIGHT);
    if (!strcmp(state, "absent")) CHECK_INT(m.fingerprint, SRFLX_FINGERPRINT_ABSENT);
}

static void check_number(struct vector *v, const json_t *fields, const char *key, unsigned actual)
{
    const char *text = text_at(fields, key);

    if (*text && strtoul(text, NULL, 0) != actual) FAIL("%s: %s is %u", v->id, key, actual);
}

static void check_text(struct vector *v, const json_t *fields, const struct srflx_message *m,
                       const char *key, uint16_t attr)
{
    const char *want = json_string_value(json_object_get(fields, key));
    struct srflx_view value;

    if (!want) return;
    if (srflx_message_get_bytes(m, attr, &value)) FAIL("%s: no usable %s", v->id, key);
    if (value.len != strlen(want) || memcmp(value.ptr, want, value.len))
        FAIL("%s: %s is %.*s", v->id, key, (int)value.len, (const char *)value.ptr);
}

static void check_addr(struct vector *v, const json_t *fields, const struct srflx_message *m,
                       const char *key, uint16_t attr)
{
    const char *want = json_string_value(json_object_get(fields, key));
    char text[SRFLX_ADDR_TEXT];
    struct srflx_addr addr;

    if (!want) return;
    if (srflx_message_get_addr(m, attr, &addr)) FAIL("%s: no usable %s", v->id, key);
    srflx_addr_write(&addr, text);
    if (strcmp(text, want)) FAIL("%s: %s is %s, not %s", v->id, key, text, want);
}

/* spec: R8489-5-03 R8489-5-04 R8489-14.1-01 R8489-14.2-01 R8489-14.2-02 R8489-14.14-02
 * R3489-11.1-01 R3489-11.2.2-01 */
static void check_fields(struct vector *v)
{
    const json_t *fields = json_object_get(v->json, "fields");
    struct srflx_message m;

    if (srflx_message_parse(v->bytes, &m)) return;
    check_number(v, fields, "type", m.type);
    check_number(v, fields, "method", m.method);
    check_text(v, fields, &m, "SOFTWARE", SRFLX_ATTR_SOFTWARE);
    check_text(v, fields, &m, "USERNAME", SRFLX_ATTR_USERNAME);
    check_text(v, fields, &m, "REALM", SRFLX_ATTR_REALM);
    check_text(v, fields, &m, "NONCE", SRFLX_ATTR_NONCE);
    check_addr(v, fields, &m, "MAPPED_ADDRESS", SRFLX_ATTR_MAPPED_ADDRESS);
    check_addr(v, fields, &m, "XOR_MAPPED_ADDRESS", SRFLX_ATTR_XOR_MAPPED_ADDRESS);
    check_addr(v, fields, &m, "SOURCE_ADDRESS", SRFLX_ATTR_SOURCE_ADDRESS);
    check_addr(v, fields, &m, "CHANGED_ADDRESS", SRFLX_ATTR_CHANGED_ADDRESS);
    check_addr(v, fields, &m, "REFLECTED_FROM", SRFLX_ATTR_REFLECTED_FROM);
    check_addr(v, fields, &m, "RESPONSE_ORIGIN", SRFLX_ATTR_RESPONSE_ORIGIN);
    check_addr(v, fields, &m, "OTHER_ADDRESS", SRFLX_ATTR_OTHER_ADDRESS);
}

TEST(every_vector_is_taken_or_refused)
{
    CHECK_INT(for_each(check_parse), 129);
}

TEST(every_vector_holds_its_fields)
{
    CHECK_INT(for_each(check_fields), 129);
}

static enum srflx_verdict verdict_about(struct srflx_view bytes, struct srflx_reply *reply)
{
    static uint8_t server_memory[4096], worker_memory[65536];
    static const struct srflx_time now;
    struct srflx_packet packet = {bytes,
                                  {{192, 0, 2, 1}, 0, 32853, SRFLX_IPV4},
                                  {{192, 0, 2, 2}, 0, 3478, SRFLX_IPV4},
                                  SRFLX_UDP};
    struct srflx_server_config config;
    struct srflx_server *server;
    struct srflx_worker *worker;

    srflx_server_config_defaults(&config);
    CHECK_INT(srflx_server_init(server_memory, sizeof server_memory, &config, &server), 0);
    CHECK_INT(srflx_worker_init(worker_memory, sizeof worker_memory, steady_random, NULL, &worker),
              0);
    return srflx_server_handle(server, worker, &packet, now, reply);
}

/* What a server without credentials and with one address says to the requests among the vectors;
 * the list is the types of UNKNOWN-ATTRIBUTES. spec: R8489-6.3-09 R8489-6.3-10 R8489-6.3-11
 * R8489-6.3.1-01 R8489-9-01 R8489-9-02 R8489-14.8-14 R5389-12.2-04 R3489-8.1-07 R3489-8.1-09
 * R3489-8.1-13 R3489-8.1-14 */
static const struct {
    const char *id;
    enum srflx_verdict verdict;
    const char *list;
    size_t count;
} decisions[] = {
    {"rfc5769-2.1-request", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x00\x24", 1},
    {"rfc5769-2.2-ipv4-response", SRFLX_VERDICT_NO_REQUEST, "", 0},
    {"rfc5769-2.4-long-term-request", SRFLX_VERDICT_SUCCESS, "", 0},
    {"rfc8489-b1-as-printed", SRFLX_VERDICT_MALFORMED, "", 0},
    {"rfc8489-b1-erratum6268", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-binding-request-empty", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-binding-request-fingerprint", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-binding-indication-empty", SRFLX_VERDICT_NO_REQUEST, "", 0},
    {"computed-5780-change-request-both", SRFLX_VERDICT_CHANGE_REFUSED, "\x00\x03", 1},
    {"computed-5780-change-request-ip", SRFLX_VERDICT_CHANGE_REFUSED, "\x00\x03", 1},
    {"computed-5780-change-request-none", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-5780-change-request-port", SRFLX_VERDICT_CHANGE_REFUSED, "\x00\x03", 1},
    {"computed-5780-padding-1500", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x00\x26", 1},
    {"computed-5780-padding-and-response-port", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x00\x26\x00\x27",
     2},
    {"computed-5780-response-port-len2", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x00\x27", 1},
    {"computed-5780-response-port-len4", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x00\x27", 1},
    {"computed-attr-after-sha256", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-classic-change-request-both", SRFLX_VERDICT_CHANGE_REFUSED, "\x00\x03\x00\x03", 2},
    {"computed-classic-change-request-none", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-classic-request-empty", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-classic-request-mi", SRFLX_VERDICT_STALE_CREDENTIALS, "", 0},
    {"computed-classic-request-mi-no-username", SRFLX_VERDICT_MISSING_USERNAME, "", 0},
    {"computed-classic-request-response-address", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE,
     "\x00\x02\x00\x02", 2},
    {"computed-classic-request-unknown", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x7f\xff\x00\x20", 2},
    {"computed-lt-request-legacy", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-lt-request-userhash-sha256", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-lt-request-username-md5-sha256", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-shared-secret-request", SRFLX_VERDICT_UNKNOWN_METHOD, "", 0},
    {"computed-unknown-optional", SRFLX_VERDICT_SUCCESS, "", 0},
    {"computed-unknown-required", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x7f\xff\x00\x42", 2},
    {"computed-unknown-required-after-mi", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x00\x24", 1},
    {"computed-unknown-required-in-indication", SRFLX_VERDICT_NO_REQUEST, "", 0},
    {"computed-unknown-required-repeated", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x7f\xff\x00\x42", 2},
    {"computed-unknown-required-reserved", SRFLX_VERDICT_UNKNOWN_ATTRIBUTE, "\x00\x04\x00\x24", 2},
    {"malformed-attr-length-ffff", SRFLX_VERDICT_MALFORMED, "", 0},
    {"malformed-attr-overrun", SRFLX_VERDICT_MALFORMED, "", 0},
    {"malformed-change-request-len2", SRFLX_VERDICT_BAD_REQUEST, "", 0},
    {"malformed-empty", SRFLX_VERDICT_NOT_ADMITTED, "", 0},
    {"malformed-fingerprint-len0", SRFLX_VERDICT_WRONG_FINGERPRINT, "", 0},
    {"malformed-fingerprint-not-last", SRFLX_VERDICT_WRONG_FINGERPRINT, "", 0},
    {"malformed-fingerprint-wrong", SRFLX_VERDICT_WRONG_FINGERPRINT, "", 0},
    {"malformed-length-not-multiple-of-4", SRFLX_VERDICT_MALFORMED, "", 0},
    {"malformed-length-too-long", SRFLX_VERDICT_MALFORMED, "", 0},
    {"malformed-short-19", SRFLX_VERDICT_NOT_ADMITTED, "", 0},
    {"malformed-top-bits-01", SRFLX_VERDICT_NOT_STUN, "", 0},
    {"malformed-top-bits-10", SRFLX_VERDICT_NOT_STUN, "", 0},
    {"malformed-trailing-bytes", SRFLX_VERDICT_MALFORMED, "", 0},
};

static void check_list(const char *id, struct srflx_view answer, const char *list, size_t count)
{
    struct srflx_message m;
    struct srflx_view value;

    CHECK_INT(srflx_message_parse(answer, &m), 0);
    CHECK_INT(srflx_message_get_bytes(&m, SRFLX_ATTR_UNKNOWN_ATTRIBUTES, &value), 0);
    if (value.len != 2 * count || memcmp(value.ptr, list, value.len)) FAIL("%s: another list", id);
}

TEST(the_server_decides_as_the_vectors_say)
{
    size_t i;

    for (i = 0; i < sizeof decisions / sizeof decisions[0]; i++) {
        uint8_t out[1280];
        struct srflx_reply reply = {out, sizeof out, 0};
        enum srflx_verdict verdict;
        struct vector v;

        load(&v, decisions[i].id);
        verdict = verdict_about(v.bytes, &reply);
        if (verdict != decisions[i].verdict) FAIL("%s: %s", v.id, srflx_verdict_name(verdict));
        if (verdict == SRFLX_VERDICT_UNKNOWN_ATTRIBUTE || verdict == SRFLX_VERDICT_CHANGE_REFUSED)
            check_list(v.id, (struct srflx_view){out, reply.len}, decisions[i].list,
                       decisions[i].count);
        json_decref(v.json);
    }
}

RUN(TEST_OF(every_vector_is_taken_or_refused), TEST_OF(every_vector_holds_its_fields),
    TEST_OF(the_server_decides_as_the_vectors_say))
