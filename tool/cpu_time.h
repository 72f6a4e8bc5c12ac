/* What CPU time processes have used so far. */
#ifndef CPU_TIME_H
#define CPU_TIME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of all threads of a process, or of one kernel thread, exact to the moment; `pid` 0 is this process.
 * False if there is none. */
bool cpu_time_ns(pid_t pid, uint64_t *ret_ns);

#endif
