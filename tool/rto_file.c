#include "rto_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <srflx/addr.h>
#include <srflx/clock.h>
#include <srflx/secret_file.h>

enum { PATH = 4096, LINE = 160, FILE_MOST = 65536, FIELDS = 5 };

static const char head[] = "srflx-rto 1\n";

/* spec: R8489-6.2.1-10 */
static bool find_folder(char *ret_path)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int len;

    if (cache && *cache == '/')
        len = snprintf(ret_path, PATH, "%s", cache);
    else if (home && *home == '/')
        len = snprintf(ret_path, PATH, "%s/.cache", home);
    else
        return false;
    return len > 0 && len < PATH;
}

/* The file, in a folder that is there if it can be. */
static bool find_file(char *ret_path)
{
    char cache[PATH], folder[PATH];

    if (!find_folder(cache)) return false;
    (void)mkdir(cache, 0700);
    if (snprintf(folder, PATH, "%s/srflx", cache) >= PATH) return false;
    (void)mkdir(folder, 0700);
    return snprintf(ret_path, PATH, "%s/rto", folder) < PATH;
}

/* ADDRESS TAB DATE TAB SRTT TAB RTTVAR TAB BACKED-OFF, the date in ms, the others in ns. */
static bool read_fields(char *line, const char *ret_fields[FIELDS])
{
    size_t i;

    for (i = 0; i < FIELDS; i++) {
        ret_fields[i] = line;
        line += strcspn(line, "\t");
        if ((*line == '\t') != (i < FIELDS - 1)) return false;
        if (*line) *line++ = '\0';
    }
    return true;
}

static bool read_number(const char *text, uint64_t most, uint64_t *ret_number)
{
    const size_t len = strlen(text);

    if (!len || len > 18 || strspn(text, "0123456789") != len) return false;
    *ret_number = strtoull(text, NULL, 10);
    return *ret_number <= most;
}

static bool read_entry(char *line, struct srflx_time now, struct srflx_rto_entry *ret_entry)
{
    const uint64_t most_ns = (uint64_t)SRFLX_RTO_MAX_MS * 1000000;
    const char *fields[FIELDS];
    uint64_t used_ms;

    memset(ret_entry, 0, sizeof *ret_entry);
    if (!read_fields(line, fields) || srflx_addr_parse(fields[0], &ret_entry->server)) return false;
    if (!read_number(fields[1], UINT64_MAX, &used_ms)) return false;
    if (!read_number(fields[2], most_ns, &ret_entry->rto.srtt_ns)) return false;
    if (!read_number(fields[3], most_ns, &ret_entry->rto.rttvar_ns)) return false;
    if (!read_number(fields[4], most_ns, &ret_entry->rto.backed_off_ns)) return false;
    ret_entry->rto.sampled = ret_entry->rto.srtt_ns != 0;
    ret_entry->age_ms = used_ms <= now.unix_ms ? now.unix_ms - used_ms : UINT64_MAX;
    return true;
}

/* All lines, or none: `cache` NULL reads them for mistakes alone. */
static bool read_lines(const char *text, struct srflx_rto_cache *cache)
{
    const struct srflx_time now = srflx_clock_now();
    struct srflx_rto_entry entry;
    char line[LINE];

    while (*text) {
        const size_t len = strcspn(text, "\n");
        if (text[len] != '\n' || len >= sizeof line) return false;
        memcpy(line, text, len);
        line[len] = '\0';
        if (!read_entry(line, now, &entry)) return false;
        if (cache) srflx_rto_cache_restore(cache, &entry, now);
        text += len + 1;
    }
    return true;
}

static bool is_ours(const char *path)
{
    struct stat about;

    return !lstat(path, &about) && S_ISREG(about.st_mode) && about.st_uid == geteuid();
}

void rto_file_load(struct srflx_rto_cache *cache)
{
    char path[PATH], why[SRFLX_FILE_TEXT];
    const char *text;
    uint8_t *bytes;
    size_t len;

    if (!find_file(path) || !is_ours(path)) return;
    if (srflx_secret_file_read(path, FILE_MOST, &bytes, &len, why)) return;
    text = (const char *)bytes;
    if (strlen(text) == len && !strncmp(text, head, sizeof head - 1) &&
        read_lines(text + sizeof head - 1, NULL))
        (void)read_lines(text + sizeof head - 1, cache);
    srflx_secret_file_free(bytes, len);
}

static int write_entry(const struct srflx_rto_entry *entry, struct srflx_time now, char *ret_line)
{
    struct srflx_addr server = entry->server;
    char addr[SRFLX_ADDR_TEXT];

    server.port = 0;
    return snprintf(ret_line, LINE, "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
                    srflx_addr_write_ip(&server, addr), now.unix_ms - entry->age_ms,
                    entry->rto.srtt_ns, entry->rto.rttvar_ns, entry->rto.backed_off_ns);
}

void rto_file_save(const struct srflx_rto_cache *cache)
{
    const struct srflx_time now = srflx_clock_now();
    char path[PATH], why[SRFLX_FILE_TEXT], line[LINE], *text = malloc(FILE_MOST);
    struct srflx_rto_entry entry;
    size_t i, len = sizeof head - 1;

    if (!text) abort();
    memcpy(text, head, len);
    for (i = 0; srflx_rto_cache_entry(cache, i, now, &entry); i++) {
        const int more = write_entry(&entry, now, line);
        if (more <= 0 || len + (size_t)more > FILE_MOST) break;
        memcpy(text + len, line, (size_t)more);
        len += (size_t)more;
    }
    if (!find_file(path) || !(is_ours(path) || access(path, F_OK)) ||
        srflx_secret_file_replace(path, (struct srflx_view){(uint8_t *)text, len}, why))
        why[0] = '\0'; /* then the next run learns anew */
    free(text);
}
