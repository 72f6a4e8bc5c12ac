/* srflx decode: what a message says, or where it is broken. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "dissect.h"
#include "input.h"
#include "options.h"
#include "output.h"

/* The longest message as hex with a "0x" and two separators for each byte. */
enum { INPUT_MOST = 6 * SRFLX_MESSAGE_MAX };

enum { KEY_FORMAT = OPTION_LONG, KEY_JSON };

static const struct option_row rows[] = {
    {KEY_FORMAT, "format", "FORMAT", "hex, base64 or binary; told by the bytes if not given"},
    {KEY_JSON, "json", NULL, "print one JSON object"},
    {0, NULL, NULL, NULL},
};

struct decode {
    const struct command *command;
    enum input_format format;
    bool json;
    uint8_t bytes[INPUT_MOST + 1];
    size_t len;
    struct dissection dissection;
};

static int read_options(struct decode *decode, int argc, char **argv)
{
    struct options o;
    int key;

    options_begin(&o, decode->command, argc, argv);
    while ((key = options_next(&o)) != OPTION_END) {
        if (key == OPTION_WRONG || key == OPTION_HELP) return key;
        if (key == KEY_JSON) decode->json = true;
        if (key == KEY_FORMAT && !input_format_parse(o.value, &decode->format)) {
            usage_error(decode->command, "--format wants hex, base64 or binary, not '%s'", o.value);
            return OPTION_WRONG;
        }
    }
    return OPTION_END;
}

static int local_error(const char *what, const char *name)
{
    fprintf(stderr, "srflx decode: cannot %s %s: %s\n", what, name, strerror(errno));
    return EXIT_LOCAL;
}

static int read_stream(struct decode *decode, FILE *from, const char *name)
{
    decode->len = fread(decode->bytes, 1, sizeof decode->bytes, from);
    if (ferror(from)) return local_error("read", name);
    if (decode->len <= INPUT_MOST) return EXIT_AS_ASKED;
    fprintf(stderr, "srflx decode: %s is longer than any message\n", name);
    return EXIT_LOCAL;
}

static int read_file(struct decode *decode, const char *name)
{
    FILE *file = fopen(name, "rb");
    int code;

    if (!file) return local_error("open", name);
    code = read_stream(decode, file, name);
    fclose(file);
    return code;
}

/* The arguments themselves, one space between each. */
static int read_arguments(struct decode *decode, int count, char **arguments)
{
    int i;

    for (i = 0; i < count; i++) {
        size_t len = strlen(arguments[i]);
        if (decode->len + len + 1 > INPUT_MOST)
            return usage_error(decode->command, "the arguments are longer than any message");
        memcpy(decode->bytes + decode->len, arguments[i], len);
        decode->len += len;
        decode->bytes[decode->len++] = ' ';
    }
    return EXIT_AS_ASKED;
}

static int read_input(struct decode *decode, int count, char **arguments)
{
    struct srflx_view text;
    int code;

    if (count == 0 || (count == 1 && !strcmp(arguments[0], "-")))
        return read_stream(decode, stdin, "standard input");
    if (count == 1 && !access(arguments[0], F_OK)) return read_file(decode, arguments[0]);
    code = read_arguments(decode, count, arguments);
    text.ptr = decode->bytes;
    text.len = decode->len;
    if (code || decode->format != FORMAT_AUTO || input_is_hex(text)) return code;
    return usage_error(decode->command, "'%s' is neither a file nor hex", arguments[0]);
}

static int decode_input(struct decode *decode)
{
    struct srflx_view message = {decode->bytes, 0};
    const char *wrong = input_decode(decode->format, decode->bytes, &decode->len);

    if (wrong) return usage_error(decode->command, "cannot read the message: %s", wrong);
    message.len = decode->len;
    dissect(message, &decode->dissection);
    if (decode->json)
        print_json(dissection_json(&decode->dissection));
    else
        dissection_print(stdout, &decode->dissection);
    return decode->dissection.error_name ? EXIT_VERDICT : EXIT_AS_ASKED;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct decode *decode = calloc(1, sizeof *decode);
    int key, code;

    if (!decode) return local_error("get", "memory");
    decode->command = self;
    key = read_options(decode, argc, argv);
    code = key == OPTION_WRONG ? EXIT_USAGE : EXIT_AS_ASKED;
    if (key == OPTION_END) {
        code = read_input(decode, argc - optind, argv + optind);
        if (!code) code = decode_input(decode);
    }
    free(decode);
    return code;
}

const struct command command_decode = {
    .name = "decode",
    .summary = "show what a message says, or where it is broken",
    .arguments = "[FILE | - | HEX...]",
    .about =
        "Reads one STUN message, and prints its header and attributes. It comes from a file or "
        "from\n"
        "standard input (- or nothing) as hex, base64 or the bytes themselves, or as hex from the\n"
        "arguments. Spaces, line breaks, colons and 0x between hex digits are skipped.\n\n"
        "Exits with 6 if the message is broken, an attribute that counts has an unusable value, "
        "or\n"
        "FINGERPRINT is wrong.",
    .options = rows,
    .run = run,
};
