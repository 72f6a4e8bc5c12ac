/* A user file as lines, comments included, to be changed and written again. */
#ifndef USER_LINES_H
#define USER_LINES_H

#include <srflx/user_file.h>

struct user_lines {
    char *text; /* whole lines */
    size_t len, cap;
};

/* Reads the file and checks all of it. If it is not there and `may_be_new`, it begins empty. Returns 0, or an error of
 * srflx/error.h with a sentence in `ret_text` (SRFLX_FILE_TEXT bytes). */
int user_lines_load(struct user_lines *ret_lines, const char *path, bool may_be_new,
                    char *ret_text);

/* Walks the entries; `*at` is 0 at first. */
bool user_lines_next(const struct user_lines *lines, size_t *at,
                     struct srflx_user_entry *ret_entry);

/* Takes out the lines of that name and realm. True if there was one. */
bool user_lines_remove(struct user_lines *lines, const struct srflx_user_entry *who);

void user_lines_add(struct user_lines *lines, const struct srflx_user_entry *entry);

/* As load(). What a server would refuse is not written. */
int user_lines_store(const struct user_lines *lines, const char *path, char *ret_text);

void user_lines_free(struct user_lines *lines);

#endif
