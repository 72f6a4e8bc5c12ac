#include "password.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>

#include <srflx/wipe.h>

enum { LINE_MOST = 4096 };

static char *read_line(FILE *file)
{
    char *line = malloc(LINE_MOST);

    if (!line) abort();
    if (!fgets(line, LINE_MOST, file)) {
        if (!ferror(file)) errno = ENODATA;
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

char *password_read(const char *path)
{
    FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
    char *line = file ? read_line(file) : NULL;
    int number = errno;

    if (file && file != stdin) fclose(file);
    errno = number;
    return line;
}

/* Hides before it asks: what is typed at once, or by a program, is neither shown nor thrown away. */
static char *ask_once(FILE *terminal, const char *prompt)
{
    struct termios shown, hidden;
    char *line;

    if (tcgetattr(fileno(terminal), &shown)) return NULL;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fileno(terminal), TCSAFLUSH, &hidden);
    fputs(prompt, terminal);
    fflush(terminal);
    line = read_line(terminal);
    tcsetattr(fileno(terminal), TCSAFLUSH, &shown);
    fputc('\n', terminal);
    return line;
}

char *password_ask(void)
{
    FILE *terminal = fopen("/dev/tty", "r+e");
    char *first, *second;

    if (!terminal) return NULL;
    first = ask_once(terminal, "Password: ");
    second = first ? ask_once(terminal, "The same again: ") : NULL;
    fclose(terminal);
    if (first && second && strcmp(first, second) != 0) {
        password_free(first);
        first = NULL;
        errno = 0;
    }
    if (!second) {
        password_free(first);
        first = NULL;
    }
    password_free(second);
    return first;
}

void password_free(char *password)
{
    if (password) srflx_wipe(password, strlen(password));
    free(password);
}
