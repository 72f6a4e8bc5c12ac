#include "output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <srflx/addr.h>

/* https://no-color.org: set and not empty. */
static bool may_emphasise(FILE *to)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if (no_color && *no_color) return false;
    if (!term || !strcmp(term, "dumb")) return false;
    return isatty(fileno(to)) == 1;
}

void print_emphasised(FILE *to, enum emphasis emphasis, const char *format, ...)
{
    static const char *const codes[] = {[STRONG] = "1", [FAINT] = "2", [ALARM] = "31"};
    bool colour = may_emphasise(to);
    va_list arguments;

    if (colour) fprintf(to, "\033[%sm", codes[emphasis]);
    va_start(arguments, format);
    vfprintf(to, format, arguments);
    va_end(arguments);
    if (colour) fputs("\033[0m", to);
}

bool is_utf8(struct srflx_view text)
{
    json_t *string = json_stringn((const char *)text.ptr, text.len);

    json_decref(string);
    return string != NULL;
}

/* C0, DEL, and the C1 controls, which are C2 80 to C2 9F in UTF-8. */
static bool is_control(struct srflx_view text, size_t at)
{
    uint8_t byte = text.ptr[at];

    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && at + 1 < text.len) return text.ptr[at + 1] < 0xA0;
    return at > 0 && text.ptr[at - 1] == 0xC2 && byte < 0xA0;
}

char *escape_text(struct srflx_view text)
{
    bool utf8 = is_utf8(text);
    size_t at, size = 0;
    char *escaped = NULL;
    FILE *to = open_memstream(&escaped, &size);

    if (!to) abort();
    for (at = 0; at < text.len; at++) {
        uint8_t byte = text.ptr[at];
        if (byte == '"' || byte == '\\')
            fprintf(to, "\\%c", byte);
        else if (is_control(text, at) || (byte >= 0x80 && !utf8))
            fprintf(to, "\\x%02x", byte);
        else
            fputc(byte, to);
    }
    fclose(to);
    return escaped;
}

json_t *json_text(struct srflx_view text)
{
    json_t *string = json_stringn((const char *)text.ptr, text.len);

    if (!string) {
        char *escaped = escape_text(text);
        string = json_string(escaped);
        free(escaped);
    }
    return string;
}

json_t *json_hex(struct srflx_view bytes)
{
    char *digits = malloc(2 * bytes.len + 1);
    json_t *string;
    size_t at;

    if (!digits) abort();
    digits[0] = '\0';
    for (at = 0; at < bytes.len; at++)
        sprintf(digits + 2 * at, "%02x", bytes.ptr[at]);
    string = json_string(digits);
    free(digits);
    return string;
}

const char *family_name(const struct srflx_addr *addr)
{
    return addr->family == SRFLX_IPV4 ? "IPv4" : "IPv6";
}

json_t *json_addr(const struct srflx_addr *addr)
{
    char ip[SRFLX_ADDR_TEXT];

    return json_pack("{s:s, s:i, s:s}", "address", srflx_addr_write_ip(addr, ip), "port",
                     addr->port, "family", family_name(addr));
}

/* ASCII alone: what the network sends cannot drive a terminal. */
void print_json(json_t *value)
{
    json_dumpf(value, stdout, JSON_REAL_PRECISION(9) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(value);
}
