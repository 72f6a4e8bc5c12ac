#include <srflx/attr.h>

#include <srflxi/slots.h>

/* The table must fit the index of a message, and every type a cell. */
typedef char slots_fit[(int)SRFLXI_SLOT_COUNT <= (int)SRFLX_MESSAGE_SLOTS ? 1 : -1];

#define CELL(number) (((number) >> 9 & 0x40) | ((number)&0x3F))

const uint8_t srflxi_slot_cells[SRFLXI_TYPE_CELLS] = {
#define ATTR_CELL(symbol, number, name, shape, shortest, longest, rfc) \
    [CELL(number)] = SRFLXI_SLOT_##symbol + 1,
    SRFLX_ATTR_MAP(ATTR_CELL)
#undef ATTR_CELL
};

static const struct srflx_attr_row rows[SRFLXI_SLOT_COUNT] = {
#define ATTR_ROW(symbol, number, name, shape, shortest, longest, rfc) \
    {name, number, shortest, longest, rfc, SRFLX_SHAPE_##shape},
    SRFLX_ATTR_MAP(ATTR_ROW)
#undef ATTR_ROW
};

const struct srflx_attr_row *srflx_attr_find(uint16_t type)
{
    unsigned slot = srflxi_slot_of(type);

    return slot == SRFLXI_NO_SLOT ? NULL : &rows[slot];
}
