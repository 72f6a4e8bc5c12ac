#define _POSIX_C_SOURCE 200809L /* st_mtim */
#include "watch.h"

#include <string.h>

static const char *listed(const struct settings_texts *texts, unsigned number)
{
    return number < texts->count ? texts->list[number] : NULL;
}

static const char *path_of(const struct settings *settings, unsigned number)
{
    const char *const paths[] = {settings->user_file, settings->key_file, settings->token_key_file};
    const unsigned count = sizeof paths / sizeof *paths;

    if (number < count) return paths[number];
    number -= count;
    if (number < SETTINGS_CERTIFICATES_MAX) return listed(&settings->certificate, number);
    return listed(&settings->certificate_key, number - SETTINGS_CERTIFICATES_MAX);
}

void watch_look(struct watch *watch, const struct settings *settings)
{
    memset(watch, 0, sizeof *watch);
    for (unsigned i = 0; i < WATCHED; i++)
        if (path_of(settings, i) && stat(path_of(settings, i), &watch->seen[i]))
            memset(&watch->seen[i], 0, sizeof watch->seen[i]);
}

/* A file that is written in place keeps its number, one that is replaced keeps nothing. */
static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid;
}

const char *watch_find_change(const struct watch *watch, const struct settings *settings)
{
    struct stat now;

    for (unsigned i = 0; i < WATCHED; i++) {
        const char *path = path_of(settings, i);
        if (path && !stat(path, &now) && !is_same(&now, &watch->seen[i])) return path;
    }
    return NULL;
}
