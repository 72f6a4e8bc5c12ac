/* Do client and server converge? Runs every scenario with many seeds in virtual time.
 *
 *     sim_test                                   all of them
 *     sim_test --scenario NAME --seed N          one run, told line by line
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 200 };

static struct world world;

static int complain(const struct scenario *scenario, uint64_t seed, const char *what)
{
    fprintf(stderr,
            "sim_test: %s\n"
            "sim_test: to see it happen: sim_test --scenario %s --seed %llu\n",
            what, scenario->name, (unsigned long long)seed);
    return 1;
}

/* Runs all seeds; they must break no rule and show exactly what the scenario is for. */
static int run_scenario(const struct scenario *scenario)
{
    unsigned seen = 0;
    uint64_t seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        world_run(&world, scenario, seed, false);
        if (world.failure[0]) return complain(scenario, seed, world.failure);
        seen |= world.seen;
    }
    if (seen == scenario->seen) return 0;
    fprintf(stderr,
            "sim_test: scenario %s shows 0x%02x, expected 0x%02x (SEEN_... in scenario.h)\n",
            scenario->name, seen, scenario->seen);
    return 1;
}

/* Without this no failure could be replayed. */
static int check_replay(const struct scenario *scenario)
{
    uint64_t digest;

    world_run(&world, scenario, 1, false);
    digest = world.digest;
    world_run(&world, scenario, 1, false);
    if (world.digest != digest) return complain(scenario, 1, "the same seed runs differently");
    world_run(&world, scenario, 2, false);
    if (world.digest == digest) return complain(scenario, 2, "another seed runs the same");
    return 0;
}

static int run_all(void)
{
    int failed = 0;
    size_t i;

    for (i = 0; i < scenario_count; i++) {
        int broken = run_scenario(&scenarios[i]) || check_replay(&scenarios[i]);

        printf("%-26s %s\n", scenarios[i].name, broken ? "FAILED" : "ok");
        failed |= broken;
    }
    return failed;
}

static int replay(const char *name, const char *seed_text)
{
    const struct scenario *scenario = scenario_find(name);
    char *end;
    uint64_t seed = strtoull(seed_text, &end, 10);

    if (!scenario || *end || end == seed_text) {
        fprintf(stderr, "sim_test: no scenario \"%s\", or \"%s\" is no number; see scenario.c\n",
                name, seed_text);
        return 2;
    }
    world_run(&world, scenario, seed, true);
    printf("%s\n", world.failure[0] ? world.failure : "no rule is broken");
    return world.failure[0] ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc == 1) return run_all();
    if (argc == 5 && strcmp(argv[1], "--scenario") == 0 && strcmp(argv[3], "--seed") == 0)
        return replay(argv[2], argv[4]);
    fputs("usage: sim_test [--scenario NAME --seed N]\n", stderr);
    return 2;
}
