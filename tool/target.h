/* Whom to ask, and from where: what people write. */
#ifndef TARGET_H
#define TARGET_H

#include <srflx/uri.h>

struct command;

/* Reads a URI, or a host with or without a port, for which `secure` tells the scheme. A zone may be the name of an
 * interface. False: the mistake has been printed. */
bool target_read(const struct command *command, const char *text, bool secure,
                 struct srflx_uri *ret_uri);

/* Reads a local address, with or without a port. Returns NULL, or what is wrong. */
const char *target_read_local(const char *text, struct srflx_addr *ret_addr);

/* "UDP" is `transport` of stun:, and so on. */
bool target_has_transport(const struct srflx_uri *uri, uint8_t transport);

#endif
