#include <srflxi/equal.h>

#include <stdint.h>

bool srflxi_equal(const void *a, const void *b, size_t len)
{
    /* Reads through volatile pointers stay, all of them and in order: no early end, no memcmp(). */
    const volatile uint8_t *one = a;
    const volatile uint8_t *other = b;
    uint8_t difference = 0;
    size_t i;

    for (i = 0; i < len; i++)
        difference = (uint8_t)(difference | (one[i] ^ other[i]));
    return !difference;
}
