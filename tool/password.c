#include "password.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>

#include <srflx/wipe.h>

/* More than a password may have. A NUL would cut one short; what stands in its place makes it one that is refused. */
enum { LINE_MOST = 4096, NUL_INSTEAD = 1 };

static char *read_line(FILE *file)
{
    char *line = calloc(1, LINE_MOST);
    size_t len = 0;
    int byte;

    if (!line) abort();
    while ((byte = getc(file)) != EOF && byte != '\n')
        if (len < LINE_MOST - 1) line[len++] = byte ? (char)byte : NUL_INSTEAD;
    if (byte == EOF && (ferror(file) || !len)) {
        if (!ferror(file)) errno = ENODATA;
        srflx_wipe(line, len);
        free(line);
        return NULL;
    }
    if (len && line[len - 1] == '\r') line[len - 1] = '\0';
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

/* What would end us with a terminal that shows nothing any more. */
static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

enum { DEADLY = sizeof deadly / sizeof *deadly };

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* A line that a signal cuts short; the signal does what it would have done when the terminal is as it was. */
static char *read_line_or_end(FILE *terminal, const struct termios *shown)
{
    struct sigaction catch = {.sa_handler = on_signal}, before[DEADLY];
    char *line;

    caught = 0;
    for (unsigned i = 0; i < DEADLY; i++)
        sigaction(deadly[i], &catch, &before[i]);
    line = read_line(terminal);
    tcsetattr(fileno(terminal), TCSAFLUSH, shown);
    for (unsigned i = 0; i < DEADLY; i++)
        sigaction(deadly[i], &before[i], NULL);
    if (caught) raise(caught);
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
    line = read_line_or_end(terminal, &shown);
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
