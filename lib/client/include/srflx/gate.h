/* How many questions one server has from us at a time: ten, and no more.
 * Sources: RFC 8489 section 6.2, RFC 5389 section 7.2. One thread per gate.
 *
 *     if (srflx_gate_enter(gate, &server)) {
 *         ... a transaction, from its start to its end
 *         srflx_gate_leave(gate, &server);
 *     }
 */
#ifndef SRFLX_GATE_H
#define SRFLX_GATE_H

#include <srflx/error.h>
#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct srflx_gate;

/* Transactions to one server at a time; servers at a time. */
enum { SRFLX_GATE_OUTSTANDING = 10, SRFLX_GATE_MAX = 4096 };

/* Bytes that init() needs for `capacity` servers, 1 to SRFLX_GATE_MAX; alignment as malloc gives it. */
size_t srflx_gate_size(size_t capacity);

/* Makes a gate in the caller's memory. Returns 0, SRFLX_ERROR_SPACE (`len` too small) or
 * SRFLX_ERROR_ARGUMENT (`capacity` outside its range). */
SRFLX_MUST_USE int srflx_gate_init(void *memory, size_t len, size_t capacity,
                                   struct srflx_gate **ret_gate);

/* May a transaction with this server begin? Servers are told apart by IP address, as for their
 * retransmission time-out. False if it has ten, or if as many servers as there is room for have some: try
 * again when others have left. Who got true calls leave() once. */
SRFLX_MUST_USE bool srflx_gate_enter(struct srflx_gate *gate, const struct srflx_addr *server);
void srflx_gate_leave(struct srflx_gate *gate, const struct srflx_addr *server);

/* Would enter() return true? */
bool srflx_gate_is_open(const struct srflx_gate *gate, const struct srflx_addr *server);

#ifdef __cplusplus
}
#endif
#endif
