/* The parts of the client transaction that know no time: its options, and what a response means. */
#ifndef SRFLXI_TRANSACTION_H
#define SRFLXI_TRANSACTION_H

#include <srflx/transaction.h>

/* For a running transaction: when to give up in any case (mono_ns), in place of options.limit_ms. */
void srflxi_transaction_set_limit(struct srflx_transaction *t, uint64_t limit_ns);

/* True if every option is in its documented range. */
bool srflxi_transaction_options_valid(const struct srflx_transaction_options *options);

enum srflxi_verdict {
    SRFLXI_USABLE,   /* success, with the address if the method is Binding */
    SRFLXI_UNUSABLE, /* the response is discarded, and the transaction has failed */
    SRFLXI_REJECTED, /* an error that ends the transaction */
    SRFLXI_TRY_LATER /* an error of 500 to 599 */
};

struct srflxi_response {
    struct srflx_message message;
    struct srflx_addr mapped; /* USABLE: the mapped address, or family 0 */
    uint16_t code;            /* REJECTED, TRY_LATER */
};

/* Judges `response->message`, which answers the transaction's request, and sets the other fields,
 * zero where they do not apply. */
enum srflxi_verdict srflxi_response_judge(struct srflxi_response *response);

#endif
