/* Looking a user up without telling whether there is one: private to this layer. */
#ifndef SRFLXI_USERS_H
#define SRFLXI_USERS_H

#include <srflx/users.h>

/* A key to check with in any case: the user's, or nobody's, which is found in the same steps and lies in the same kind of
 * place. `ret_known` says whose it is. */
const struct srflx_key *srflxi_users_choose(const struct srflx_users *users,
                                            const struct srflx_userhash *hash, uint16_t algorithm,
                                            bool *ret_known);

#endif
