/* Each INDEXED attribute of the table has a slot: its bit in srflx_message.seen and its place in
 * srflx_message.at. */
#ifndef SRFLXI_SLOTS_H
#define SRFLXI_SLOTS_H

#include <srflx/message.h>

#define SRFLXI_SLOT_OF_INDEXED(symbol) SRFLXI_SLOT_##symbol,
#define SRFLXI_SLOT_OF_NAMED(symbol)

enum srflxi_slot {
#define SLOT_ENUM(symbol, number, name, shape, shortest, longest, rfc, use) \
    SRFLXI_SLOT_OF_##use(symbol)
    SRFLX_ATTR_MAP(SLOT_ENUM)
#undef SLOT_ENUM
        SRFLXI_SLOT_COUNT
};

#define SRFLXI_BIT(symbol) ((uint64_t)1 << SRFLXI_SLOT_##symbol)

enum { SRFLXI_TYPE_CELLS = 128, SRFLXI_NO_SLOT = 0xFF };

/* 64 cells for the types 0x0000 to 0x003F, 64 for 0x8000 to 0x803F, where all attributes of RFCs
 * lie. */
#define SRFLXI_HAS_CELL(type) (!((type)&0x7FC0))
#define SRFLXI_CELL(type) (((type) >> 9 & 0x40) | ((type)&0x3F))

/* Slot by cell. Holds slot + 1; 0: none. */
extern const uint8_t srflxi_slot_cells[SRFLXI_TYPE_CELLS];

/* The slot of a type, SRFLXI_NO_SLOT if it is not an INDEXED one. */
static inline unsigned srflxi_slot_of(uint16_t type)
{
    if (!SRFLXI_HAS_CELL(type)) return SRFLXI_NO_SLOT;
    return (uint8_t)(srflxi_slot_cells[SRFLXI_CELL(type)] - 1);
}

/* RFC 3489 knows 0x0001 to 0x000B, which are the first slots. spec: R3489-11.2-02 */
static inline unsigned srflxi_slot_of_classic(uint16_t type)
{
    return type <= SRFLX_ATTR_REFLECTED_FROM ? srflxi_slot_of(type) : SRFLXI_NO_SLOT;
}

#endif
