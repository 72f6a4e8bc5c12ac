/* The configuration file: YAML, one mapping, whose keys config.def lists. */
#ifndef SRFLXD_CONFIG_FILE_H
#define SRFLXD_CONFIG_FILE_H

#include "settings.h"

enum { CONFIG_FILE_MAX = 1 << 20 }; /* bytes */

/* Sets what `settings->file` says, and complains about everything that is wrong with it, each line
 * beginning with "FILE:LINE:COLUMN: ". */
void config_file_read(struct settings *settings, struct complaints *complaints);

/* The same for bytes in memory. */
void config_file_parse(struct srflx_view bytes, struct settings *settings,
                       struct complaints *complaints);

#endif
