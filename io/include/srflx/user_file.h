/* The users of a server as a file: their keys, never their passwords, which long-term credentials do not need.
 * (The key of short-term credentials *is* the password: RFC 8489 section 9.1.1.)
 * Sources: RFC 8489 sections 9.1, 9.2.2 and 14.4; the format is ours. Fields are separated by tabs, which no prepared
 * name contains; realm `-` means short-term credentials.
 *
 *     srflx-users 1
 *     alice TAB example.org TAB md5:8493... TAB sha256:07e9...
 *     evtj:h6vY TAB - TAB password:564f...
 *
 * Empty lines and lines that begin with # do not count.
 *
 *     if (srflx_user_file_load(path, &users, text)) return complain(text);
 *     guard_config.users = users;
 *     ...
 *     srflx_user_file_free(users);
 */
#ifndef SRFLX_USER_FILE_H
#define SRFLX_USER_FILE_H

#include <srflx/secret_file.h>
#include <srflx/users.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SRFLX_USER_NAME_MAX = 508, SRFLX_USER_PASSWORD_MAX = 763, SRFLX_USER_LINE_MAX = 4096 };

/* One line. Long-term: `realm` is not empty, and one of the two keys is there; short-term: the password
 * alone. Views borrow the line. */
struct srflx_user_entry {
    struct srflx_view name, realm;
    bool has_md5, has_sha256;
    uint8_t md5[16], sha256[32];
    size_t password_len;
    uint8_t password[SRFLX_USER_PASSWORD_MAX];
};

/* A line, without its end. Returns 0, or SRFLX_ERROR_VALUE with what is wrong in `ret_what` (static text). */
SRFLX_MUST_USE int srflx_user_entry_parse(struct srflx_view line,
                                          struct srflx_user_entry *ret_entry,
                                          const char **ret_what);

/* Can name and realm stand in a line? Not if they are longer than SRFLX_USER_NAME_MAX bytes or have a tab, a line end or
 * a NUL in them, nor can a name that begins with #, or the realm `-`. */
bool srflx_user_entry_has_names(const struct srflx_user_entry *entry);

/* Writes the line with its end into SRFLX_USER_LINE_MAX bytes; returns its length, 0 if the entry does not make a
 * line (no names that can stand in one, or no key). */
size_t srflx_user_entry_write(const struct srflx_user_entry *entry, char *ret_line);

/* The hash that the entry is looked up by. */
void srflx_user_entry_hash(const struct srflx_user_entry *entry, struct srflx_userhash *ret_hash);

/* The table of a file that nobody else can read (secret_file.h). The caller frees it. Returns 0,
 * SRFLX_ERROR_SYSTEM or SRFLX_ERROR_VALUE; `ret_text` (SRFLX_FILE_TEXT bytes) then says what and where. */
SRFLX_MUST_USE int srflx_user_file_load(const char *path, struct srflx_users **ret_users,
                                        char *ret_text);

/* The same of bytes; `name` stands for the file in `ret_text`. */
SRFLX_MUST_USE int srflx_user_file_parse(struct srflx_view bytes, const char *name,
                                         struct srflx_users **ret_users, char *ret_text);

/* Wipes and frees the table. NULL is nothing. */
void srflx_user_file_free(struct srflx_users *users);

#ifdef __cplusplus
}
#endif
#endif
