#include "transaction_fixture.h"

#include <srflxi/transaction.h>

enum { SHARED_SECRET_SUCCESS = 0x0102 };

static const struct srflx_addr mapped_v6 = {
    {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 0, 32853, SRFLX_IPV6};
static const struct srflx_addr other_mapped = {{198, 51, 100, 7}, 0, 32853, SRFLX_IPV4};
static const struct srflx_addr none;

#define MAPPED_V6                      \
    "\x00\x01\x00\x14\x00\x02\x80\x55" \
    "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
#define XOR_MAPPED_FAMILY_3 "\x00\x20\x00\x08\x00\x03\xa1\x47\xe1\x12\xa6\x43"
#define XOR_MAPPED_LEN_4 "\x00\x20\x00\x04\x00\x01\xa1\x47"

struct row {
    uint16_t type;
    uint16_t code;
    enum srflxi_verdict verdict;
    struct srflx_view attrs;
    const struct srflx_addr *mapped;
};

static void check_row(const struct row *row, const uint8_t *id, size_t number)
{
    struct fixture_message m = make(row->type, id, row->attrs);
    struct srflxi_response response = {.mapped = server, .code = 1};
    enum srflxi_verdict verdict;

    CHECK_INT(srflx_message_parse(view_of(&m), &response.message), 0);
    verdict = srflxi_response_judge(&response);
    if (verdict != row->verdict || response.code != row->code)
        FAIL("row %zu: verdict %d, code %d", number, (int)verdict, response.code);
    if (row->mapped->family == 0 ? response.mapped.family != 0
                                 : !srflx_addr_equal(&response.mapped, row->mapped))
        FAIL("row %zu: mapped address differs", number);
}

#define CHECK_ROWS(rows, id)                                   \
    do {                                                       \
        size_t i;                                              \
        for (i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) \
            check_row(&(rows)[i], id, i);                      \
    } while (0)

/* spec: R8489-6.3.3-01 R8489-6.3.3-02 R8489-6.3.3-03 R8489-6.3.3-04 R5389-12.1-02 R5389-12.1-03 */
TEST(success)
{
    const struct row rows[] = {
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(XOR_MAPPED), &mapped},
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(MAPPED), &mapped},
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(MAPPED_V6), &mapped_v6},
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(OTHER_MAPPED XOR_MAPPED), &mapped},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(""), &none},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(XOR_MAPPED_FAMILY_3), &none},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(XOR_MAPPED_LEN_4), &none},
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(XOR_MAPPED_FAMILY_3 OTHER_MAPPED), &other_mapped},
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(XOR_MAPPED UNKNOWN_OPTIONAL), &mapped},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(XOR_MAPPED UNKNOWN_REQUIRED), &none},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(XOR_MAPPED "\x00\x24\x00\x04\x01\x02\x03\x04"), &none},
        {SHARED_SECRET_SUCCESS, 0, SRFLXI_USABLE, VIEW(""), &none},
        {SHARED_SECRET_SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(UNKNOWN_REQUIRED), &none},
    };

    CHECK_ROWS(rows, current_id);
}

/* Each attribute that RFC 8489 knows or reserves, empty, beside an address.
 * spec: R5389-12.1-03 R8489-6.3.3-01 */
TEST(known_and_reserved_attributes_do_no_harm)
{
    static const uint8_t known[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
                                    0x0a, 0x0b, 0x14, 0x15, 0x1c, 0x1d, 0x1e, 0x20};
    unsigned type;

    for (type = 1; type < 0x40; type++) {
        uint8_t attrs[] = XOR_MAPPED "\x00\x00\x00\x00";
        bool expected = memchr(known, (int)type, sizeof known) != NULL;
        struct srflxi_response response;
        struct fixture_message m;

        attrs[13] = (uint8_t)type;
        m = make(SUCCESS, current_id, (struct srflx_view){attrs, 16});
        CHECK_INT(srflx_message_parse(view_of(&m), &response.message), 0);
        if ((srflxi_response_judge(&response) == SRFLXI_USABLE) != expected)
            FAIL("attribute 0x%04x", type);
    }
}

/* spec: R8489-6.3.4-01 R8489-6.3.4-02 R8489-6.3.4-03 R8489-6.3.4-04 R8489-6.3.4-07 */
TEST(error)
{
    const struct row rows[] = {
        {ERROR, 300, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x03", "\x00")), &none},
        {ERROR, 399, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x03", "\x63")), &none},
        {ERROR, 400, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x04", "\x00")), &none},
        {ERROR, 420, SRFLXI_REJECTED,
         VIEW(ERROR_CODE("\x04", "\x14") "\x00\x0a\x00\x02\x7f\xff\x00\x00"), &none},
        {ERROR, 499, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x04", "\x63")), &none},
        {ERROR, 500, SRFLXI_TRY_LATER, VIEW(ERROR_CODE("\x05", "\x00")), &none},
        {ERROR, 599, SRFLXI_TRY_LATER, VIEW(ERROR_CODE("\x05", "\x63")), &none},
        {ERROR, 600, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x06", "\x00")), &none},
        {ERROR, 699, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x06", "\x63")), &none},
        {ERROR, 400, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x04", "\x00") XOR_MAPPED), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(""), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(XOR_MAPPED), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(ERROR_CODE("\x01", "\x00")), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(ERROR_CODE("\x02", "\x63")), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(ERROR_CODE("\x07", "\x00")), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(ERROR_CODE("\x04", "\x64")), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW("\x00\x09\x00\x02\x00\x00\x00\x00"), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(ERROR_CODE("\x04", "\x00") UNKNOWN_REQUIRED), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(ERROR_CODE("\x05", "\x00") UNKNOWN_REQUIRED), &none},
        {ERROR, 400, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x04", "\x00") UNKNOWN_OPTIONAL), &none},
    };

    CHECK_ROWS(rows, current_id);
}

/* spec: R3489-9.4-10 R3489-9.4-11 R3489-9.4-12 R3489-9.4-13 */
TEST(classic)
{
    const struct row rows[] = {
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(MAPPED), &mapped},
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(MAPPED "\x00\x0b\x00\x00"), &mapped},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(MAPPED "\x00\x0c\x00\x00"), &none},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(MAPPED "\x00\x14\x00\x00"), &none},
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(MAPPED XOR_MAPPED), &mapped}, /* as stund answers */
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(XOR_MAPPED), &none},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(MAPPED "\x00\x00\x00\x00"), &none},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(MAPPED "\x7f\xff\x00\x00"), &none},
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(MAPPED "\x80\x00\x00\x00"), &mapped},
        {SUCCESS, 0, SRFLXI_USABLE, VIEW(MAPPED "\x80\x28\x00\x04\x01\x02\x03\x04"), &mapped},
        {SUCCESS, 0, SRFLXI_UNUSABLE, VIEW(""), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(ERROR_CODE("\x01", "\x00")), &none},
        {ERROR, 0, SRFLXI_UNUSABLE, VIEW(ERROR_CODE("\x03", "\x63")), &none},
        {ERROR, 430, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x04", "\x1e")), &none},
        {ERROR, 499, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x04", "\x63")), &none},
        {ERROR, 500, SRFLXI_TRY_LATER, VIEW(ERROR_CODE("\x05", "\x00")), &none},
        {ERROR, 599, SRFLXI_TRY_LATER, VIEW(ERROR_CODE("\x05", "\x63")), &none},
        {ERROR, 600, SRFLXI_REJECTED, VIEW(ERROR_CODE("\x06", "\x00")), &none},
    };

    CHECK_ROWS(rows, classic_id);
}

RUN(TEST_OF(success), TEST_OF(known_and_reserved_attributes_do_no_harm), TEST_OF(error),
    TEST_OF(classic))
