/* So that two who change a file at the same time do so one after the other. */
#ifndef FILE_LOCK_H
#define FILE_LOCK_H

/* Waits for its turn to read the file, change it and replace it. The lock is on the folder: the file is replaced, and may
 * not be there yet. Returns a descriptor; closing it, or the end of the process, gives the turn to the next. -1: `ret_text`
 * (SRFLX_FILE_TEXT bytes) says why. */
int file_lock(const char *path, char *ret_text);

#endif
