/* Where a password comes from when it does not stand on the command line. */
#ifndef PASSWORD_H
#define PASSWORD_H

/* The first line of a file, without its end; "-" is standard input. The caller frees it with password_free(). NULL, with
 * errno set, if there is none. */
char *password_read(const char *path);

/* Asks on the terminal, twice, without showing what is typed. NULL: there is no terminal (errno set), or the two
 * differ (errno 0). */
char *password_ask(void);

/* Wipes and frees. NULL is nothing. */
void password_free(char *password);

#endif
