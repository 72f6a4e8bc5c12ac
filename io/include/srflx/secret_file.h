/* Files that hold secrets: read only if nobody else can read them, and replaced whole.
 * Source: POSIX open(), rename(). Any thread.
 *
 *     if (srflx_secret_file_read(path, 65536, &bytes, &len, text)) return complain(text);
 *     ...
 *     srflx_secret_file_free(bytes, len);
 */
#ifndef SRFLX_SECRET_FILE_H
#define SRFLX_SECRET_FILE_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SRFLX_FILE_TEXT = 512 };

/* Reads a regular file of at most `most` bytes that neither group nor others may read or write (mode 0600 or
 * 0400). The caller frees `ret_bytes`, which has a NUL behind its `ret_len` bytes. Returns 0 or SRFLX_ERROR_SYSTEM;
 * `ret_text` (SRFLX_FILE_TEXT bytes) then says what is wrong, and what to do, in one line. */
SRFLX_MUST_USE int srflx_secret_file_read(const char *path, size_t most, uint8_t **ret_bytes,
                                          size_t *ret_len, char *ret_text);

/* Wipes the bytes and frees them. NULL is nothing. */
void srflx_secret_file_free(uint8_t *bytes, size_t len);

/* Puts a new file of mode 0600 in the place of `path`: who reads meanwhile sees all of the old one or all of the new one,
 * also after a crash. It belongs to whom the old one belonged; where `path` is a symbolic link, the link stays. Of two
 * writers the last one wins. Errors as above; then the old file is as it was. */
SRFLX_MUST_USE int srflx_secret_file_replace(const char *path, struct srflx_view bytes,
                                             char *ret_text);

#ifdef __cplusplus
}
#endif
#endif
