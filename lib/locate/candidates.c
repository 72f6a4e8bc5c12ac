/* Which address is next. Known are the services whose questions have been answered; in each, the
 * addresses of its targets. */
#include "plan.h"

#include <srflx/addr.h>

#include "name.h"

static const struct service *current_service(const struct srflx_locate *l)
{
    return &l->services[l->cursor.service];
}

static const struct srflxi_target *current_target(const struct srflx_locate *l)
{
    return &current_service(l)->targets[l->cursor.target];
}

static const struct addrs *addrs_of(const struct srflx_locate *l, size_t family)
{
    return &l->hosts[current_target(l)->host].families[family];
}

bool srflx_locate_is_done(const struct srflx_locate *l)
{
    return l->cursor.service == l->service_count;
}

/* The next address of the family, with its port. */
static struct srflx_addr next_addr(const struct srflx_locate *l, size_t family)
{
    struct srflx_addr addr = addrs_of(l, family)->list[l->cursor.given[family]];

    addr.port = current_target(l)->port;
    return addr;
}

static bool is_given(const struct srflx_locate *l, const struct srflx_addr *addr)
{
    const uint8_t transport = current_service(l)->transport;
    size_t i;

    for (i = 0; i < l->given_count; i++)
        if (l->given[i].transport == transport && srflx_addr_equal(&l->given[i].addr, addr))
            return true;
    return false;
}

static bool has_more(const struct srflx_locate *l, size_t family)
{
    return l->cursor.given[family] < addrs_of(l, family)->count;
}

static void pass_given(struct srflx_locate *l, size_t family)
{
    while (has_more(l, family)) {
        struct srflx_addr addr = next_addr(l, family);
        if (!is_given(l, &addr)) return;
        l->cursor.given[family]++;
    }
}

/* True if the target has nothing to give, now or later. */
static bool is_exhausted(const struct srflx_locate *l)
{
    size_t family;

    for (family = 0; family < FAMILIES; family++)
        if (!addrs_of(l, family)->known || has_more(l, family)) return false;
    return true;
}

static void move_on(struct srflx_locate *l, uint8_t service, uint8_t target)
{
    l->cursor = (struct cursor){.service = service, .target = target, .next = l->first};
}

void srflxi_locate_advance(struct srflx_locate *l)
{
    if (l->given_count == SRFLX_LOCATE_CANDIDATES) move_on(l, (uint8_t)l->service_count, 0);
    while (!srflx_locate_is_done(l) && current_service(l)->ready) {
        const struct cursor *at = &l->cursor;
        size_t family;
        if (at->target == current_service(l)->count) {
            move_on(l, (uint8_t)(at->service + 1), 0);
            continue;
        }
        for (family = 0; family < FAMILIES; family++)
            pass_given(l, family);
        if (!is_exhausted(l)) return;
        move_on(l, at->service, (uint8_t)(at->target + 1));
    }
}

/* A target's first address waits a little for the family that begins. spec: R8305-8-01 */
uint64_t srflxi_locate_patience_ns(const struct srflx_locate *l)
{
    const size_t first = l->first, second = !l->first;

    if (srflx_locate_is_done(l) || !current_service(l)->ready || l->cursor.begun) return UINT64_MAX;
    if (addrs_of(l, first)->known || !has_more(l, second)) return UINT64_MAX;
    return addrs_of(l, second)->known_ns + SRFLX_RESOLUTION_DELAY_MS * MS;
}

/* The index of the family to give an address of, or FAMILIES for none now. spec: R8489-8.1-05 */
static size_t pick_family(const struct srflx_locate *l, struct srflx_time now)
{
    const size_t turn = l->cursor.next, other = !turn;
    const uint64_t patience = srflxi_locate_patience_ns(l);

    if (has_more(l, turn)) return turn;
    if (!has_more(l, other)) return FAMILIES;
    return patience != UINT64_MAX && now.mono_ns < patience ? FAMILIES : other;
}

/* spec: R7350-4.1.1-02 */
static void fill(const struct srflx_locate *l, size_t family, struct srflx_candidate *ret_candidate)
{
    const struct service *service = current_service(l);
    const struct srflxi_target *target = current_target(l);
    const struct srflx_locate_options *options = &l->options;

    ret_candidate->addr = next_addr(l, family);
    ret_candidate->transport = service->transport;
    ret_candidate->source = service->source;
    ret_candidate->priority = target->priority;
    ret_candidate->weight = target->weight;
    srflxi_name_copy(ret_candidate->host, l->hosts[target->host].name);
    srflxi_name_copy(ret_candidate->verify,
                     options->verify[0] ? options->verify : options->uri.host);
}

bool srflx_locate_next_candidate(struct srflx_locate *l, struct srflx_time now,
                                 struct srflx_candidate *ret_candidate)
{
    struct given *given = &l->given[l->given_count];
    size_t family;

    srflx_locate_tick(l, now);
    if (srflx_locate_is_done(l) || !current_service(l)->ready) return false;
    family = pick_family(l, now);
    if (family == FAMILIES) return false;
    fill(l, family, ret_candidate);
    *given = (struct given){ret_candidate->addr, ret_candidate->transport};
    l->given_count++;
    l->cursor.given[family]++;
    l->cursor.begun = true;
    l->cursor.next = !family;
    srflxi_locate_advance(l);
    return true;
}
