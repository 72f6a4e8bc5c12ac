/* Steps of opening a socket that UDP and TCP share. */
#ifndef SRFLX_DRIVE_SOCKET_STEPS_H
#define SRFLX_DRIVE_SOCKET_STEPS_H

#include <srflx/error.h>
#include <srflx/types.h>

/* Sets an option that is a number. Returns 0 or SRFLX_ERROR_SYSTEM with errno. */
int srflx_socket_set(int fd, int level, int option, int value);

/* Binds to `local`, and writes to it what the system made of port 0. Returns 0 or
 * SRFLX_ERROR_SYSTEM with errno. */
SRFLX_MUST_USE int srflx_socket_bind(int fd, struct srflx_addr *local);

/* Closes after a failure, whose errno stays. */
void srflx_socket_close(int fd);

#endif
