#include "verify.h"

#include <string.h>

#include <srflx/integrity.h>

#include "output.h"

/* What is asked of one attribute. */
struct question {
    const struct credentials *credentials;
    const struct srflx_message *message;
    enum srflx_integrity which;
};

static const char no_realm[] = "no realm known, give --realm";
static const char broken[] = "the message is broken";

static bool same(struct srflx_view a, struct srflx_view b)
{
    return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

/* A cut MESSAGE-INTEGRITY-SHA256 is right as far as it reaches; whether that is enough is for the usage to say. */
static bool fits(const struct question *q, const struct srflx_key *key)
{
    if (q->which == SRFLX_INTEGRITY_SHA256)
        return srflx_integrity_check_truncated(q->message, key, 16) == q->which;
    return srflx_integrity_check_one(q->message, key, q->which) == q->which;
}

static bool secret_fits(const struct question *q, struct srflx_view secret)
{
    struct srflx_key key;
    bool right;

    srflx_key_from_secret(secret, &key);
    right = fits(q, &key);
    srflx_key_wipe(&key);
    return right;
}

static bool found(struct check *check, const char *mechanism, const char *algorithm, bool saslprep)
{
    check->result = CHECK_RIGHT;
    check->mechanism = mechanism;
    check->algorithm = algorithm;
    check->saslprep = saslprep;
    return true;
}

static bool try_short_term(const struct question *q, struct check *check)
{
    const struct srflx_credentials *prepared = &q->credentials->prepared;

    if (secret_fits(q, prepared->password)) return found(check, "short-term", NULL, false);
    if (secret_fits(q, prepared->legacy_password)) return found(check, "short-term", NULL, true);
    return false;
}

static bool try_algorithm(const struct question *q, uint16_t algorithm, struct srflx_view realm,
                          struct check *check)
{
    const struct srflx_credentials *prepared = &q->credentials->prepared;
    const struct srflx_view names[] = {prepared->username, prepared->legacy_username};
    const struct srflx_view passwords[] = {prepared->password, prepared->legacy_password};
    const char *name = algorithm == SRFLX_ALGORITHM_MD5 ? "MD5" : "SHA-256";

    for (unsigned forms = 0; forms < 4; forms++) {
        const struct srflx_identity who = {names[forms & 1], realm};
        struct srflx_key key;
        bool right =
            !srflx_key_long_term(algorithm, &who, passwords[forms >> 1], &key) && fits(q, &key);
        srflx_key_wipe(&key);
        if (right) return found(check, "long-term", name, forms != 0);
    }
    return false;
}

static bool find_realm(const struct question *q, struct srflx_view *ret_realm)
{
    const struct srflx_view given = q->credentials->prepared.realm;

    if (!given.len)
        return !srflx_message_get_bytes(q->message, SRFLX_ATTR_REALM, ret_realm) && ret_realm->len;
    *ret_realm = given;
    return true;
}

/* RFC 3489 has one key, the password as it stands; later messages have one of two mechanisms, and do not say which.
 * spec: R8489-9.1.1-01 R8489-9.2.2-01 R3489-11.2.8-01 */
static void check_integrity(const struct question *q, struct check *check)
{
    struct srflx_view realm;

    check->result = CHECK_WRONG;
    if (q->message->classic) {
        if (secret_fits(q, credentials_typed_password(q->credentials)))
            found(check, "classic", NULL, false);
        return;
    }
    if (try_short_term(q, check) || q->credentials->short_term) return;
    if (!find_realm(q, &realm)) {
        check->result = CHECK_UNCHECKED;
        check->reason = no_realm;
        return;
    }
    if (!try_algorithm(q, SRFLX_ALGORITHM_SHA256, realm, check))
        (void)try_algorithm(q, SRFLX_ALGORITHM_MD5, realm, check);
}

static bool is_hash_of(struct srflx_view value, struct srflx_view name, struct srflx_view realm)
{
    const struct srflx_identity who = {name, realm};
    struct srflx_userhash hash;

    srflx_userhash_compute(&who, &hash);
    return same(value, (struct srflx_view){hash.bytes, sizeof hash.bytes});
}

/* spec: R8489-14.4-01 R8489-14.4-03 */
static void check_userhash(const struct question *q, struct srflx_view value, struct check *check)
{
    struct srflx_view realm;

    check->is_userhash = true;
    if (!find_realm(q, &realm)) {
        check->result = CHECK_UNCHECKED;
        check->reason = no_realm;
    } else {
        check->result =
            is_hash_of(value, q->credentials->prepared.username, realm) ? CHECK_RIGHT : CHECK_WRONG;
    }
}

static void check_attribute(struct question *q, const struct srflx_fact *fact, struct check *check)
{
    check->offset = fact->offset;
    if (fact->type == SRFLX_ATTR_USERHASH) {
        check_userhash(q, fact->bytes, check);
        return;
    }
    q->which =
        fact->type == SRFLX_ATTR_MESSAGE_INTEGRITY ? SRFLX_INTEGRITY_SHA1 : SRFLX_INTEGRITY_SHA256;
    check_integrity(q, check);
    if (q->which == SRFLX_INTEGRITY_SHA256 && fact->bytes.len < 32) check->cut_to = fact->bytes.len;
}

/* Does a receiver look at it, and does the table of this generation know it? */
static bool is_checked(const struct srflx_fact *fact)
{
    const uint32_t ignored = 1U << SRFLX_PROBLEM_HIDDEN | 1U << SRFLX_PROBLEM_REPEATED;

    if (fact->kind != SRFLX_FACT_ATTRIBUTE || !fact->row || fact->problems & ignored) return false;
    return fact->type == SRFLX_ATTR_MESSAGE_INTEGRITY ||
           fact->type == SRFLX_ATTR_MESSAGE_INTEGRITY_SHA256 || fact->type == SRFLX_ATTR_USERHASH;
}

void verify(const struct credentials *credentials, struct srflx_view message,
            struct verification *ret_verification)
{
    struct srflx_message m;
    struct question q = {.credentials = credentials, .message = &m};
    const bool is_whole = !srflx_message_parse(message, &m);
    struct srflx_dissection d;
    struct srflx_fact fact;

    memset(ret_verification, 0, sizeof *ret_verification);
    srflx_dissect_begin(&d, message);
    while (ret_verification->count < CHECKS_MOST && srflx_dissect_next(&d, &fact)) {
        struct check *check = &ret_verification->checks[ret_verification->count];
        if (!is_checked(&fact)) continue;
        ret_verification->count++;
        if (is_whole) {
            check_attribute(&q, &fact, check);
            continue;
        }
        *check = (struct check){.offset = fact.offset,
                                .result = CHECK_UNCHECKED,
                                .reason = broken,
                                .is_userhash = fact.type == SRFLX_ATTR_USERHASH};
    }
}

const struct check *verification_find(const struct verification *verification, size_t offset)
{
    for (size_t i = 0; verification && i < verification->count; i++)
        if (verification->checks[i].offset == offset) return &verification->checks[i];
    return NULL;
}

const struct check *verification_failure(const struct verification *verification)
{
    for (size_t i = 0; verification && i < verification->count; i++) {
        const struct check *check = &verification->checks[i];
        if (check->result == CHECK_WRONG && !check->is_userhash) return check;
    }
    return NULL;
}

static void print_right(FILE *to, const struct check *check)
{
    if (check->is_userhash) {
        fputs(" [of this user]", to);
        return;
    }
    fputs(" [right", to);
    if (check->cut_to) fprintf(to, " as far as it goes, cut to %zu bytes", check->cut_to);
    fprintf(to, " (%s", check->mechanism);
    if (check->algorithm) fprintf(to, ", %s password", check->algorithm);
    if (check->saslprep) fputs(", prepared as RFC 5389 does", to);
    fputs(")]", to);
}

void check_print(FILE *to, const struct check *check)
{
    if (check->result == CHECK_RIGHT)
        print_right(to, check);
    else if (check->result == CHECK_UNCHECKED)
        print_emphasised(to, FAINT, " [cannot be checked: %s]", check->reason);
    else if (check->is_userhash)
        print_emphasised(to, FAINT, " [not of this user]");
    else
        print_emphasised(to, ALARM, " [WRONG]");
}

json_t *check_json(const struct check *check)
{
    static const char *const names[] = {
        [CHECK_RIGHT] = "right", [CHECK_WRONG] = "wrong", [CHECK_UNCHECKED] = "unchecked"};
    json_t *object = json_pack("{s:s}", "result", names[check->result]);

    if (check->result == CHECK_UNCHECKED)
        json_object_set_new(object, "reason", json_string(check->reason));
    if (check->result == CHECK_RIGHT && !check->is_userhash) {
        json_object_update_new(object, json_pack("{s:s, s:s?, s:b}", "mechanism", check->mechanism,
                                                 "algorithm", check->algorithm, "saslprep",
                                                 (int)check->saslprep));
    }
    return object;
}
