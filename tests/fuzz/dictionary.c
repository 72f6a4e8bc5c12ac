/* Prints the words of STUN as a libFuzzer dictionary: every type of the attribute table, also as a
 * whole header with its shortest and longest length, and what headers begin with. */
#include <srflx/message.h>

#include <stdio.h>

static void print_word(const char *name, unsigned long bytes, int len)
{
    int shift;

    printf("# %s\n\"", name);
    for (shift = 8 * (len - 1); shift >= 0; shift -= 8)
        printf("\\x%02lx", bytes >> shift & 0xFF);
    printf("\"\n");
}

static void print_attribute(const char *name, unsigned long type, unsigned long shortest,
                            unsigned long longest)
{
    print_word(name, type, 2);
    print_word(name, type << 16 | shortest, 4);
    if (longest != shortest) print_word(name, type << 16 | longest, 4);
}

int main(void)
{
    unsigned kind;

    print_word("magic cookie", SRFLX_MAGIC_COOKIE, 4);
    for (kind = SRFLX_REQUEST; kind <= SRFLX_ERROR; kind++) {
        print_word("Binding", srflx_type(SRFLX_METHOD_BINDING, (uint8_t)kind), 2);
        print_word("Shared Secret", srflx_type(SRFLX_METHOD_SHARED_SECRET, (uint8_t)kind), 2);
    }
#define PRINT_ROW(symbol, number, name, shape, shortest, longest, rfc, use) \
    print_attribute(name, number, shortest, longest);
    SRFLX_ATTR_MAP(PRINT_ROW)
#undef PRINT_ROW
    return 0;
}
