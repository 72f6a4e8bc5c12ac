#include <srflx/gate.h>

#include <srflx/addr.h>

struct entry {
    struct srflx_addr server;
    uint32_t outstanding; /* never 0 */
};

struct srflx_gate {
    size_t capacity, count;
    struct entry entries[];
};

size_t srflx_gate_size(size_t capacity)
{
    return sizeof(struct srflx_gate) + capacity * sizeof(struct entry);
}

int srflx_gate_init(void *memory, size_t len, size_t capacity, struct srflx_gate **ret_gate)
{
    struct srflx_gate *gate = memory;

    if (capacity < 1 || capacity > SRFLX_GATE_MAX) return SRFLX_ERROR_ARGUMENT;
    if (len < srflx_gate_size(capacity)) return SRFLX_ERROR_SPACE;
    gate->capacity = capacity;
    gate->count = 0;
    *ret_gate = gate;
    return 0;
}

/* Its index, or `count`. */
static size_t find(const struct srflx_gate *gate, const struct srflx_addr *server)
{
    size_t i;

    for (i = 0; i < gate->count; i++)
        if (srflx_addr_same_ip(&gate->entries[i].server, server)) break;
    return i;
}

/* spec: R8489-6.2-01 R8489-6.2-02 R5389-7.2-03 */
bool srflx_gate_is_open(const struct srflx_gate *gate, const struct srflx_addr *server)
{
    const size_t at = find(gate, server);

    if (at == gate->count) return gate->count < gate->capacity;
    return gate->entries[at].outstanding < SRFLX_GATE_OUTSTANDING;
}

bool srflx_gate_enter(struct srflx_gate *gate, const struct srflx_addr *server)
{
    const size_t at = find(gate, server);

    if (!srflx_gate_is_open(gate, server)) return false;
    if (at == gate->count) gate->entries[gate->count++] = (struct entry){.server = *server};
    gate->entries[at].outstanding++;
    return true;
}

void srflx_gate_leave(struct srflx_gate *gate, const struct srflx_addr *server)
{
    const size_t at = find(gate, server);

    if (at == gate->count || --gate->entries[at].outstanding) return;
    gate->entries[at] = gate->entries[--gate->count];
}
