#include <srflx/user_file.h>
#include <srflx/wipe.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text_lines.h"

enum { FILE_MOST = 1 << 30 };

static const char first_line[] = "srflx-users 1";

static bool take_prefix(struct srflx_view *field, const char *prefix)
{
    const size_t len = strlen(prefix);

    if (field->len < len || memcmp(field->ptr, prefix, len) != 0) return false;
    field->ptr += len;
    field->len -= len;
    return true;
}

static const char *read_password(struct srflx_view field, struct srflx_user_entry *entry)
{
    if (entry->realm.len) return "only short-term credentials have a password here";
    if (!field.len || field.len / 2 > sizeof entry->password)
        return "the password has no bytes, or more than 763";
    entry->password_len = field.len / 2;
    if (!srflxi_text_read_hex(field, entry->password, entry->password_len))
        return "the password is not in hex digits";
    return NULL;
}

static const char *read_secret(struct srflx_view field, struct srflx_user_entry *entry)
{
    if (take_prefix(&field, "password:")) return read_password(field, entry);
    if (!entry->realm.len) return "short-term credentials have a password alone";
    if (take_prefix(&field, "md5:")) {
        entry->has_md5 = true;
        return srflxi_text_read_hex(field, entry->md5, sizeof entry->md5)
                   ? NULL
                   : "md5 is not 32 hex digits";
    }
    if (take_prefix(&field, "sha256:")) {
        entry->has_sha256 = true;
        return srflxi_text_read_hex(field, entry->sha256, sizeof entry->sha256)
                   ? NULL
                   : "sha256 is not 64 hex digits";
    }
    return "want md5:, sha256: or password: and hex digits";
}

static const char *read_entry(struct srflx_view line, struct srflx_user_entry *entry)
{
    const char *what = NULL;
    struct srflx_view field;

    if (!srflxi_text_field_next(&line, '\t', &entry->name) || !entry->name.len)
        return "there is no name";
    if (entry->name.len > SRFLX_USER_NAME_MAX) return "the name has more than 508 bytes";
    if (!srflxi_text_field_next(&line, '\t', &entry->realm) || !entry->realm.len)
        return "there is no realm; - means short-term credentials";
    if (srflxi_text_equal(entry->realm, "-")) entry->realm.len = 0;
    if (!line.len) return "there is no key";
    while (!what && srflxi_text_field_next(&line, '\t', &field))
        what = read_secret(field, entry);
    return what;
}

int srflx_user_entry_parse(struct srflx_view line, struct srflx_user_entry *ret_entry,
                           const char **ret_what)
{
    struct srflx_user_entry entry = {.has_md5 = false};
    const char *what = read_entry(line, &entry);

    if (what)
        *ret_what = what;
    else
        *ret_entry = entry;
    srflx_wipe(&entry, sizeof entry);
    return what ? SRFLX_ERROR_VALUE : 0;
}

/* Does it come back as it was, between two tabs? */
static bool is_plain(struct srflx_view text)
{
    return text.len && text.len <= SRFLX_USER_NAME_MAX && !memchr(text.ptr, '\t', text.len) &&
           !memchr(text.ptr, '\n', text.len) && !memchr(text.ptr, '\r', text.len) &&
           !memchr(text.ptr, '\0', text.len);
}

bool srflx_user_entry_has_names(const struct srflx_user_entry *entry)
{
    if (!is_plain(entry->name) || entry->name.ptr[0] == '#') return false;
    return !entry->realm.len || (is_plain(entry->realm) && !srflxi_text_equal(entry->realm, "-"));
}

static bool is_sound(const struct srflx_user_entry *entry)
{
    if (!srflx_user_entry_has_names(entry)) return false;
    if (!entry->realm.len) return entry->password_len && !entry->has_md5 && !entry->has_sha256;
    return !entry->password_len && (entry->has_md5 || entry->has_sha256);
}

static char *put_secret(char *to, const char *kind, const uint8_t *bytes, size_t len)
{
    to += sprintf(to, "\t%s:", kind);
    srflxi_text_write_hex((struct srflx_view){bytes, len}, to);
    return to + 2 * len;
}

size_t srflx_user_entry_write(const struct srflx_user_entry *entry, char *ret_line)
{
    char *to = ret_line;

    if (!is_sound(entry)) return 0;
    to += sprintf(to, "%.*s\t%.*s", (int)entry->name.len, (const char *)entry->name.ptr,
                  entry->realm.len ? (int)entry->realm.len : 1,
                  entry->realm.len ? (const char *)entry->realm.ptr : "-");
    if (entry->has_md5) to = put_secret(to, "md5", entry->md5, sizeof entry->md5);
    if (entry->has_sha256) to = put_secret(to, "sha256", entry->sha256, sizeof entry->sha256);
    if (entry->password_len) to = put_secret(to, "password", entry->password, entry->password_len);
    *to++ = '\n';
    *to = '\0';
    return (size_t)(to - ret_line);
}

void srflx_user_entry_hash(const struct srflx_user_entry *entry, struct srflx_userhash *ret_hash)
{
    const struct srflx_identity who = {entry->name, entry->realm};

    srflx_userhash_compute(&who, ret_hash);
}

static int wrong(const char *name, unsigned line, const char *what, char *ret_text)
{
    snprintf(ret_text, SRFLX_FILE_TEXT, "%s:%u: %s", name, line, what);
    return SRFLX_ERROR_VALUE;
}

static const char *add_line(struct srflx_users *users, struct srflx_view line)
{
    struct srflx_user_entry entry;
    struct srflx_user user = {.password = {NULL, 0}};
    const char *what;
    int error;

    if (srflx_user_entry_parse(line, &entry, &what)) return what;
    srflx_user_entry_hash(&entry, &user.hash);
    if (entry.has_md5) user.md5 = (struct srflx_view){entry.md5, sizeof entry.md5};
    if (entry.has_sha256) user.sha256 = (struct srflx_view){entry.sha256, sizeof entry.sha256};
    user.password = (struct srflx_view){entry.password, entry.password_len};
    error = srflx_users_add(users, &user);
    srflx_wipe(&entry, sizeof entry);
    return error ? "this name is in the realm already, or name and realm make the same text as "
                   "another line's"
                 : NULL;
}

static size_t count_lines(struct srflx_view bytes)
{
    struct srflxi_text_lines lines = {bytes, 0};
    struct srflx_view line;
    size_t count = 0;

    while (srflxi_text_lines_next(&lines, &line))
        count++;
    return count;
}

/* The length stands in front, for the wiping; the table behind it is aligned as malloc's memory. */
struct owned {
    size_t len;
    max_align_t table[];
};

static struct srflx_users *new_users(size_t count)
{
    size_t len = srflx_users_size(count);
    struct owned *owned = len ? malloc(sizeof *owned + len) : NULL;
    struct srflx_users *users;

    if (!owned) return NULL;
    owned->len = len;
    if (!srflx_users_init(owned->table, len, count, &users)) return users;
    free(owned);
    return NULL;
}

void srflx_user_file_free(struct srflx_users *users)
{
    struct owned *owned;

    if (!users) return;
    owned = (struct owned *)(void *)((char *)users - offsetof(struct owned, table));
    srflx_wipe(owned->table, owned->len);
    free(owned);
}

int srflx_user_file_parse(struct srflx_view bytes, const char *name, struct srflx_users **ret_users,
                          char *ret_text)
{
    struct srflxi_text_lines lines = {bytes, 0};
    struct srflx_users *users;
    struct srflx_view line;

    if (!srflxi_text_lines_next(&lines, &line) || !srflxi_text_equal(line, first_line))
        return wrong(name, lines.number, "want \"srflx-users 1\": this is another kind of file",
                     ret_text);
    users = new_users(count_lines(lines.rest));
    if (!users)
        return wrong(name, lines.number, "there is not enough memory for so many users", ret_text);
    while (srflxi_text_lines_next(&lines, &line)) {
        const char *what = add_line(users, line);
        if (!what) continue;
        srflx_user_file_free(users);
        return wrong(name, lines.number, what, ret_text);
    }
    *ret_users = users;
    return 0;
}

int srflx_user_file_load(const char *path, struct srflx_users **ret_users, char *ret_text)
{
    uint8_t *bytes;
    size_t len;
    int error = srflx_secret_file_read(path, FILE_MOST, &bytes, &len, ret_text);

    if (error) return error;
    error = srflx_user_file_parse((struct srflx_view){bytes, len}, path, ret_users, ret_text);
    srflx_secret_file_free(bytes, len);
    return error;
}
