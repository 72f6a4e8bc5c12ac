#include "fault.h"

const struct fault_plan fault_plans[FAULTS] = {
#define FAULT_PLAN(name, scenario, rule) [FAULT_##name] = {#name, scenario, RULE_##rule},
    FAULT_MAP(FAULT_PLAN)
#undef FAULT_PLAN
};

const char *rule_text(enum rule rule)
{
    static const char *const texts[RULES] = {"no rule is broken",
#define RULE_TEXT(name, text) text,
                                             RULE_MAP(RULE_TEXT)
#undef RULE_TEXT
    };

    return texts[rule];
}
