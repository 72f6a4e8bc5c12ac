/* Writes libFuzzer's dictionary for the configuration file: its keys, their defaults, and what YAML
 * gives a meaning to. */
#include <stdio.h>

#include "settings.h"

/* As libFuzzer reads them: \xAB, \\ and \" are escapes. */
static const char *const words[] = {"\\x0a  - ",
                                    "[",
                                    "]",
                                    "{",
                                    "}",
                                    ", ",
                                    ": ",
                                    "? ",
                                    "*a",
                                    "&a ",
                                    "!!str ",
                                    "---",
                                    "...",
                                    "%YAML 1.1",
                                    "# ",
                                    ">",
                                    "|-\\x0a",
                                    "'",
                                    "\\\"",
                                    "\\x09",
                                    "null",
                                    "~",
                                    "10m",
                                    "true",
                                    "\\\\u0085",
                                    "\\\\e",
                                    "\\\\0",
                                    "::1",
                                    "\\xef\\xbb\\xbf",
                                    "[::1]:3478",
                                    "192.0.2.1"};

int main(void)
{
    for (unsigned i = 0; i < SETTINGS_ROWS; i++)
        printf("\"\\x0a%s: %s\"\n", settings_rows[i].key, settings_rows[i].fallback);
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        printf("\"%s\"\n", words[i]);
    return 0;
}
