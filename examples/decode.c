/* What does a STUN message say, and where is it broken? libsrflx only; hex comes from standard
 * input.
 *
 *     cc decode.c $(pkg-config --cflags --libs srflx) -o decode
 *     echo 0001 0000 2112a442 000102030405060708090a0b | ./decode
 *
 * Exits with 1 if a receiver must not take the bytes for a message. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <srflx/addr.h>
#include <srflx/dissect.h>

static void print_hex(struct srflx_view bytes)
{
    size_t i;

    for (i = 0; i < bytes.len; i++)
        printf("%02x", bytes.ptr[i]);
}

/* Never trust text from the network: it may hold commands for the terminal. */
static void print_text(struct srflx_view text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        putchar(isprint(text.ptr[i]) ? text.ptr[i] : '.');
}

/* The table knows the shape of each attribute's value, and dissect has read it accordingly. */
static void print_value(const struct srflx_value *value)
{
    char addr[SRFLX_ADDR_TEXT];

    switch (value->shape) {
    case SRFLX_SHAPE_ADDR:
    case SRFLX_SHAPE_XOR_ADDR:
        fputs(srflx_addr_write(&value->addr, addr), stdout);
        break;
    case SRFLX_SHAPE_TEXT:
    case SRFLX_SHAPE_NAME:
        print_text(value->bytes);
        break;
    case SRFLX_SHAPE_ERROR:
        printf("%u ", value->error.code);
        print_text(value->error.phrase);
        break;
    case SRFLX_SHAPE_U8:
    case SRFLX_SHAPE_U16:
    case SRFLX_SHAPE_U32:
    case SRFLX_SHAPE_PORT:
        printf("%lu", (unsigned long)value->number);
        break;
    default:
        print_hex(value->bytes);
    }
}

static const char *title(const struct srflx_fact *fact)
{
    static const char *const titles[] = {
        [SRFLX_FACT_TYPE] = "type",         [SRFLX_FACT_LENGTH] = "length",  [SRFLX_FACT_ID] = "id",
        [SRFLX_FACT_ATTRIBUTE] = "unknown", [SRFLX_FACT_REST] = "left over",
    };

    return fact->row ? fact->row->name : titles[fact->kind];
}

static void print_content(const struct srflx_fact *fact)
{
    if (fact->kind == SRFLX_FACT_LENGTH)
        printf("%u", fact->stated_len);
    else if (fact->value.bytes.len)
        print_value(&fact->value);
    else
        print_hex(fact->bytes);
}

/* One line: where, how many bytes, what, its value, what is wrong. Returns true if that is fatal.
 */
static bool print_fact(const struct srflx_fact *fact)
{
    bool fatal = false;
    unsigned problem;

    printf("%5lu %5lu  %-24s  ", (unsigned long)fact->offset, (unsigned long)fact->len,
           title(fact));
    print_content(fact);
    for (problem = 0; problem < SRFLX_PROBLEM_COUNT; problem++) {
        if (!(fact->problems >> problem & 1)) continue;
        printf("  ! %s", srflx_problem_text((enum srflx_problem)problem));
        fatal = fatal || srflx_problem_is_fatal((enum srflx_problem)problem);
    }
    putchar('\n');
    return fatal;
}

int main(void)
{
    static uint8_t bytes[SRFLX_MESSAGE_MAX];
    struct srflx_view message = {bytes, 0};
    struct srflx_dissection d;
    struct srflx_fact fact;
    bool fatal = false;
    char digits[3];

    while (message.len < sizeof bytes && scanf(" %2[0-9a-fA-F]", digits) == 1)
        bytes[message.len++] = (uint8_t)strtoul(digits, NULL, 16);
    srflx_dissect_begin(&d, message);
    while (srflx_dissect_next(&d, &fact))
        if (print_fact(&fact)) fatal = true;
    return fatal ? 1 : 0;
}
