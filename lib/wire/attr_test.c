#include <srflx/attr.h>
#include <srflxi/slots.h>

#include "check.h"

/* Types and names as registered. spec: R3489-11.2-02 R3489-11.2.2-01 R8489-14.1-01 R8489-14.2-01 R8489-18.3.1-01 R8489-18.3.2-01 */
TEST(finds_every_line_of_the_table){
#define CHECK_ROW(symbol, type, text, form, min, max, defined_in, use) \
    {                                                                  \
        const struct srflx_attr_row *row = srflx_attr_find(type);      \
        CHECK(row != NULL);                                            \
        CHECK_INT(row->number, type);                                  \
        CHECK_STR(row->name, text);                                    \
        CHECK_INT(row->shape, SRFLX_SHAPE_##form);                     \
        CHECK_INT(row->shortest, min);                                 \
        CHECK_INT(row->longest, max);                                  \
        CHECK_INT(row->rfc, defined_in);                               \
    }
    SRFLX_ATTR_MAP(CHECK_ROW)
#undef CHECK_ROW
}

#define ONE(symbol, number, name, shape, shortest, longest, rfc, use) +1

TEST(finds_nothing_else)
{
    unsigned type, found = 0;

    for (type = 0; type <= 0xFFFF; type++) {
        const struct srflx_attr_row *row = srflx_attr_find((uint16_t)type);
        if (!row) continue;
        CHECK_INT(row->number, type);
        found++;
    }
    CHECK_INT(found, 0 SRFLX_ATTR_MAP(ONE));
}

/* The first eleven lines are those of RFC 3489, in order. spec: R3489-11.2-02 */
TEST(the_classic_attributes_come_first)
{
    unsigned type;

    CHECK_INT(srflxi_slot_of_classic(0), SRFLXI_NO_SLOT);
    for (type = 1; type <= 0x000B; type++)
        CHECK_INT(srflxi_slot_of_classic((uint16_t)type), type - 1);
    for (; type <= 0xFFFF; type++)
        CHECK_INT(srflxi_slot_of_classic((uint16_t)type), SRFLXI_NO_SLOT);
}

RUN(TEST_OF(finds_every_line_of_the_table), TEST_OF(finds_nothing_else),
    TEST_OF(the_classic_attributes_come_first))
