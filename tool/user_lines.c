#include "user_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <srflx/wipe.h>

enum { FILE_MOST = 1 << 30 };

static void append(struct user_lines *lines, const char *text, size_t len)
{
    if (!lines->text || len > lines->cap - lines->len) {
        const size_t cap = (lines->len + len) * 2 + 1;
        char *larger = malloc(cap);
        if (!larger) abort();
        if (lines->text) memcpy(larger, lines->text, lines->len);
        user_lines_free(&(struct user_lines){lines->text, lines->len, lines->cap});
        lines->text = larger;
        lines->cap = cap;
    }
    memcpy(lines->text + lines->len, text, len);
    lines->len += len;
}

/* The table is made to see that every line is sound, and then not needed. */
static int check(const struct user_lines *lines, const char *path, char *ret_text)
{
    const struct srflx_view bytes = {(const uint8_t *)lines->text, lines->len};
    struct srflx_users *users;
    int error = srflx_user_file_parse(bytes, path, &users, ret_text);

    if (!error) srflx_user_file_free(users);
    return error;
}

int user_lines_load(struct user_lines *ret_lines, const char *path, bool may_be_new, char *ret_text)
{
    static const char first_line[] = "srflx-users 1\n";
    struct user_lines lines = {NULL, 0, 0};
    uint8_t *bytes;
    size_t len;
    int error;

    if (may_be_new && access(path, F_OK)) {
        append(&lines, first_line, sizeof first_line - 1);
        *ret_lines = lines;
        return 0;
    }
    error = srflx_secret_file_read(path, FILE_MOST, &bytes, &len, ret_text);
    if (error) return error;
    append(&lines, (const char *)bytes, len);
    if (len && bytes[len - 1] != '\n') append(&lines, "\n", 1);
    srflx_secret_file_free(bytes, len);
    error = check(&lines, path, ret_text);
    if (error)
        user_lines_free(&lines);
    else
        *ret_lines = lines;
    return error;
}

/* The line at `at`, with its end. False behind the last. */
static bool line_at(const struct user_lines *lines, size_t at, struct srflx_view *ret_line)
{
    const char *end;

    if (at >= lines->len) return false;
    end = memchr(lines->text + at, '\n', lines->len - at);
    ret_line->ptr = (const uint8_t *)lines->text + at;
    ret_line->len = end ? (size_t)(end - (lines->text + at)) + 1 : lines->len - at;
    return true;
}

/* False for comments, empty lines and the first one. */
static bool is_entry(struct srflx_view line, struct srflx_user_entry *ret_entry)
{
    const char *what;

    while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    if (!line.len || line.ptr[0] == '#') return false;
    return !srflx_user_entry_parse(line, ret_entry, &what);
}

bool user_lines_next(const struct user_lines *lines, size_t *at, struct srflx_user_entry *ret_entry)
{
    struct srflx_view line;

    while (line_at(lines, *at, &line)) {
        *at += line.len;
        if (is_entry(line, ret_entry)) return true;
    }
    return false;
}

static bool same(struct srflx_view a, struct srflx_view b)
{
    return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

bool user_lines_remove(struct user_lines *lines, const struct srflx_user_entry *who)
{
    struct srflx_user_entry entry;
    struct srflx_view line;
    bool found = false;
    size_t at = 0;

    while (line_at(lines, at, &line)) {
        if (!is_entry(line, &entry) || !same(entry.name, who->name) ||
            !same(entry.realm, who->realm)) {
            at += line.len;
            continue;
        }
        memmove(lines->text + at, lines->text + at + line.len, lines->len - at - line.len);
        lines->len -= line.len;
        found = true;
    }
    srflx_wipe(&entry, sizeof entry);
    return found;
}

void user_lines_add(struct user_lines *lines, const struct srflx_user_entry *entry)
{
    char line[SRFLX_USER_LINE_MAX];
    const size_t len = srflx_user_entry_write(entry, line);

    if (!len) abort(); /* srflx_user_entry_has_names() */
    append(lines, line, len);
    srflx_wipe(line, sizeof line);
}

int user_lines_store(const struct user_lines *lines, const char *path, char *ret_text)
{
    const struct srflx_view bytes = {(const uint8_t *)lines->text, lines->len};
    int error = check(lines, path, ret_text);

    return error ? error : srflx_secret_file_replace(path, bytes, ret_text);
}

void user_lines_free(struct user_lines *lines)
{
    if (lines->text) srflx_wipe(lines->text, lines->cap);
    free(lines->text);
}
