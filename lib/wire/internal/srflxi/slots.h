/* Each attribute of the table has a slot: its line number there, its bit in srflx_message.seen and
 * its place in srflx_message.at. */
#ifndef SRFLXI_SLOTS_H
#define SRFLXI_SLOTS_H

#include <srflx/message.h>

enum srflxi_slot {
#define SLOT_ENUM(symbol, number, name, shape, shortest, longest, rfc) SRFLXI_SLOT_##symbol,
    SRFLX_ATTR_MAP(SLOT_ENUM)
#undef SLOT_ENUM
        SRFLXI_SLOT_COUNT
};

#define SRFLXI_BIT(symbol) ((uint64_t)1 << SRFLXI_SLOT_##symbol)

enum { SRFLXI_TYPE_CELLS = 128, SRFLXI_NO_SLOT = 0xFF };

/* Slot by type: 64 cells for 0x0000 to 0x003F, 64 for 0x8000 to 0x803F. Holds slot + 1; 0: none. */
extern const uint8_t srflxi_slot_cells[SRFLXI_TYPE_CELLS];

/* The slot of a type, SRFLXI_NO_SLOT if the table does not have it. */
static inline unsigned srflxi_slot_of(uint16_t type)
{
    if (type & 0x7FC0) return SRFLXI_NO_SLOT;
    return (uint8_t)(srflxi_slot_cells[(type >> 9 & 0x40) | (type & 0x3F)] - 1);
}

/* RFC 3489 knows 0x0001 to 0x000B, which are the first slots of the table. */
static inline unsigned srflxi_slot_of_classic(uint16_t type)
{
    return type <= SRFLX_ATTR_REFLECTED_FROM ? srflxi_slot_of(type) : SRFLXI_NO_SLOT;
}

#endif
