/* srflx decode: what a message says, or where it is broken; one message, or all of a capture. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <srflx/addr.h>

#include "capture.h"
#include "command.h"
#include "credentials.h"
#include "explain.h"
#include "input.h"
#include "options.h"
#include "output.h"

/* The longest message as hex with a "0x" and two separators for each byte. */
enum { INPUT_MOST = 6 * SRFLX_MESSAGE_MAX };

enum { KEY_FORMAT = OPTION_LONG, KEY_JSON };

static const struct option_row rows[] = {
    {KEY_FORMAT, "format", "FORMAT", "hex, base64, binary or pcap; told by the bytes if not given"},
    CREDENTIAL_ROWS("check integrity, with the credentials of NAME",
                    "long-term: of this realm; REALM in the message if not given"),
    {KEY_JSON, "json", NULL, "print one JSON object for each message"},
    {0, NULL, NULL, NULL},
};

struct decode {
    const struct command *command;
    enum input_format format;
    bool json;
    struct credentials credentials;
    bool verify; /* there are some */
    uint8_t bytes[INPUT_MOST + 1];
    size_t len;
    bool broken, forged; /* at least one message was */
};

static int read_options(struct decode *decode, int argc, char **argv)
{
    struct options o;
    int key;

    options_begin(&o, decode->command, argc, argv);
    while ((key = options_next(&o)) != OPTION_END) {
        if (key == OPTION_WRONG || key == OPTION_HELP) return key;
        if (credentials_take(&decode->credentials, key, o.value)) decode->verify = true;
        if (key == KEY_JSON) decode->json = true;
        if (key == KEY_FORMAT && !input_format_parse(o.value, &decode->format)) {
            usage_error(decode->command, "--format wants hex, base64, binary or pcap, not '%s'",
                        o.value);
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

/* All that is known of one message. */
struct examination {
    struct verdict verdict;
    struct verification checks, *verification; /* NULL without credentials */
};

static void examine(struct decode *decode, struct srflx_view message, struct examination *ret_x)
{
    judge(message, &ret_x->verdict);
    decode->broken |= ret_x->verdict.broken;
    ret_x->verification = NULL;
    if (!decode->verify) return;
    verify(&decode->credentials, message, &ret_x->checks);
    ret_x->verification = &ret_x->checks;
    if (verification_failure(&ret_x->checks)) decode->forged = true;
}

static int exit_code(const struct decode *decode)
{
    if (decode->broken) return EXIT_VERDICT;
    return decode->forged ? EXIT_INTEGRITY : EXIT_AS_ASKED;
}

static int decode_input(struct decode *decode)
{
    struct srflx_view message = {decode->bytes, 0};
    const char *wrong = input_decode(decode->format, decode->bytes, &decode->len);
    struct examination x;

    if (wrong) return usage_error(decode->command, "cannot read the message: %s", wrong);
    message.len = decode->len;
    examine(decode, message, &x);
    if (decode->json)
        print_json(explanation_json(message, &x.verdict, x.verification));
    else
        print_explanation(stdout, message, &x.verdict, x.verification);
    return exit_code(decode);
}

static const char *transport_name(const struct capture_message *captured)
{
    return captured->packet.transport == SRFLX_UDP ? "UDP" : "TCP";
}

static void print_captured(const struct capture_message *captured, const struct examination *x)
{
    char from[SRFLX_ADDR_TEXT], to[SRFLX_ADDR_TEXT];

    print_emphasised(stdout, STRONG, "packet %lu, %.6f s, %s to %s over %s\n", captured->number,
                     captured->seconds, srflx_addr_write(&captured->packet.from, from),
                     srflx_addr_write(&captured->packet.to, to), transport_name(captured));
    print_explanation(stdout, captured->packet.bytes, &x->verdict, x->verification);
    putchar('\n');
}

static void print_captured_json(const struct capture_message *captured, const struct examination *x)
{
    json_t *all = explanation_json(captured->packet.bytes, &x->verdict, x->verification);
    const struct srflx_packet *packet = &captured->packet;

    json_object_set_new(all, "packet",
                        json_pack("{s:I, s:f, s:o, s:o, s:s}", "number",
                                  (json_int_t)captured->number, "seconds", captured->seconds,
                                  "from", json_addr(&packet->from), "to", json_addr(&packet->to),
                                  "transport", transport_name(captured)));
    print_json(all);
}

static void decode_captured(void *user, const struct capture_message *captured)
{
    struct decode *decode = user;
    struct examination x;

    examine(decode, captured->packet.bytes, &x);
    if (decode->json)
        print_captured_json(captured, &x);
    else
        print_captured(captured, &x);
}

/* What was left out is said beside the messages, not among them. */
static void report_counts(const struct capture_counts *counts)
{
    fprintf(stderr, "srflx decode: %lu messages in %lu packets\n", counts->messages,
            counts->packets);
    if (counts->fragments)
        fprintf(stderr, "srflx decode: %lu IP fragments were not put together\n",
                counts->fragments);
    if (counts->lost_streams)
        fprintf(stderr, "srflx decode: %lu TCP streams could not be followed to their end\n",
                counts->lost_streams);
}

static int decode_capture(struct decode *decode, const char *path)
{
    char error[CAPTURE_ERROR];
    struct capture_counts counts;
    const char *wrong = capture_read(path, decode_captured, decode, &counts, error);

    if (wrong) {
        fprintf(stderr, "srflx decode: cannot read %s: %s\n", path, wrong);
        return EXIT_LOCAL;
    }
    report_counts(&counts);
    return counts.messages ? exit_code(decode) : EXIT_VERDICT;
}

/* The file to read as a capture, NULL if it is none. What is no regular file cannot be looked at twice,
 * so there the format has to be named. */
static const char *capture_path(const struct decode *decode, int count, char **arguments)
{
    struct stat status;
    uint8_t start[4];
    struct srflx_view view = {start, 0};
    FILE *file;

    if (decode->format == FORMAT_PCAP) return count ? arguments[0] : "-";
    if (decode->format != FORMAT_AUTO || count != 1) return NULL;
    if (stat(arguments[0], &status) || !S_ISREG(status.st_mode)) return NULL;
    file = fopen(arguments[0], "rb");
    if (!file) return NULL;
    view.len = fread(start, 1, sizeof start, file);
    fclose(file);
    return is_capture(view) ? arguments[0] : NULL;
}

static int decode_arguments(struct decode *decode, int count, char **arguments)
{
    const char *path = capture_path(decode, count, arguments);
    int code;

    if (path) return decode_capture(decode, path);
    code = read_input(decode, count, arguments);
    return code ? code : decode_input(decode);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct decode *decode = calloc(1, sizeof *decode);
    int key, code;

    if (!decode) return local_error("get", "memory");
    decode->command = self;
    key = read_options(decode, argc, argv);
    code = key == OPTION_WRONG ? EXIT_USAGE : EXIT_AS_ASKED;
    if (key == OPTION_END &&
        (!decode->verify || credentials_prepare(&decode->credentials, self, &code)))
        code = decode_arguments(decode, argc - optind, argv + optind);
    credentials_clean_up(&decode->credentials);
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
        "arguments. Spaces, line breaks, colons and 0x between hex digits are skipped.\n"
        "From a pcap or pcapng file, all its STUN messages over UDP and TCP; from standard input "
        "that\n"
        "takes --format pcap.\n"
        "With credentials, says whether integrity is right.\n\n"
        "Exits with 6 if a message is broken, an attribute that counts has an unusable value, or\n"
        "FINGERPRINT is wrong; and if a capture holds no STUN message. Else with 5 if integrity "
        "is\n"
        "wrong.",
    .options = rows,
    .run = run,
};
