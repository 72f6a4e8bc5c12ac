/* srflx: the table of commands drives dispatch and help. */
#include <stdio.h>
#include <string.h>

#include <srflx/streams.h>

#include "command.h"
#include "options.h"

static const struct command *const commands[] = {
    &command_query, &command_locate, &command_decode, &command_bench,
    &command_user,  &command_key,    &command_token,  &command_cert,
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const char exit_codes[] =
    "Exit codes:\n"
    "  0  as asked\n"
    "  1  no answer\n"
    "  2  wrong use of the command line\n"
    "  3  the server answered with an error, or with something that cannot be used\n"
    "  4  this machine or a name failed\n"
    "  5  integrity or certificate failure\n"
    "  6  negative verdict: what was examined is bad\n";

static int print_help(void)
{
    size_t i;

    puts("srflx speaks STUN (RFC 3489, 5389, 8489).\n\nUsage: srflx COMMAND [options] "
         "[arguments]\n\n"
         "Commands:");
    for (i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
    printf("  %-8s %s\n\n", "help", "what a command does: srflx help COMMAND");
    puts("Options:\n  --help     print this\n  --version  print the version\n");
    fputs(exit_codes, stdout);
    return EXIT_AS_ASKED;
}

static const struct command *find_command(const char *name)
{
    size_t i;

    for (i = 0; i < COMMAND_COUNT; i++)
        if (!strcmp(commands[i]->name, name)) return commands[i];
    fprintf(stderr, "srflx: unknown %s %s\nTry 'srflx --help'.\n",
            name[0] == '-' ? "option" : "command", name);
    return NULL;
}

static int help_about(const char *name)
{
    const struct command *command = find_command(name);

    if (!command) return EXIT_USAGE;
    print_command_help(command);
    return EXIT_AS_ASKED;
}

static int run(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2) {
        fputs("srflx: no command\nTry 'srflx --help'.\n", stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help")) return print_help();
    if (!strcmp(argv[1], "--version")) return printf("srflx %s\n", SRFLX_VERSION) < 0;
    if (!strcmp(argv[1], "help")) return argc > 2 ? help_about(argv[2]) : print_help();
    command = find_command(argv[1]);
    return command ? command->run(command, argc - 1, argv + 1) : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    int code;

    srflx_streams_reserve();
    code = run(argc, argv);

    if (fflush(stdout) || ferror(stdout)) {
        perror("srflx: cannot write the output");
        return EXIT_LOCAL;
    }
    return code;
}
