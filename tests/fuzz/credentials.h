/* Servers with credentials for the fuzz targets, and requests that have them. */
#ifndef FUZZ_CREDENTIALS_H
#define FUZZ_CREDENTIALS_H

#include <srflx/server.h>

enum guarded { SHORT_TERM, LONG_TERM, LONG_TERM_HASHED, GUARDED };

/* A guard that lives as long as the program: user "alice", password "secret", realm "example.org". */
const struct srflx_guard *guard_of(enum guarded which);

/* Writes the request again with alice's credentials in front of its attributes and her signature behind them, fit for a
 * server with that guard and a client at `from`. `omit` leaves out one of them, or spoils it; 0: none. Returns the
 * length, 0 if it is no request with the magic cookie or does not fit. */
size_t dress(struct srflx_view request, enum guarded which, const struct srflx_addr *from,
             unsigned omit, uint8_t *buf, size_t cap);

enum { DRESS_OMISSIONS = 8 };

/* True if the message is signed with alice's key, in the way this guard wants it. */
bool is_signed_by_alice(const struct srflx_message *m, enum guarded which);

#endif
