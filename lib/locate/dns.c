/* Answers are walked in passes, one for each alias and one for the records; nothing is kept in between. */
#include <srflx/dns.h>

#include <srflx/addr.h>
#include <srflxi/bytes.h>

#include "name.h"

enum { HEADER = 12, QUESTION_TAIL = 4, RECORD_HEAD = 10, SRV_HEAD = 6, SOA_NUMBERS = 20 };
enum { CLASS_IN = 1, TYPE_CNAME = 5, TYPE_SOA = 6 };
enum { RESPONSE = 0x8000, OPCODE = 0x7800, TRUNCATED = 0x0200, RCODE = 0x000F };
enum { NO_ERROR = 0, NAME_ERROR = 3, REFUSED = 5 };

/* More than one jump is rare, and a chain of them would cost its length for each record. */
enum { JUMPS = 16, WIRE_NAME_LONGEST = 255 };

static const char root[] = ".";

const char *srflx_dns_outcome_text(enum srflx_dns_outcome outcome)
{
    switch (outcome) {
#define OUTCOME_TEXT(name, text) \
    case SRFLX_DNS_##name:       \
        return text;
        SRFLX_DNS_OUTCOME_MAP(OUTCOME_TEXT)
#undef OUTCOME_TEXT
    default:
        return "";
    }
}

/* A name while it is read. */
struct name {
    char text[WIRE_NAME_LONGEST + 1]; /* as far as it is one */
    size_t len;
    bool usable; /* each label has letters that a host may have */
};

static void add_label(struct name *name, const uint8_t *label, size_t len)
{
    size_t i;

    if (name->len) name->text[name->len++] = '.';
    for (i = 0; i < len; i++) {
        name->usable = name->usable && srflxi_name_is_letter(label[i]);
        name->text[name->len++] = (char)srflxi_name_lower(label[i]);
    }
}

/* Where the compressed name goes on: before all of it that was read so far, so it ends. */
static bool follow(struct srflx_view message, size_t *at, size_t *limit)
{
    size_t target;

    if (message.len - *at < 2) return false;
    target = srflxi_get16(message.ptr + *at) & 0x3FFFu;
    if (target < HEADER || target >= *limit) return false;
    *at = *limit = target;
    return true;
}

/* Reads the name at `*at`, and moves that behind it. False if it is none. */
static bool read_name(struct srflx_view message, size_t *at, struct name *ret_name)
{
    size_t here = *at, limit = *at, end = 0;
    unsigned jumps = 0;

    ret_name->len = 0;
    ret_name->usable = true;
    for (;;) {
        uint8_t len;
        if (here >= message.len) return false;
        len = message.ptr[here];
        if (len >= 0xC0) {
            if (!end) end = here + 2;
            if (++jumps > JUMPS || !follow(message, &here, &limit)) return false;
            continue;
        }
        here++;
        if (!len) break;
        /* With its length byte, and that of the root. */
        if (len > LABEL_LONGEST || len >= message.len - here) return false;
        if (ret_name->len + (ret_name->len != 0) + len + 2 > WIRE_NAME_LONGEST) return false;
        add_label(ret_name, message.ptr + here, len);
        here += len;
    }
    ret_name->text[ret_name->len] = '\0';
    *at = end ? end : here;
    return true;
}

static bool is_name(const struct name *name, const char *text)
{
    return name->usable && srflxi_name_equal(name->text, text);
}

struct record {
    struct name owner;
    uint16_t type, class;
    uint32_t ttl_s;
    size_t data; /* where it begins */
    size_t len;
};

static bool read_record(struct srflx_view message, size_t *at, struct record *ret_record)
{
    const uint8_t *head;

    if (!read_name(message, at, &ret_record->owner)) return false;
    if (message.len - *at < RECORD_HEAD) return false;
    head = message.ptr + *at;
    ret_record->type = srflxi_get16(head);
    ret_record->class = srflxi_get16(head + 2);
    ret_record->ttl_s = srflxi_get32(head + 4);
    ret_record->len = srflxi_get16(head + 8);
    ret_record->data = *at + RECORD_HEAD;
    if (ret_record->len > message.len - ret_record->data) return false;
    *at = ret_record->data + ret_record->len;
    return true;
}

/* A message that is an answer to the question. */
struct reply {
    struct srflx_view message;
    size_t answers;     /* where they begin */
    size_t authorities; /* likewise; 0: not known yet */
    uint16_t answer_count, authority_count;
    char name[SRFLX_NAME_TEXT]; /* asked for, then where aliases lead */
};

/* Opcode 0, one question, and that the right one. */
static bool read_question(struct reply *reply, const struct srflx_dns_question *question)
{
    struct srflx_view message = reply->message;
    struct name name;
    size_t at = HEADER;

    if (message.len < HEADER) return false;
    if ((srflxi_get16(message.ptr + 2) & (RESPONSE | OPCODE)) != RESPONSE) return false;
    if (srflxi_get16(message.ptr + 4) != 1 || !read_name(message, &at, &name)) return false;
    if (message.len - at < QUESTION_TAIL || !is_name(&name, question->name)) return false;
    if (srflxi_get16(message.ptr + at) != question->type) return false;
    if (srflxi_get16(message.ptr + at + 2) != CLASS_IN) return false;
    reply->answers = at + QUESTION_TAIL;
    reply->answer_count = srflxi_get16(message.ptr + 6);
    reply->authority_count = srflxi_get16(message.ptr + 8);
    srflxi_name_copy(reply->name, question->name);
    return true;
}

/* All answers must be there. */
static bool find_authorities(struct reply *reply)
{
    size_t at = reply->answers;
    struct record record;
    unsigned i;

    for (i = 0; i < reply->answer_count; i++)
        if (!read_record(reply->message, &at, &record)) return false;
    reply->authorities = at;
    return true;
}

/* The text of a name in a record's data, which it fills to the end. */
static bool read_data_name(struct srflx_view message, const struct record *record, size_t skip,
                           struct name *ret_name)
{
    size_t at = record->data + skip;

    if (record->len <= skip || !read_name(message, &at, ret_name)) return false;
    return at == record->data + record->len;
}

static bool is_target(const struct name *name)
{
    return name->len && name->usable && !srflxi_name_check(name->text, name->len);
}

/* True if the name is an alias, whose target takes its place. False also if that is unusable. */
static bool follow_alias(struct reply *reply)
{
    size_t at = reply->answers;
    struct record record;
    struct name target;
    unsigned i;

    for (i = 0; i < reply->answer_count; i++) {
        if (!read_record(reply->message, &at, &record)) return false;
        if (record.type != TYPE_CNAME || record.class != CLASS_IN) continue;
        if (!is_name(&record.owner, reply->name)) continue;
        if (!read_data_name(reply->message, &record, 0, &target)) return false;
        if (!target.usable || !target.len) return false;
        srflxi_name_copy(reply->name, target.text);
        return true;
    }
    return false;
}

/* False if there are too many. */
static bool follow_aliases(struct reply *reply, struct srflx_dns_answer *answer)
{
    while (follow_alias(reply))
        if (++answer->aliases > SRFLX_DNS_ALIASES) return false;
    return true;
}

/* The same address with 12 bytes of another kind before it. */
static bool is_mapped(const uint8_t *ip)
{
    static const uint8_t prefix[12] = {[10] = 0xFF, [11] = 0xFF};

    return !memcmp(ip, prefix, sizeof prefix);
}

static bool read_addr(struct srflx_view data, uint16_t type, struct srflx_addr *ret_addr)
{
    struct srflx_addr addr = {{0}, 0, 0, type == SRFLX_DNS_A ? SRFLX_IPV4 : SRFLX_IPV6};

    if (data.len != (type == SRFLX_DNS_A ? 4u : 16u)) return false;
    memcpy(addr.ip, data.ptr, data.len);
    if (srflx_addr_is_unspecified(&addr) || srflx_addr_is_multicast(&addr)) return false;
    if (addr.family == SRFLX_IPV6 && is_mapped(addr.ip)) return false;
    *ret_addr = addr;
    return true;
}

/* spec: R2782-Target-01 */
static bool read_srv(struct srflx_view message, const struct record *record,
                     struct srflx_dns_srv *ret_srv)
{
    const uint8_t *data = message.ptr + record->data;
    struct name target;

    if (!read_data_name(message, record, SRV_HEAD, &target)) return false;
    if (target.len && !is_target(&target)) return false;
    ret_srv->priority = srflxi_get16(data);
    ret_srv->weight = srflxi_get16(data + 2);
    ret_srv->port = srflxi_get16(data + 4);
    if (target.len && !ret_srv->port) return false;
    srflxi_name_copy(ret_srv->target, target.len ? target.text : root);
    return true;
}

static bool take_record(struct srflx_view message, const struct record *record,
                        struct srflx_dns_answer *answer)
{
    struct srflx_view data = {message.ptr + record->data, record->len};

    if (record->type == SRFLX_DNS_SRV) {
        if (answer->count == SRFLX_DNS_SRVS) return false;
        return read_srv(message, record, &answer->srvs[answer->count]);
    }
    if (answer->count == SRFLX_DNS_ADDRS) return false;
    return read_addr(data, record->type, &answer->addrs[answer->count]);
}

static void take_records(const struct reply *reply, uint16_t type, struct srflx_dns_answer *answer)
{
    size_t at = reply->answers;
    struct record record;
    unsigned i;

    for (i = 0; i < reply->answer_count; i++) {
        if (!read_record(reply->message, &at, &record)) return;
        if (record.type != type || record.class != CLASS_IN) continue;
        if (!is_name(&record.owner, reply->name)) continue;
        if (take_record(reply->message, &record, answer))
            answer->count++;
        else if (answer->unused < UINT16_MAX)
            answer->unused++;
    }
}

/* The lesser of the zone's "minimum" and of its record's own time (RFC 2308 section 5), or 0. */
static uint32_t negative_ttl_s(const struct reply *reply)
{
    size_t at = reply->authorities;
    struct record record;
    unsigned i;

    for (i = 0; i < reply->authority_count; i++) {
        uint32_t minimum_s;
        if (!read_record(reply->message, &at, &record)) return 0;
        if (record.type != TYPE_SOA || record.class != CLASS_IN || record.len < SOA_NUMBERS)
            continue;
        minimum_s = srflxi_get32(reply->message.ptr + record.data + record.len - 4);
        return minimum_s < record.ttl_s ? minimum_s : record.ttl_s;
    }
    return 0;
}

static enum srflx_dns_outcome read_records(struct reply *reply, uint16_t type,
                                           struct srflx_dns_answer *answer)
{
    if (!find_authorities(reply)) return SRFLX_DNS_BROKEN;
    if (!follow_aliases(reply, answer)) return SRFLX_DNS_LOOP;
    take_records(reply, type, answer);
    if (answer->count) return SRFLX_DNS_RECORDS;
    answer->ttl_s = negative_ttl_s(reply);
    return SRFLX_DNS_NO_RECORDS;
}

static enum srflx_dns_outcome read_reply(struct srflx_view message,
                                         const struct srflx_dns_question *question,
                                         struct srflx_dns_answer *answer)
{
    struct reply reply = {.message = message};
    enum srflx_dns_outcome outcome;
    uint16_t flags;

    if (!read_question(&reply, question)) return SRFLX_DNS_BROKEN;
    flags = srflxi_get16(message.ptr + 2);
    if ((flags & RCODE) == REFUSED) return SRFLX_DNS_REFUSED;
    if ((flags & RCODE) != NO_ERROR && (flags & RCODE) != NAME_ERROR) return SRFLX_DNS_FAILED;
    if (flags & TRUNCATED) return SRFLX_DNS_BROKEN;
    outcome = read_records(&reply, question->type, answer);
    if (outcome == SRFLX_DNS_NO_RECORDS && (flags & RCODE) == NAME_ERROR) return SRFLX_DNS_NO_NAME;
    return outcome;
}

void srflx_dns_read(struct srflx_view message, const struct srflx_dns_question *question,
                    struct srflx_dns_answer *ret_answer)
{
    memset(ret_answer, 0, sizeof *ret_answer);
    if (message.len > UINT16_MAX) message.len = UINT16_MAX;
    ret_answer->outcome = (uint8_t)read_reply(message, question, ret_answer);
}
