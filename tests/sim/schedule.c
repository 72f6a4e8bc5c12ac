#include "schedule.h"

static uint64_t ns(uint64_t ms)
{
    return ms * 1000000;
}

/* From the request with this number, counted from 1, to the next one. */
static uint64_t interval_ms(const struct srflx_transaction_options *options, unsigned number)
{
    uint64_t ms = (uint64_t)options->rto_ms << (number - 1);
    uint64_t max = options->rto_max_ms;

    if (max && max < options->rto_ms) max = options->rto_ms;
    return max && ms > max ? max : ms;
}

uint32_t schedule_table_send_ms(bool classic, unsigned number)
{
    static const uint32_t current[] = {0, 500, 1500, 3500, 7500, 15500, 31500};
    static const uint32_t old[] = {0, 100, 300, 700, 1500, 3100, 4700, 6300, 7900};
    size_t count = classic ? sizeof old / sizeof old[0] : sizeof current / sizeof current[0];

    if (number < 1 || number > count) return UINT32_MAX;
    return classic ? old[number - 1] : current[number - 1];
}

uint32_t schedule_table_fail_ms(bool classic)
{
    return classic ? 9500 : 39500;
}

static uint64_t last_wait_ms(const struct srflx_transaction_options *options, bool reliable)
{
    return reliable ? options->ti_ms : (uint64_t)options->rm * options->rto_ms;
}

static bool is_last(const struct schedule *s)
{
    return s->reliable || s->in_round == s->options->rc;
}

void schedule_start(struct schedule *s, const struct srflx_transaction_options *options,
                    bool reliable, uint64_t now_ns)
{
    *s = (struct schedule){.options = options, .reliable = reliable, .start_ns = now_ns};
    s->running = true;
    s->on_time = true;
    s->due_ns = now_ns;
    s->limit_ns = options->limit_ms ? now_ns + ns(options->limit_ms) : UINT64_MAX;
}

enum act schedule_at(const struct schedule *s, uint64_t now_ns)
{
    if (!s->running) return ACT_NONE;
    if (now_ns >= s->limit_ns) return s->paused ? ACT_REJECTED : ACT_TIMEOUT;
    if (now_ns < s->due_ns) return ACT_NONE;
    return s->sent && !s->paused && is_last(s) ? ACT_TIMEOUT : ACT_SEND;
}

uint64_t schedule_deadline(const struct schedule *s)
{
    if (!s->running) return UINT64_MAX;
    return s->due_ns < s->limit_ns ? s->due_ns : s->limit_ns;
}

uint64_t schedule_interval_ns(const struct schedule *s)
{
    return ns(interval_ms(s->options, s->in_round));
}

void schedule_sent(struct schedule *s, uint64_t now_ns)
{
    s->paused = false;
    s->sent++;
    s->in_round++;
    s->sent_ns = now_ns;
    s->due_ns =
        now_ns + (is_last(s) ? ns(last_wait_ms(s->options, s->reliable)) : schedule_interval_ns(s));
}

/* The pause is as long as the interval that was running. */
enum act schedule_trouble(struct schedule *s, uint64_t now_ns)
{
    if (s->paused) return ACT_NONE;
    if (s->tries == s->options->max_resends) return ACT_REJECTED;
    s->due_ns = now_ns + schedule_interval_ns(s);
    s->tries++;
    s->in_round = 0;
    s->paused = true;
    s->on_time = false;
    return ACT_NONE;
}

void schedule_end(struct schedule *s)
{
    s->running = false;
}
