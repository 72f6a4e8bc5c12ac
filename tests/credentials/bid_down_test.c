/* Somebody on the path takes away, reorders or forges what keeps the credentials strong. None of it may lead to
 * an answer that is taken for authentic, nor to weaker credentials than the two would choose undisturbed.
 * spec: R8489-9.2.5-01 R8489-9.2.5-02 R8489-9.2.5-15 R8489-9.2.5-16 R8489-9.2.5-18 R8489-9.2.5-21 R8489-9.2.4-16
 * R8489-9.1.4-01 */
#include "dance.h"

/* Writes a message anew without, or with other, attributes. */
struct edit {
    uint16_t drop; /* this type goes; 0: none */
    uint16_t drop_too;
    const char *nonce_cookie;  /* the first 13 characters of NONCE become these */
    const uint8_t *algorithms; /* the value of PASSWORD-ALGORITHMS becomes this */
    size_t algorithms_len;
    bool strip_nonce; /* NONCE becomes what an RFC 5389 server would write */
};

static void put_edited(struct srflx_writer *w, const struct edit *edit,
                       const struct srflx_attr *attr)
{
    uint8_t value[1024];

    if (attr->type == edit->drop || attr->type == edit->drop_too) return;
    CHECK(attr->value.len <= sizeof value);
    memcpy(value, attr->value.ptr, attr->value.len);
    if (attr->type == SRFLX_ATTR_NONCE && edit->nonce_cookie) memcpy(value, edit->nonce_cookie, 13);
    if (attr->type == SRFLX_ATTR_NONCE && edit->strip_nonce) value[0] = 'x';
    if (attr->type == SRFLX_ATTR_PASSWORD_ALGORITHMS && edit->algorithms) {
        srflx_put_bytes(w, attr->type, (struct srflx_view){edit->algorithms, edit->algorithms_len});
        return;
    }
    srflx_put_bytes(w, attr->type, (struct srflx_view){value, attr->value.len});
}

static void edit_message(const struct edit *edit, uint8_t *bytes, size_t *len)
{
    uint8_t edited[DANCE_PACKET];
    struct srflx_view done = {NULL, 0};
    struct srflx_message m;
    struct srflx_attr attr;
    struct srflx_writer w;
    struct srflx_iter it;
    struct srflx_id id;

    CHECK_INT(srflx_message_parse((struct srflx_view){bytes, *len}, &m), 0);
    srflx_message_get_id(&m, &id);
    srflx_writer_begin(&w, edited, sizeof edited, m.type, &id);
    srflx_iter_begin(&it, &m);
    while (srflx_iter_next(&it, &attr))
        put_edited(&w, edit, &attr);
    CHECK_INT(srflx_writer_finish(&w, &done), 0);
    memcpy(bytes, done.ptr, done.len);
    *len = done.len;
}

static bool is_challenge(const uint8_t *bytes, size_t len)
{
    struct srflx_message m;

    return !srflx_message_parse((struct srflx_view){bytes, len}, &m) && m.kind == SRFLX_ERROR &&
           srflx_message_has(&m, SRFLX_ATTR_NONCE);
}

/* Every challenge is edited on its way to the client. */
static void edit_challenges(void *user, bool to_server, uint8_t *bytes, size_t *len)
{
    if (!to_server && is_challenge(bytes, *len)) edit_message(user, bytes, len);
}

static void edit_successes(void *user, bool to_server, uint8_t *bytes, size_t *len)
{
    if (!to_server && !is_challenge(bytes, *len)) edit_message(user, bytes, len);
}

static const uint8_t md5_first[] = {0, 1, 0, 0, 0, 2, 0, 0};
static const uint8_t md5_alone[] = {0, 1, 0, 0};
static const uint8_t sha256_alone[] = {0, 2, 0, 0};
static const uint8_t nothing_known[] = {0, 9, 0, 0};
static const uint8_t broken_list[] = {0, 2, 0, 5, 0, 1, 0, 0};
static const uint8_t one_more[] = {0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0};

/* What is done to the challenges, and how the dance ends: never with an answer. */
static const struct {
    struct edit edit;
    const char *verdicts; /* of the server, up to seven equal ones at the end */
    int error;
    enum srflx_refusal refusal;
} challenges[] = {
    /* 1: the list is gone, the announcement is not */
    {{.drop = SRFLX_ATTR_PASSWORD_ALGORITHMS},
     "NO_CREDENTIALS",
     SRFLX_ERROR_REFUSED,
     SRFLX_REFUSAL_BID_DOWN},
    /* 2: list and announcement are gone */
    {{.drop = SRFLX_ATTR_PASSWORD_ALGORITHMS, .nonce_cookie = "obMatJos2AAAA"},
     "NO_CREDENTIALS STALE_NONCE STALE_NONCE",
     SRFLX_ERROR_REFUSED,
     SRFLX_REFUSAL_NONCE},
    /* 3: there is no trace of RFC 8489 left */
    {{.drop = SRFLX_ATTR_PASSWORD_ALGORITHMS, .strip_nonce = true},
     "NO_CREDENTIALS STALE_NONCE STALE_NONCE",
     SRFLX_ERROR_REFUSED,
     SRFLX_REFUSAL_NONCE},
    /* 4: the weaker algorithm comes first */
    {{.algorithms = md5_first, .algorithms_len = sizeof md5_first},
     "NO_CREDENTIALS ALGORITHM_MISMATCH",
     SRFLX_ERROR_INTEGRITY,
     SRFLX_REFUSAL_NONE},
    /* 5: the stronger algorithm is gone */
    {{.algorithms = md5_alone, .algorithms_len = sizeof md5_alone},
     "NO_CREDENTIALS ALGORITHM_MISMATCH",
     SRFLX_ERROR_INTEGRITY,
     SRFLX_REFUSAL_NONE},
    /* 6: the weaker one is gone, which is no less of a change */
    {{.algorithms = sha256_alone, .algorithms_len = sizeof sha256_alone},
     "NO_CREDENTIALS ALGORITHM_MISMATCH",
     SRFLX_ERROR_INTEGRITY,
     SRFLX_REFUSAL_NONE},
    /* 7: nothing that we know is left */
    {{.algorithms = nothing_known, .algorithms_len = sizeof nothing_known},
     "NO_CREDENTIALS",
     SRFLX_ERROR_REFUSED,
     SRFLX_REFUSAL_ALGORITHM},
    /* 8: the list breaks off */
    {{.algorithms = broken_list, .algorithms_len = sizeof broken_list},
     "NO_CREDENTIALS",
     SRFLX_ERROR_REFUSED,
     SRFLX_REFUSAL_CHALLENGE},
    /* 9: an entry too many */
    {{.algorithms = one_more, .algorithms_len = sizeof one_more},
     "NO_CREDENTIALS ALGORITHM_MISMATCH",
     SRFLX_ERROR_INTEGRITY,
     SRFLX_REFUSAL_NONE},
    /* 10: the announcement of anonymity is gone, so the name would be shown */
    {{.nonce_cookie = "obMatJos2AAAB"},
     "NO_CREDENTIALS STALE_NONCE STALE_NONCE",
     SRFLX_ERROR_REFUSED,
     SRFLX_REFUSAL_NONCE},
    /* 11: the announcement is gone, the list is not */
    {{.nonce_cookie = "obMatJos2AAAC"},
     "NO_CREDENTIALS STALE_NONCE STALE_NONCE",
     SRFLX_ERROR_REFUSED,
     SRFLX_REFUSAL_NONCE},
    /* 12: no realm, hence no credentials */
    {{.drop = SRFLX_ATTR_REALM}, "NO_CREDENTIALS", SRFLX_ERROR_REFUSED, SRFLX_REFUSAL_CHALLENGE},
    /* 13: no nonce */
    {{.drop = SRFLX_ATTR_NONCE, .drop_too = SRFLX_ATTR_PASSWORD_ALGORITHMS},
     "NO_CREDENTIALS",
     SRFLX_ERROR_REFUSED,
     SRFLX_REFUSAL_CHALLENGE},
};

static void begin(struct dance *d, const struct edit *edit, dance_tamper *tamper)
{
    dance_begin(d, SRFLX_LONG_TERM);
    d->guard_config.userhash = true;
    d->tamper = tamper;
    d->tamper_user = (void *)(uintptr_t)edit;
    dance_set_up(d);
}

/* The first verdicts; what follows them repeats the last one, as the client sends again. */
static void check_beginning(const struct dance *d, const char *wanted)
{
    char seen[1024] = "";
    unsigned i;

    for (i = 0; i < d->verdict_count; i++) {
        if (i && d->verdicts[i] == SRFLX_VERDICT_ALGORITHM_MISMATCH &&
            d->verdicts[i - 1] == d->verdicts[i])
            continue;
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s%s", i ? " " : "",
                 srflx_verdict_name(d->verdicts[i]));
    }
    CHECK_STR(seen, wanted);
}

TEST(an_edited_challenge_leads_nowhere)
{
    size_t i;

    for (i = 0; i < sizeof challenges / sizeof *challenges; i++) {
        struct dance d;

        begin(&d, &challenges[i].edit, edit_challenges);
        dance_ask(&d);
        CHECK_INT(d.outcome.kind, SRFLX_EVENT_FAILED);
        CHECK_INT(d.outcome.error, challenges[i].error);
        CHECK_INT(srflx_login_refusal(d.login), challenges[i].refusal);
        check_beginning(&d, challenges[i].verdicts);
        dance_end(&d);
    }
}

/* What a client has learnt once it does not unlearn. */
TEST(a_later_challenge_cannot_be_weaker)
{
    static const struct edit edit = {.drop = SRFLX_ATTR_PASSWORD_ALGORITHMS, .strip_nonce = true};
    struct dance d;

    begin(&d, &edit, NULL);
    dance_ask(&d);
    CHECK_INT(d.outcome.kind, SRFLX_EVENT_ANSWER);
    d.tamper = edit_challenges;
    d.now.unix_ms += 600000;
    dance_ask(&d);
    dance_check(&d, "STALE_NONCE");
    CHECK_INT(d.outcome.error, SRFLX_ERROR_REFUSED);
    CHECK_INT(srflx_login_refusal(d.login), SRFLX_REFUSAL_BID_DOWN);
    dance_end(&d);
}

static void begin_forged(struct srflx_writer *w, uint8_t *forged, uint16_t code,
                         const uint8_t *bytes, size_t len)
{
    struct srflx_message m;
    struct srflx_id id;

    CHECK_INT(srflx_message_parse((struct srflx_view){bytes, len}, &m), 0);
    srflx_message_get_id(&m, &id);
    srflx_writer_begin(w, forged, DANCE_PACKET, srflx_type(SRFLX_METHOD_BINDING, SRFLX_ERROR), &id);
    srflx_put_error(w, code, (struct srflx_view){NULL, 0});
}

static void end_forged(struct srflx_writer *w, uint8_t *bytes, size_t *len)
{
    struct srflx_view done = {NULL, 0};

    CHECK_INT(srflx_writer_finish(w, &done), 0);
    memcpy(bytes, done.ptr, done.len);
    *len = done.len;
}

/* In place of the answer, a challenge as an RFC 5389 server would write it. */
static void forge_401(void *user, bool to_server, uint8_t *bytes, size_t *len)
{
    uint8_t forged[DANCE_PACKET];
    struct srflx_writer w;

    (void)user;
    if (to_server || is_challenge(bytes, *len)) return;
    begin_forged(&w, forged, 401, bytes, *len);
    srflx_put_bytes(&w, SRFLX_ATTR_REALM, VIEW("example.org"));
    srflx_put_bytes(&w, SRFLX_ATTR_NONCE, VIEW("plain"));
    end_forged(&w, bytes, len);
}

/* A question that is spoilt between the two does not help either: what an answer has confirmed stays known.
 * spec: R8489-9.2.5-21 */
TEST(a_spoilt_question_does_not_make_it_forget)
{
    static const struct edit drop_signature = {.drop = SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256};
    static const struct edit strip = {.drop = SRFLX_ATTR_PASSWORD_ALGORITHMS, .strip_nonce = true};
    dance_tamper *const spoil[] = {edit_successes, forge_401};
    const int errors[] = {SRFLX_ERROR_INTEGRITY, SRFLX_ERROR_REFUSED};
    size_t i;

    for (i = 0; i < 2; i++) {
        struct dance d;

        begin(&d, &drop_signature, NULL);
        dance_ask(&d);
        CHECK_INT(d.outcome.kind, SRFLX_EVENT_ANSWER);
        d.tamper = spoil[i];
        dance_ask(&d);
        CHECK_INT(d.outcome.error, errors[i]);
        d.tamper = edit_challenges;
        d.tamper_user = (void *)(uintptr_t)&strip;
        dance_ask(&d);
        dance_check(&d, "NO_CREDENTIALS");
        CHECK_INT(d.outcome.error, SRFLX_ERROR_REFUSED);
        CHECK_INT(srflx_login_refusal(d.login), SRFLX_REFUSAL_BID_DOWN);
        d.tamper = NULL;
        dance_ask(&d);
        dance_check(&d, "NO_CREDENTIALS SUCCESS");
        dance_end(&d);
    }
}

/* Takes the stronger of the two kinds of integrity out of requests. */
static void weaken_requests(void *user, bool to_server, uint8_t *bytes, size_t *len)
{
    static const struct edit edit = {.drop = SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256};

    (void)user;
    if (to_server) edit_message(&edit, bytes, len);
}

/* Short-term credentials have no challenge, so a server cannot tell such a request from an old client's (section
 * 9.1.5 goes on with what the answer has); who wants none of that does without SHA-1. */
TEST(a_weakened_short_term_request)
{
    struct dance d;

    dance_begin(&d, SRFLX_SHORT_TERM);
    d.tamper = weaken_requests;
    dance_set_up(&d);
    dance_ask(&d);
    dance_check(&d, "SUCCESS");
    CHECK_INT(d.outcome.kind, SRFLX_EVENT_ANSWER);
    dance_end(&d);

    dance_begin(&d, SRFLX_SHORT_TERM);
    d.credentials.sha1 = false;
    d.tamper = weaken_requests;
    dance_set_up(&d);
    dance_ask(&d);
    CHECK_INT(d.verdicts[0], SRFLX_VERDICT_INCOMPLETE_CREDENTIALS);
    CHECK_INT(d.outcome.error, SRFLX_ERROR_INTEGRITY);
    dance_end(&d);
}

/* An answer without its signature, or with another attribute before it, is nobody's.
 * spec: R8489-9.2.5-19 R5389-10.2.3-04 */
TEST(an_edited_answer_is_ignored)
{
    static const struct edit edits[] = {{.drop = SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256},
                                        {.drop = SRFLX_ATTR_XOR_MAPPED_ADDRESS}};
    size_t i;

    for (i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct dance d;

        begin(&d, &edits[i], edit_successes);
        dance_ask(&d);
        CHECK_INT(d.outcome.kind, SRFLX_EVENT_FAILED);
        CHECK_INT(d.outcome.error, SRFLX_ERROR_INTEGRITY);
        CHECK_INT(d.outcome.code, 0);
        dance_end(&d);
    }
}

/* The answer to a request that was signed with SHA-256 is replaced by one with the right SHA-1. */
static void sign_with_sha1(void *user, bool to_server, uint8_t *bytes, size_t *len)
{
    static const struct edit edit = {.drop = SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256};
    struct srflx_view done = {NULL, 0};
    uint8_t signed_bytes[DANCE_PACKET];
    struct srflx_message m;
    struct srflx_writer w;
    struct srflx_id id;

    if (to_server || is_challenge(bytes, *len)) return;
    edit_message(&edit, bytes, len);
    CHECK_INT(srflx_message_parse((struct srflx_view){bytes, *len}, &m), 0);
    srflx_message_get_id(&m, &id);
    srflx_writer_begin(&w, signed_bytes, sizeof signed_bytes, m.type, &id);
    srflx_put_prepared(&w, (struct srflx_view){bytes + 20, *len - 20});
    srflx_add_integrity(&w, SRFLX_INTEGRITY_SHA1, user);
    CHECK_INT(srflx_writer_finish(&w, &done), 0);
    memcpy(bytes, done.ptr, done.len);
    *len = done.len;
}

TEST(the_other_kind_of_integrity_does_not_count)
{
    const struct srflx_identity alice = {VIEW("alice"), VIEW("example.org")};
    struct srflx_key key;
    struct dance d;

    CHECK_INT(srflx_key_long_term(SRFLX_ALGORITHM_SHA256, &alice, VIEW("secret"), &key), 0);
    dance_begin(&d, SRFLX_LONG_TERM);
    d.tamper = sign_with_sha1;
    d.tamper_user = &key;
    dance_set_up(&d);
    dance_ask(&d);
    CHECK_INT(d.outcome.error, SRFLX_ERROR_INTEGRITY);
    dance_end(&d);

    srflx_key_from_secret(VIEW("secret"), &key);
    dance_begin(&d, SRFLX_SHORT_TERM);
    d.credentials.integrity = SRFLX_INTEGRITY_SHA256;
    d.tamper = sign_with_sha1;
    d.tamper_user = &key;
    dance_set_up(&d);
    dance_ask(&d);
    CHECK_INT(d.outcome.error, SRFLX_ERROR_INTEGRITY);
    dance_end(&d);
}

/* Who is sent elsewhere with a 300 that nobody signed: everybody, or those who have logged in. */
struct forged_300 {
    uint8_t mechanism;
    bool after_login;
    int error;
};

/* Sends them to 192.0.2.66. */
static void forge_300(void *user, bool to_server, uint8_t *bytes, size_t *len)
{
    const struct srflx_addr elsewhere = {{192, 0, 2, 66}, 0, 3478, SRFLX_IPV4};
    const struct forged_300 *forgery = user;
    uint8_t forged[DANCE_PACKET];
    struct srflx_writer w;

    if (to_server || (forgery->after_login && is_challenge(bytes, *len))) return;
    begin_forged(&w, forged, 300, bytes, *len);
    srflx_put_addr(&w, SRFLX_ATTR_ALTERNATE_SERVER, &elsewhere);
    end_forged(&w, bytes, len);
}

/* spec: R8489-10-06 */
TEST(an_unsigned_300_is_not_followed)
{
    static const struct forged_300 forgeries[] = {
        {SRFLX_SHORT_TERM, true, SRFLX_ERROR_INTEGRITY},
        {SRFLX_LONG_TERM, true, SRFLX_ERROR_INTEGRITY},
        {SRFLX_LONG_TERM, false, SRFLX_ERROR_REDIRECT},
    };
    size_t i;

    for (i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        struct dance d;

        dance_begin(&d, forgeries[i].mechanism);
        d.tamper = forge_300;
        d.tamper_user = (void *)(uintptr_t)&forgeries[i];
        dance_set_up(&d);
        dance_ask(&d);
        CHECK_INT(d.outcome.kind, SRFLX_EVENT_FAILED);
        CHECK_INT(d.outcome.error, forgeries[i].error);
        CHECK_INT(d.asked.ip[3], 2);
        dance_end(&d);
    }
}

RUN(TEST_OF(a_spoilt_question_does_not_make_it_forget), TEST_OF(a_weakened_short_term_request),
    TEST_OF(an_edited_challenge_leads_nowhere), TEST_OF(a_later_challenge_cannot_be_weaker),
    TEST_OF(an_edited_answer_is_ignored), TEST_OF(the_other_kind_of_integrity_does_not_count),
    TEST_OF(an_unsigned_300_is_not_followed))
