/* Standard input, output and error, for programs that open sockets.
 * Source: POSIX.1-2008, open(): the lowest number that is free.
 *
 *     int main(void)
 *     {
 *         srflx_streams_reserve();
 */
#ifndef SRFLX_STREAMS_H
#define SRFLX_STREAMS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Puts /dev/null in the place of each of the three that the program was started without, so that no
 * socket gets its number and is then written what was meant for people. Writing to such a stream fails.
 * Call it first in main(); not for several threads at once. */
void srflx_streams_reserve(void);

#ifdef __cplusplus
}
#endif
#endif
