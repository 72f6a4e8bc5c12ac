/* The client's side of credentials: what to put into the next request, and what an answer is worth.
 * Sources: RFC 8489 sections 9.1.2, 9.1.4, 9.1.5, 9.2.3, 9.2.5 and 16.1.3; RFC 5389 section 10 (servers
 * that know nothing newer); RFC 7635 sections 5, 6 and 8.
 * A login belongs to one server, and remembers from one question to the next what that server asked for:
 * realm, nonce and algorithms. A transaction that is given one (transaction.h) judges by it; the exchange
 * (exchange.h) does all of it. One thread per login.
 *
 *     srflx_login_put(login, &w);                     // behind the request's own attributes
 *     verdict = srflx_login_judge(login, &response);  // RETRY: ask again, as put() now writes more
 */
#ifndef SRFLX_LOGIN_H
#define SRFLX_LOGIN_H

#include <srflx/integrity.h>
#include <srflx/message.h>
#include <srflx/token.h>
#include <srflx/verdict.h>
#include <srflx/writer.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SRFLX_PASSWORD_MAX = 763 };

/* Who we are. Text is prepared (prepare.h); all of it is copied. In brackets: default. */
struct srflx_credentials {
    uint32_t size;
    uint8_t mechanism;          /* enum srflx_mechanism (SRFLX_LONG_TERM) */
    struct srflx_view username; /* at most 508 bytes; may be empty if there is a token */
    struct srflx_view password; /* at most SRFLX_PASSWORD_MAX bytes */
    /* What SASLprep makes of both, for servers of RFC 5389; empty: the same (empty). */
    struct srflx_view legacy_username, legacy_password;
    struct srflx_view realm; /* long-term: the only one to log in to; empty: any (empty) */
    uint8_t
        integrity; /* short-term: SRFLX_INTEGRITY_SHA1 or _SHA256 if the server's choice is known;
                                ABSENT: both are sent until it is (ABSENT) */
    bool sha1;     /* deal with servers that have nothing but SHA-1 (true) */
    bool md5;      /* long-term: MD5 as password algorithm (true) */
    uint16_t
        algorithm; /* long-term: the only password algorithm to use; 0: the first offered one (0) */
    bool
        userhash; /* long-term: never show the name to a server that does not take its hash (false) */
    /* An access token, its key's id, and the session key in it; empty: none (empty). */
    struct srflx_view token, kid, mac_key;
};
void srflx_credentials_defaults(struct srflx_credentials *ret_credentials);

struct srflx_login;

/* Bytes that init() needs; alignment as malloc gives it. */
size_t srflx_login_size(void);

/* Copies the credentials into `memory`, which then holds secrets: srflx_login_wipe() it. Returns 0,
 * SRFLX_ERROR_SPACE or SRFLX_ERROR_ARGUMENT (something too long or missing). */
SRFLX_MUST_USE int srflx_login_init(void *memory, size_t len,
                                    const struct srflx_credentials *credentials,
                                    struct srflx_login **ret_login);
void srflx_login_wipe(struct srflx_login *login);

/* A new question begins: it may be challenged anew. */
void srflx_login_begin(struct srflx_login *login);

/* Another server: forgets what the last one asked for. */
void srflx_login_forget(struct srflx_login *login);

/* Appends what this server wants to see, integrity included: at first nothing with long-term
 * credentials. Only FINGERPRINT may follow. */
void srflx_login_put(struct srflx_login *login, struct srflx_writer *w);

enum srflx_login_verdict {
    SRFLX_LOGIN_ACCEPT, /* take it: it is authentic, or the request was without credentials and so is it */
    SRFLX_LOGIN_IGNORE, /* it could be anybody's: as if it had never been received */
    SRFLX_LOGIN_RETRY,  /* a challenge: ask again, with what put() writes now */
    SRFLX_LOGIN_REFUSED /* a challenge that cannot be met; refusal() says why */
};

/* Judges an answer to the last request that put() wrote into. */
enum srflx_login_verdict srflx_login_judge(struct srflx_login *login,
                                           const struct srflx_message *response);

/* Why a challenge is not met. X(name, text) */
#define SRFLX_REFUSAL_MAP(X)                                                               \
    X(NONE, "no challenge was refused")                                                    \
    X(CREDENTIALS, "the server does not accept the username and password")                 \
    X(NONCE, "the server calls every nonce stale")                                         \
    X(CHALLENGE, "the challenge has no realm or no nonce, or one that cannot be used")     \
    X(REALM, "the server asks for credentials of another realm")                           \
    X(BID_DOWN,                                                                            \
      "the challenge was weakened: the algorithms it announces or had before are missing") \
    X(ALGORITHM, "the server offers no password algorithm that we may use")                \
    X(ANONYMITY, "the server would have to see the username in clear")

enum srflx_refusal {
#define SRFLX_REFUSAL_ENUM(name, text) SRFLX_REFUSAL_##name,
    SRFLX_REFUSAL_MAP(SRFLX_REFUSAL_ENUM)
#undef SRFLX_REFUSAL_ENUM
        SRFLX_REFUSAL_COUNT
};

/* Why judge() last said REFUSED, and the sentence for it. Static text. */
enum srflx_refusal srflx_login_refusal(const struct srflx_login *login);
const char *srflx_refusal_text(enum srflx_refusal refusal);

/* What is agreed with the server. `integrity` is ABSENT and the rest zero while nothing is. Views live until
 * the next call with this login. */
struct srflx_login_state {
    struct srflx_view realm;
    uint16_t algorithm; /* 0: short-term, or a token */
    uint8_t integrity;  /* enum srflx_integrity: of the answers */
    bool userhash;
    bool token;
};
void srflx_login_get_state(const struct srflx_login *login, struct srflx_login_state *ret_state);

#ifdef __cplusplus
}
#endif
#endif
