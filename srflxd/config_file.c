#define _GNU_SOURCE /* O_CLOEXEC, open */
#include "config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yaml.h>

#include "values.h"

enum { DEPTH_MAX = 16, KEY_SHOWN = 40 };

/* The file while it is walked. After each step `event` is the one in hand. */
struct walk {
    yaml_parser_t parser;
    yaml_event_t event;
    struct settings *settings;
    struct complaints *complaints;
};

static struct settings_place place_of(const struct walk *walk, const yaml_mark_t *mark)
{
    return (struct settings_place){SETTINGS_IN_FILE, walk->settings->file, (unsigned)mark->line + 1,
                                   (unsigned)mark->column + 1};
}

static void wrong_at(struct walk *walk, const yaml_mark_t *mark, const char *subject,
                     const char *what)
{
    const struct settings_place place = place_of(walk, mark);

    complain(walk->complaints, COMPLAINT_WRONG, "%s:%u:%u: %s%s%s", place.file, place.line,
             place.column, subject, *subject ? ": " : "", what);
}

/* About the event in hand. */
static void wrong(struct walk *walk, const char *subject, const char *what)
{
    wrong_at(walk, &walk->event.start_mark, subject, what);
}

static void out_of_memory(const struct settings *settings, struct complaints *complaints)
{
    complain(complaints, COMPLAINT_REFUSED, "%s: out of memory", settings->file);
}

/* What libyaml says about text that is no YAML. Bytes that are no characters it counts from the
 * start of the file, everything else has a mark. */
static void explain(struct walk *walk)
{
    const yaml_parser_t *parser = &walk->parser;
    char what[200];

    if (parser->error == YAML_MEMORY_ERROR) {
        out_of_memory(walk->settings, walk->complaints);
        return;
    }
    snprintf(what, sizeof what, "%s%s%s", parser->problem, parser->context ? " " : "",
             parser->context ? parser->context : "");
    if (parser->error == YAML_READER_ERROR) {
        yaml_mark_t mark = {0, 0, 0};
        const unsigned char *at = parser->input.string.start;
        for (const unsigned char *end = at + parser->problem_offset; at < end; at++) {
            mark.column = *at == '\n' ? 0 : mark.column + ((*at & 0xc0) != 0x80);
            mark.line += *at == '\n';
        }
        wrong_at(walk, &mark, "", what);
        return;
    }
    wrong_at(walk, &parser->problem_mark, "", what);
}

/* The next event; false, and none in hand, where the text is no YAML. */
static bool advance(struct walk *walk)
{
    yaml_event_delete(&walk->event);
    if (yaml_parser_parse(&walk->parser, &walk->event)) return true;
    explain(walk);
    return false;
}

static int depth_change(yaml_event_type_t type)
{
    switch (type) {
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return 1;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return -1;
    default:
        return 0;
    }
}

/* Goes to the last event of the node whose first one is in hand. */
static bool skip(struct walk *walk)
{
    int depth = depth_change(walk->event.type);

    while (depth > 0) {
        if (!advance(walk)) return false;
        depth += depth_change(walk->event.type);
        if (depth <= DEPTH_MAX) continue;
        wrong(walk, "", "nested too deeply; the rest is not read");
        return false;
    }
    return true;
}

/* True if the node in hand is plain: no alias, no anchor, no tag. They could be resolved, but a
 * configuration says in each place what it means. */
static bool is_plain(struct walk *walk, const char *key)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    switch (walk->event.type) {
    case YAML_ALIAS_EVENT:
        wrong(walk, key, "an alias (*); want the value itself");
        return false;
    case YAML_SCALAR_EVENT:
        anchor = walk->event.data.scalar.anchor;
        tag = walk->event.data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = walk->event.data.sequence_start.anchor;
        tag = walk->event.data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = walk->event.data.mapping_start.anchor;
        tag = walk->event.data.mapping_start.tag;
        break;
    default:
        break;
    }
    if (anchor) wrong(walk, key, "an anchor (&); want the value alone");
    if (tag) wrong(walk, key, "a tag (!); want the value alone");
    return !anchor && !tag;
}

/* The text of the scalar in hand, or NULL and a complaint. An empty plain one is YAML's null. */
static const char *scalar(struct walk *walk, const char *key)
{
    const char *text = (const char *)walk->event.data.scalar.value;
    const size_t len = walk->event.data.scalar.length;
    const bool is_bare = walk->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

    if (!is_plain(walk, key)) return NULL;
    if (is_bare && (!len || !strcmp(text, "~") || !strcmp(text, "null"))) {
        wrong(walk, key, "the value is missing; remove the key, or write \"\" for an empty text");
        return NULL;
    }
    if (strlen(text) == len) return text;
    wrong(walk, key, "the value has a NUL in it");
    return NULL;
}

static void set(struct walk *walk, const struct settings_row *row)
{
    const struct settings_place place = place_of(walk, &walk->event.start_mark);
    const char *text = scalar(walk, row->key);

    if (text) settings_set(walk->settings, row, text, &place, walk->complaints);
}

static bool read_list(struct walk *walk, const struct settings_row *row)
{
    const struct settings_place place = place_of(walk, &walk->event.start_mark);

    (void)is_plain(walk, row->key);
    settings_set_empty(walk->settings, row, &place);
    for (;;) {
        if (!advance(walk)) return false;
        if (walk->event.type == YAML_SEQUENCE_END_EVENT) return true;
        if (walk->event.type == YAML_SCALAR_EVENT) {
            set(walk, row);
            continue;
        }
        if (is_plain(walk, row->key)) wrong(walk, row->key, "nested; want a list of values");
        if (!skip(walk)) return false;
    }
}

/* The value of a key; one value does for a list too. */
static bool read_value(struct walk *walk, const struct settings_row *row)
{
    const char *want = value_is_list(row) ? "want a value or a list" : "want one value";
    char what[60];

    if (!advance(walk)) return false;
    if (walk->event.type == YAML_SCALAR_EVENT) {
        set(walk, row);
        return true;
    }
    if (walk->event.type == YAML_SEQUENCE_START_EVENT && value_is_list(row))
        return read_list(walk, row);
    if (is_plain(walk, row->key)) {
        snprintf(what, sizeof what, "a %s; %s",
                 walk->event.type == YAML_SEQUENCE_START_EVENT ? "list" : "mapping", want);
        wrong(walk, row->key, what);
    }
    return skip(walk);
}

static void wrong_key(struct walk *walk, const char *key, size_t len)
{
    const char *meant = settings_suggest(key, len);
    char subject[KEY_SHOWN + 1], what[80] = "no such key";

    snprintf(subject, sizeof subject, "%s", key);
    if (meant) snprintf(what, sizeof what, "no such key; did you mean %s?", meant);
    wrong(walk, subject, what);
}

/* The row of the key in hand, or NULL and a complaint. */
static const struct settings_row *read_key(struct walk *walk)
{
    const char *key = (const char *)walk->event.data.scalar.value;
    const size_t len = walk->event.data.scalar.length;
    const struct settings_row *row;
    const struct settings_place *before;
    char what[60];

    if (walk->event.type != YAML_SCALAR_EVENT) {
        if (is_plain(walk, "")) wrong(walk, "", "want a key here");
        return NULL;
    }
    if (!is_plain(walk, "")) return NULL;
    row = settings_find(key, len);
    if (!row) {
        wrong_key(walk, key, len);
        return NULL;
    }
    before = settings_place(walk->settings, row);
    if (before->origin != SETTINGS_IN_FILE) return row;
    snprintf(what, sizeof what, "stands in line %u already", before->line);
    wrong(walk, row->key, what);
    return NULL;
}

static bool read_mapping(struct walk *walk)
{
    for (;;) {
        const struct settings_row *row;
        if (!advance(walk)) return false;
        if (walk->event.type == YAML_MAPPING_END_EVENT) return true;
        row = read_key(walk);
        if (row) {
            if (!read_value(walk, row)) return false;
        } else if (!skip(walk) || !advance(walk) || !skip(walk)) {
            return false;
        }
    }
}

/* Nothing at all, or a null, is as good as a mapping without keys. */
static bool is_empty(const yaml_event_t *event)
{
    return event->type == YAML_SCALAR_EVENT && !event->data.scalar.length &&
           event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool read_document(struct walk *walk)
{
    if (!advance(walk)) return false;
    if (is_empty(&walk->event)) return true;
    if (walk->event.type == YAML_MAPPING_START_EVENT) {
        (void)is_plain(walk, "");
        return read_mapping(walk);
    }
    if (is_plain(walk, "")) wrong(walk, "", "want keys with values, such as port: 3478");
    return skip(walk);
}

static void read_stream(struct walk *walk)
{
    unsigned documents = 0;

    while (advance(walk) && walk->event.type != YAML_STREAM_END_EVENT) {
        if (walk->event.type != YAML_DOCUMENT_START_EVENT) continue;
        if (documents++) {
            wrong(walk, "", "a second document; want one");
            return;
        }
        if (!read_document(walk)) return;
    }
}

/* libyaml takes a byte order mark for indentation, once it has been told that the text is UTF-8. */
static struct srflx_view without_mark(struct srflx_view bytes)
{
    if (bytes.len < 3 || memcmp(bytes.ptr, "\xef\xbb\xbf", 3)) return bytes;
    return (struct srflx_view){bytes.ptr + 3, bytes.len - 3};
}

void config_file_parse(struct srflx_view bytes, struct settings *settings,
                       struct complaints *complaints)
{
    const struct srflx_view text = without_mark(bytes);
    struct walk walk = {.settings = settings, .complaints = complaints};

    if (!yaml_parser_initialize(&walk.parser)) {
        out_of_memory(settings, complaints);
        return;
    }
    yaml_parser_set_encoding(&walk.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&walk.parser, text.ptr, text.len);
    read_stream(&walk);
    yaml_event_delete(&walk.event);
    yaml_parser_delete(&walk.parser);
}

/* Opens what can be read as a file; else says why not. Non-blocking, since to open a FIFO would wait
 * for somebody who writes. */
static int open_file(const char *name, const char **ret_reason)
{
    const int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat status;

    if (fd < 0 || fstat(fd, &status))
        *ret_reason = strerror(errno);
    else if (S_ISDIR(status.st_mode))
        *ret_reason = "a directory; want a file";
    else if (!S_ISREG(status.st_mode))
        *ret_reason = "not a regular file";
    return fd;
}

/* The length of the whole file; the byte beyond the limit shows that there is more. */
static size_t read_all(int fd, uint8_t *ret_bytes, const char **ret_reason)
{
    size_t len = 0;

    while (len <= CONFIG_FILE_MAX) {
        const ssize_t got = read(fd, ret_bytes + len, CONFIG_FILE_MAX + 1 - len);
        if (!got) return len;
        if (got > 0) len += (size_t)got;
        if (got > 0 || errno == EINTR) continue;
        *ret_reason = strerror(errno);
        return 0;
    }
    *ret_reason = "longer than 1 MiB";
    return 0;
}

void config_file_read(struct settings *settings, struct complaints *complaints)
{
    uint8_t *bytes = malloc(CONFIG_FILE_MAX + 1);
    const char *reason = NULL;
    size_t len = 0;
    int fd;

    if (!bytes) {
        out_of_memory(settings, complaints);
        return;
    }
    fd = open_file(settings->file, &reason);
    if (!reason) len = read_all(fd, bytes, &reason);
    if (reason)
        complain(complaints, COMPLAINT_WRONG, "%s: cannot read the configuration: %s",
                 settings->file, reason);
    else
        config_file_parse((struct srflx_view){bytes, len}, settings, complaints);
    if (fd >= 0) close(fd);
    explicit_bzero(bytes, CONFIG_FILE_MAX + 1);
    free(bytes);
}
