#include <srflx/attr.h>

#include <srflxi/slots.h>

/* The slots must fit the index of a message. */
typedef char slots_fit[(int)SRFLXI_SLOT_COUNT <= (int)SRFLX_MESSAGE_SLOTS ? 1 : -1];

#define CELL_OF_INDEXED(symbol, number) [SRFLXI_CELL(number)] = SRFLXI_SLOT_##symbol + 1,
#define CELL_OF_NAMED(symbol, number)

const uint8_t srflxi_slot_cells[SRFLXI_TYPE_CELLS] = {
#define SLOT_CELL(symbol, number, name, shape, shortest, longest, rfc, use) \
    CELL_OF_##use(symbol, number)
    SRFLX_ATTR_MAP(SLOT_CELL)
#undef SLOT_CELL
};

enum row {
#define ROW_ENUM(symbol, number, name, shape, shortest, longest, rfc, use) ROW_##symbol,
    SRFLX_ATTR_MAP(ROW_ENUM)
#undef ROW_ENUM
        ROW_COUNT
};

static const struct srflx_attr_row rows[ROW_COUNT] = {
#define ATTR_ROW(symbol, number, name, shape, shortest, longest, rfc, use) \
    {name, number, shortest, longest, rfc, SRFLX_SHAPE_##shape},
    SRFLX_ATTR_MAP(ATTR_ROW)
#undef ATTR_ROW
};

/* Row by type: the cells of the slots, and 128 more for 0xC000 to 0xC07F, where vendors have
 * theirs. Holds row + 1; 0: none. */
#define WIDE_CELL(type) ((type)&0x4000 ? 0x80 | ((type)&0x7F) : SRFLXI_CELL(type))

static const uint8_t row_cells[256] = {
#define ROW_CELL(symbol, number, name, shape, shortest, longest, rfc, use) \
    [WIDE_CELL(number)] = ROW_##symbol + 1,
    SRFLX_ATTR_MAP(ROW_CELL)
#undef ROW_CELL
};

const struct srflx_attr_row *srflx_attr_find(uint16_t type)
{
    unsigned row = row_cells[WIDE_CELL(type)];

    return row && rows[row - 1].number == type ? &rows[row - 1] : NULL;
}
