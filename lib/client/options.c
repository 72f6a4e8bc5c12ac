#include <srflxi/transaction.h>

#include <srflx/rto.h>

/* spec: R8489-6.2.1-04 R8489-6.2.1-05 R8489-6.2.1-13 R8489-6.2.1-15 R8489-6.2.1-16
 * spec: R8489-6.2.2-06 R8489-6.3.4-06 */
void srflx_transaction_options_defaults(struct srflx_transaction_options *ret_options)
{
    *ret_options = (struct srflx_transaction_options){
        .size = sizeof *ret_options,
        .rto_ms = SRFLX_RTO_INITIAL_MS,
        .rc = 7,
        .rm = 16,
        .ti_ms = 39500,
        .max_resends = 4,
    };
}

/* spec: R3489-9.3-07 R3489-9.3-08 */
void srflx_transaction_options_classic(struct srflx_transaction_options *ret_options)
{
    srflx_transaction_options_defaults(ret_options);
    ret_options->rto_ms = 100;
    ret_options->rto_max_ms = 1600;
    ret_options->rc = 9;
}

static bool within(uint32_t value, uint32_t low, uint32_t high)
{
    return value >= low && value <= high;
}

/* spec: R5389-7.2.1-01 R5389-7.3.4-01 R8489-6.3.4-05 */
bool srflxi_transaction_options_valid(const struct srflx_transaction_options *options)
{
    return options->size == sizeof *options && within(options->rto_ms, 1, SRFLX_RTO_MAX_MS) &&
           within(options->rc, 1, 32) && within(options->rm, 1, 1000) &&
           within(options->ti_ms, 1, 3600000) && within(options->max_resends, 0, 16);
}
