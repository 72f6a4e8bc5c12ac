#include "trust.h"

#include <stdio.h>

bool trust_take(struct trust *trust, const struct options *o, int key, bool *ret_wrong)
{
    *ret_wrong = false;
    switch (key) {
    case KEY_CA:
        trust->ca = o->value;
        return true;
    case KEY_NAME:
        trust->name = o->value;
        return true;
    case KEY_INSECURE:
        trust->insecure = true;
        return true;
    case KEY_PIN:
        *ret_wrong = trust->pin_count == TRUST_PINS;
        if (*ret_wrong)
            usage_error(o->command, "there are more than %d pins", TRUST_PINS);
        else
            trust->pins[trust->pin_count++] = o->value;
        return true;
    default:
        return false;
    }
}

bool trust_given(const struct trust *trust)
{
    return trust->ca || trust->name || trust->pin_count || trust->insecure;
}

int trust_make(const struct trust *trust, const struct command *command,
               struct srflx_secure_context **ret_context)
{
    struct srflx_secure_client_options options;
    char text[SRFLX_SECURE_TEXT];
    int error;

    srflx_secure_client_options_defaults(&options);
    options.ca = trust->ca;
    options.pins = trust->pins;
    options.pin_count = trust->pin_count;
    options.insecure = trust->insecure;
    error = srflx_secure_client_new(&options, ret_context, text);
    if (error == SRFLX_ERROR_ARGUMENT) return usage_error(command, "%s", text);
    if (error) {
        fprintf(stderr, "srflx %s: %s\n", command->name, text);
        return EXIT_LOCAL;
    }
    if (trust->insecure && !trust->pin_count)
        fprintf(stderr,
                "srflx %s: WARNING: --insecure: certificates are not verified, anybody may be the "
                "server\n",
                command->name);
    return 0;
}
