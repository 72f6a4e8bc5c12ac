/* Do client and server converge? Runs every scenario with many seeds in virtual time.
 *
 *     sim_test                                   all scenarios
 *     sim_test --scenario NAME                   one of them
 *     sim_test --scenario NAME --seed N          one run, told line by line
 *     sim_test --faults                          does every rule see the fault that is for it?
 *     sim_test --fault NAME --seed N             one run with a fault, told line by line
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEEDS = 200 };

static struct world world;

/* What has been found out about a scenario; `broken` 0: nothing. */
struct finding {
    enum rule broken;
    uint64_t seed;
    char text[512];
};

/* ---- one scenario ---- */

static void append(char *text, size_t cap, const char *more)
{
    size_t len = strlen(text);

    snprintf(text + len, cap - len, "%s", more);
}

static void append_seen(char *text, size_t cap, unsigned seen)
{
    static const char *const names[] = {
#define SEEN_NAME(name) " " #name,
        SEEN_MAP(SEEN_NAME)
#undef SEEN_NAME
    };
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (seen >> i & 1) append(text, cap, names[i]);
}

/* The runs show exactly what the scenario is for. */
static void check_seen(const struct scenario *scenario, unsigned seen, struct finding *finding)
{
    if (seen == scenario->seen) return;
    finding->broken = RULE_SHOWS;
    snprintf(finding->text, sizeof finding->text, "%s; not seen:", rule_text(RULE_SHOWS));
    append_seen(finding->text, sizeof finding->text, scenario->seen & ~seen);
    append(finding->text, sizeof finding->text, "; seen, but not expected:");
    append_seen(finding->text, sizeof finding->text, seen & ~scenario->seen);
}

static uint64_t digest_of(const struct scenario *scenario, uint64_t seed, uint64_t wall,
                          enum fault fault)
{
    world_run(&world, &(struct run){scenario, seed, wall, fault, false});
    return world.digest;
}

/* Without this no failure could be replayed. */
static void check_replay(const struct scenario *scenario, enum fault fault, struct finding *finding)
{
    uint64_t digest = digest_of(scenario, 1, 1, fault);

    finding->seed = 1;
    if (digest_of(scenario, 1, 2, fault) == digest && digest_of(scenario, 2, 1, fault) != digest)
        return;
    finding->broken = RULE_REPLAY;
    snprintf(finding->text, sizeof finding->text, "%s", rule_text(RULE_REPLAY));
}

static struct finding run_scenario(const struct scenario *scenario, enum fault fault)
{
    struct finding finding = {NO_RULE, 0, ""};
    unsigned seen = 0;

    for (finding.seed = 1; finding.seed <= SEEDS; finding.seed++) {
        world_run(&world, &(struct run){scenario, finding.seed, 0, fault, false});
        seen |= world.seen;
        finding.broken = world.broken;
        snprintf(finding.text, sizeof finding.text, "%s", world.failure);
        if (finding.broken) return finding;
    }
    check_replay(scenario, fault, &finding);
    if (!finding.broken) check_seen(scenario, seen, &finding);
    return finding;
}

static int report(const struct scenario *scenario)
{
    struct finding finding = run_scenario(scenario, NO_FAULT);

    printf("%-32s %s\n", scenario->name, finding.broken ? "FAILED" : "ok");
    if (!finding.broken) return 0;
    fprintf(stderr, "sim_test: scenario %s: %s\n", scenario->name, finding.text);
    if (finding.broken != RULE_SHOWS)
        fprintf(stderr, "sim_test: to see it happen: sim_test --scenario %s --seed %llu\n",
                scenario->name, (unsigned long long)finding.seed);
    return 1;
}

static int run_all(void)
{
    int failed = 0;
    size_t i;

    for (i = 0; i < scenario_count; i++)
        failed |= report(&scenarios[i]);
    if (scenario_count < 50 || clock() > 60 * CLOCKS_PER_SEC) {
        printf("FAILED: %zu scenarios, 50 at least, in less than a minute of CPU time\n",
               scenario_count);
        failed = 1;
    }
    return failed;
}

/* ---- faults ---- */

static int check_fault(enum fault fault)
{
    const struct fault_plan *plan = &fault_plans[fault];
    const struct scenario *scenario = scenario_find(plan->scenario);
    struct finding finding = {NO_RULE, 0, "there is no such scenario"};

    if (scenario) finding = run_scenario(scenario, fault);
    printf("%-24s %s\n", plan->name, finding.broken == plan->rule ? "seen" : "FAILED");
    if (finding.broken == plan->rule) return 0;
    fprintf(stderr,
            "sim_test: fault %s in scenario %s must break: %s\n"
            "sim_test: instead: %s\n"
            "sim_test: to see it happen: sim_test --fault %s --seed %llu\n",
            plan->name, plan->scenario, rule_text(plan->rule),
            finding.broken || !scenario ? finding.text : rule_text(NO_RULE), plan->name,
            (unsigned long long)(finding.broken ? finding.seed : 1));
    return 1;
}

static int check_faults(void)
{
    bool proven[RULES] = {[NO_RULE] = true};
    int failed = 0;
    int i;

    for (i = NO_FAULT + 1; i < FAULTS; i++) {
        failed |= check_fault((enum fault)i);
        proven[fault_plans[i].rule] = true;
    }
    for (i = 0; i < RULES; i++) {
        if (proven[i]) continue;
        fprintf(stderr, "sim_test: no fault is for: %s\n", rule_text((enum rule)i));
        failed = 1;
    }
    return failed;
}

/* NO_FAULT, whose plan is empty, if there is none of that name. */
static enum fault find_fault(const char *name)
{
    int i;

    for (i = NO_FAULT + 1; i < FAULTS; i++)
        if (strcmp(fault_plans[i].name, name) == 0) return (enum fault)i;
    return NO_FAULT;
}

/* ---- one run ---- */

static int tell(const struct scenario *scenario, enum fault fault, const char *seed_text)
{
    char *end;
    uint64_t seed = strtoull(seed_text, &end, 10);

    if (*end || end == seed_text) {
        fprintf(stderr, "sim_test: \"%s\" is no number\n", seed_text);
        return 2;
    }
    world_run(&world, &(struct run){scenario, seed, 0, fault, true});
    printf("%s\n", world.broken ? world.failure : rule_text(NO_RULE));
    return world.broken ? 1 : 0;
}

static int usage(void)
{
    fputs("usage: sim_test [--scenario NAME [--seed N] | --faults | --fault NAME --seed N]\n"
          "NAME stands in scenario.c, or fault.h\n",
          stderr);
    return 2;
}

/* `rest` are the arguments behind NAME. */
static int run_named(const char *option, const char *name, int rest_count, char **rest)
{
    bool one_run = rest_count == 2 && strcmp(rest[0], "--seed") == 0;
    bool is_fault = strcmp(option, "--fault") == 0;
    enum fault fault = is_fault ? find_fault(name) : NO_FAULT;
    const struct scenario *scenario = scenario_find(is_fault ? fault_plans[fault].scenario : name);

    if (!scenario) return usage();
    if (one_run) return tell(scenario, fault, rest[1]);
    return rest_count == 0 && !is_fault ? report(scenario) : usage();
}

int main(int argc, char **argv)
{
    if (argc == 1) return run_all();
    if (argc == 2 && strcmp(argv[1], "--faults") == 0) return check_faults();
    if (argc > 2 && (strcmp(argv[1], "--fault") == 0 || strcmp(argv[1], "--scenario") == 0))
        return run_named(argv[1], argv[2], argc - 3, argv + 3);
    return usage();
}
