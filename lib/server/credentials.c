#include "server.h"

/* Without a guard nobody was asked for credentials, so those that come are known attributes that are not
 * expected. RFC 3489 has no such rule, but a username that nobody issued.
 * spec: R8489-6.3-11 R3489-8.1-06 R3489-8.1-07 R3489-8.1-08 R3489-8.1-09 R8489-9-03 */
static enum srflx_verdict check_unguarded(const struct srflx_message *m)
{
    if (!m->classic || !srflx_message_has(m, SRFLX_ATTR_MESSAGE_INTEGRITY))
        return SRFLX_VERDICT_SUCCESS;
    if (!srflx_message_has(m, SRFLX_ATTR_USERNAME)) return SRFLX_VERDICT_MISSING_USERNAME;
    return SRFLX_VERDICT_STALE_CREDENTIALS;
}

/* spec: R8489-9.1.3-01 R8489-9.1.3-03 R8489-9.1.3-06 R8489-9.2.4-02 R8489-9.2.4-11 R8489-9.2.4-16
 * R8489-9.2.4-17 R8489-9.2.4-23 R8489-9.2.4-26 */
static enum srflx_verdict current_verdict(uint8_t access)
{
    static const uint8_t verdicts[SRFLX_ACCESS_COUNT] = {
        [SRFLX_ACCESS_GRANTED] = SRFLX_VERDICT_SUCCESS,
        [SRFLX_ACCESS_NONE] = SRFLX_VERDICT_NO_CREDENTIALS,
        [SRFLX_ACCESS_INCOMPLETE] = SRFLX_VERDICT_INCOMPLETE_CREDENTIALS,
        [SRFLX_ACCESS_ALGORITHM] = SRFLX_VERDICT_ALGORITHM_MISMATCH,
        [SRFLX_ACCESS_FORBIDDEN] = SRFLX_VERDICT_ALGORITHM_FORBIDDEN,
        [SRFLX_ACCESS_UNKNOWN_USER] = SRFLX_VERDICT_UNKNOWN_USER,
        [SRFLX_ACCESS_EXPIRED] = SRFLX_VERDICT_EXPIRED_CREDENTIALS,
        [SRFLX_ACCESS_TOKEN] = SRFLX_VERDICT_BAD_TOKEN,
        [SRFLX_ACCESS_WRONG_INTEGRITY] = SRFLX_VERDICT_WRONG_INTEGRITY,
        [SRFLX_ACCESS_STALE_NONCE] = SRFLX_VERDICT_STALE_NONCE,
    };

    return (enum srflx_verdict)verdicts[access];
}

/* RFC 3489 has its own codes for the same findings.
 * spec: R3489-8.1-06 R3489-8.1-07 R3489-8.1-08 R3489-8.1-09 R3489-8.1-10 */
static enum srflx_verdict classic_verdict(uint8_t access)
{
    switch (access) {
    case SRFLX_ACCESS_INCOMPLETE:
        return SRFLX_VERDICT_MISSING_USERNAME;
    case SRFLX_ACCESS_UNKNOWN_USER:
        return SRFLX_VERDICT_STALE_CREDENTIALS;
    case SRFLX_ACCESS_WRONG_INTEGRITY:
        return SRFLX_VERDICT_WRONG_CLASSIC_INTEGRITY;
    default:
        return current_verdict(access);
    }
}

static enum srflx_verdict verdict_of(const struct srflxi_request *request)
{
    return request->message.classic ? classic_verdict(request->access)
                                    : current_verdict(request->access);
}

/* Says what a guesser may know, and counts what was one. Over its budget a prefix is not told any more
 * whether it was right: if it has shown that it receives our answers, it hears nothing; else somebody may be
 * spoofing it, and it gets what costs an honest client one round trip, a nonce to show it with.
 * spec: R8489-16-02 */
static enum srflx_verdict limit_guesses(const struct srflx_server *server,
                                        struct srflx_worker *worker, struct srflxi_request *request,
                                        const struct srflxi_guess *guess)
{
    if (!srflxi_may_guess(server, worker, guess)) {
        if (request->grant.answer) srflx_key_wipe(&request->grant.key);
        request->grant.answer = SRFLX_INTEGRITY_ABSENT;
        if (guess->proven) return SRFLX_VERDICT_GUESSING;
        request->access = SRFLX_ACCESS_STALE_NONCE;
        return SRFLX_VERDICT_STALE_NONCE;
    }
    if (request->access == SRFLX_ACCESS_WRONG_INTEGRITY ||
        request->access == SRFLX_ACCESS_UNKNOWN_USER)
        srflxi_count_guess(server, worker, guess);
    return verdict_of(request);
}

/* Could a guesser have learnt something from it? What was refused before the integrity was looked at tells
 * nothing. */
static bool tells_something(uint8_t access)
{
    return access == SRFLX_ACCESS_GRANTED || access == SRFLX_ACCESS_STALE_NONCE ||
           access == SRFLX_ACCESS_WRONG_INTEGRITY || access == SRFLX_ACCESS_UNKNOWN_USER;
}

enum srflx_verdict srflxi_check_credentials(const struct srflx_server *server,
                                            struct srflx_worker *worker,
                                            struct srflxi_request *request)
{
    const struct srflx_packet *packet = request->packet;
    struct srflxi_guess guess;
    struct srflx_claim claim;

    if (!server->guard) return check_unguarded(&request->message);
    request->access = (uint8_t)srflx_guard_check(server->guard, &request->message, &packet->from,
                                                 request->now, &claim, &request->grant);
    if (!claim.has_nonce && packet->transport == SRFLX_UDP) return verdict_of(request);
    if (!tells_something(request->access)) return verdict_of(request);
    guess.from = packet->from;
    guess.now = request->now;
    guess.proven = packet->transport != SRFLX_UDP || claim.nonce == SRFLX_NONCE_FRESH;
    return limit_guesses(server, worker, request, &guess);
}
