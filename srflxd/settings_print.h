/* Settings as a configuration file. */
#ifndef SRFLXD_SETTINGS_PRINT_H
#define SRFLXD_SETTINGS_PRINT_H

#include "settings.h"

/* What is in force, each value with the place it came from. Secrets stay hidden. */
void settings_print(struct settings *settings, FILE *out);

/* Every key with its explanation and its default, all of it in comments: a file to start from. */
void settings_print_sample(FILE *out);

#endif
