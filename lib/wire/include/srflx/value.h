/* The value of one attribute, read by its shape: for programs that meet attributes one by one.
 * Programs that know what they look for use the getters of message.h. Sources: RFC 8489 section 14,
 * RFC 3489 section 11.2, RFC 5780 section 7, RFC 8656 section 18. Any thread.
 *
 *     srflx_iter_begin(&it, &m);
 *     while (srflx_iter_next(&it, &attr))
 *         if (!srflx_value_read(attr.type, attr.value, &id, &value))
 *             print(attr.type, &value);
 */
#ifndef SRFLX_VALUE_H
#define SRFLX_VALUE_H

#include <srflx/attr.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ERROR-CODE. `code` is 300 to 699, in a message without the cookie 100 to 699. The phrase is
 * borrowed and may hold anything; trailing spaces and NULs are cut off (RFC 3489 fills it with
 * spaces). */
struct srflx_error_code {
    struct srflx_view phrase;
    uint16_t code;
};

/* What a shape can hold. `shape` says which of the others are set; the rest are zero. */
struct srflx_value {
    struct srflx_view bytes;       /* always: the value as it stands, borrowed */
    struct srflx_addr addr;        /* ADDR, XOR_ADDR (XOR undone) */
    struct srflx_error_code error; /* ERROR */
    uint64_t number;               /* U8, U16, U32, U64, PORT */
    uint8_t shape;                 /* enum srflx_shape; BYTES for types outside the table */
};

/* Reads `bytes` as the value of an attribute of `type`, in a message whose header has `id` (for
 * XOR, and to tell RFC 3489's form, where only 0x0001 to 0x000B are known and text is opaque).
 * Borrows `bytes`. Returns 0, or SRFLX_ERROR_VALUE if the length is outside the table's limits or
 * the content makes no sense: family and length of an address disagree, text is no UTF-8,
 * an error code is out of range, a list breaks off, a truncated HMAC is no multiple of 4. */
SRFLX_MUST_USE int srflx_value_read(uint16_t type, struct srflx_view bytes,
                                    const struct srflx_id *id, struct srflx_value *ret_value);

/* Password algorithms, RFC 8489 section 18.5. */
enum { SRFLX_ALGORITHM_MD5 = 0x0001, SRFLX_ALGORITHM_SHA256 = 0x0002 };

/* One entry of PASSWORD-ALGORITHMS, or PASSWORD-ALGORITHM itself. Parameters are borrowed,
 * unpadded. */
struct srflx_algorithm {
    struct srflx_view parameters;
    uint16_t number;
};

/* Takes the first entry off `list`, which starts as the value's bytes. Returns false at the end, or
 * where the list breaks off; `list->len` is 0 only at the end. The last entry may lack its padding.
 */
bool srflx_algorithm_next(struct srflx_view *list, struct srflx_algorithm *ret_algorithm);

#ifdef __cplusplus
}
#endif
#endif
