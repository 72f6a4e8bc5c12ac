#include <srflx/transaction.h>

#include <srflxi/bytes.h>

/* spec: R8489-5-06 R8489-5-07 R8489-6.1-11 R5389-6-02 */
static void draw_current(srflx_random_fn *random, void *user, struct srflx_id *ret_id)
{
    srflxi_put32(ret_id->bytes, SRFLX_MAGIC_COOKIE);
    random(user, ret_id->bytes + 4, sizeof ret_id->bytes - 4);
}

/* A server would take an id that begins with the cookie for a current client's.
 * spec: R3489-9.3-01 R3489-9.3-02 */
static void draw_classic(srflx_random_fn *random, void *user, struct srflx_id *ret_id)
{
    do
        random(user, ret_id->bytes, sizeof ret_id->bytes);
    while (srflxi_get32(ret_id->bytes) == SRFLX_MAGIC_COOKIE);
}

void srflx_id_draw(srflx_random_fn *random, void *user, bool classic, struct srflx_id *ret_id)
{
    if (classic)
        draw_classic(random, user, ret_id);
    else
        draw_current(random, user, ret_id);
}
