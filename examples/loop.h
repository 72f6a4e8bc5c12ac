/* What the examples of loops share: the question, and what came of it. */
#ifndef LOOP_H
#define LOOP_H

#include <srflx/ask.h>

/* Begins to ask the URI of the command line. NULL, after having said why, if it cannot. */
struct srflx_ask *loop_begin(int argc, char **argv);

/* Prints what came of it and frees everything. Returns the exit status. */
int loop_end(struct srflx_ask *ask);

/* Milliseconds until srflx_ask_step() is due, in the type of most timers. */
int loop_wait_ms(const struct srflx_ask *ask);

#endif
