/* Prints generated messages as hex, one a line: what test_attributes.py hands to tshark.
 * usage: generate_messages COUNT */
#include <stdio.h>
#include <stdlib.h>

#include "generate.h"

enum { DATAGRAM_MAX = 60000 };

static struct generated message;

static void print_hex(struct srflx_view bytes)
{
    size_t i;

    for (i = 0; i < bytes.len; i++)
        printf("%02x", bytes.ptr[i]);
    putchar('\n');
}

/* Other methods are no STUN to a port that tells protocols by the first byte, and RFC 3489 has no
 * indications. */
static uint16_t draw_type(struct prng *prng)
{
    static const uint8_t kinds[] = {SRFLX_REQUEST, SRFLX_SUCCESS, SRFLX_ERROR, SRFLX_INDICATION};

    return srflx_type(SRFLX_METHOD_BINDING, kinds[prng_between(prng, 0, message.classic ? 2 : 3)]);
}

int main(int argc, char **argv)
{
    static uint8_t buf[SRFLX_MESSAGE_MAX];
    struct prng prng = {8489};
    unsigned long left = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

    while (left) {
        struct srflx_view bytes;
        generate(&prng, &message);
        message.type = draw_type(&prng);
        if (generated_write(&message, buf, sizeof buf, &bytes) || bytes.len > DATAGRAM_MAX)
            continue;
        print_hex(bytes);
        left--;
    }
    return 0;
}
