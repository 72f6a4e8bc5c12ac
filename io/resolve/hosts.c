#include "hosts.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

static const char localhost[] = "localhost";

static bool is_localhost(const char *name)
{
    const size_t len = strlen(name), tail = sizeof localhost - 1;

    if (len < tail || strcmp(name + len - tail, localhost) != 0) return false;
    return len == tail || name[len - tail - 1] == '.';
}

static void add(struct srflx_dns_answer *answer, const void *ip, uint8_t family)
{
    struct srflx_addr *addr = &answer->addrs[answer->count];

    if (answer->count == SRFLX_DNS_ADDRS) {
        answer->unused++;
        return;
    }
    memcpy(addr->ip, ip, family == SRFLX_IPV4 ? 4 : 16);
    addr->family = family;
    answer->count++;
}

/* Of other types than addresses it has none (RFC 6761 section 6.3). */
static void answer_localhost(uint16_t type, struct srflx_dns_answer *answer)
{
    static const uint8_t v4[4] = {127, 0, 0, 1}, v6[16] = {[15] = 1};

    if (type == SRFLX_DNS_A) add(answer, v4, SRFLX_IPV4);
    if (type == SRFLX_DNS_AAAA) add(answer, v6, SRFLX_IPV6);
}

/* True if the table has the name with an address of this family; NULL: nobody wants these. */
static bool look_up(ares_channel channel, const char *name, int family,
                    struct srflx_dns_answer *answer)
{
    struct hostent *entry;
    char **ip;

    if (ares_gethostbyname_file(channel, name, family, &entry) != ARES_SUCCESS) return false;
    for (ip = entry->h_addr_list; answer && *ip; ip++)
        add(answer, *ip, family == AF_INET ? SRFLX_IPV4 : SRFLX_IPV6);
    ares_free_hostent(entry);
    return true;
}

/* Who is in the table with one family has none of the other, whatever the DNS says. */
static bool is_in_table(ares_channel channel, const struct srflx_dns_question *question,
                        struct srflx_dns_answer *answer)
{
    const bool v4 = question->type == SRFLX_DNS_A;
    bool wanted, other;

    if (question->type == SRFLX_DNS_SRV) return false;
    wanted = look_up(channel, question->name, v4 ? AF_INET : AF_INET6, answer);
    other = look_up(channel, question->name, v4 ? AF_INET6 : AF_INET, NULL);
    return wanted || other;
}

bool srflxi_hosts_know(ares_channel channel, const struct srflx_dns_question *question,
                       struct srflx_dns_answer *ret_answer)
{
    memset(ret_answer, 0, sizeof *ret_answer);
    if (is_localhost(question->name))
        answer_localhost(question->type, ret_answer);
    else if (!is_in_table(channel, question, ret_answer))
        return false;
    ret_answer->local = true;
    ret_answer->outcome = ret_answer->count ? SRFLX_DNS_RECORDS : SRFLX_DNS_NO_RECORDS;
    return true;
}
