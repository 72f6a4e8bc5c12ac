#define _DEFAULT_SOURCE

#include <check.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <srflx/random.h>

/* Stands before the system's own: it keeps the 256-byte rule, and refuses when told to. */
static bool refuse;
static int calls;

int getentropy(void *buffer, size_t len)
{
    calls++;
    if (refuse || len > 256) {
        errno = refuse ? ENOSYS : EIO;
        return -1;
    }
    return getrandom(buffer, len, 0) == (ssize_t)len ? 0 : -1;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (bytes[i]) return false;
    return true;
}

/* The bytes are getentropy's. spec: R8489-5-08 R5389-6-03 */
TEST(fills_exactly_what_was_asked)
{
    uint8_t bytes[1024 + 16] = {0};
    size_t at;

    srflx_random_fill(NULL, bytes, 1000);
    for (at = 0; at + 16 <= 1000; at += 16)
        CHECK(!all_zero(bytes + at, 16));
    CHECK(all_zero(bytes + 1000, sizeof bytes - 1000));
}

TEST(two_draws_differ)
{
    uint8_t a[16], b[16];

    srflx_random_fill(NULL, a, sizeof a);
    srflx_random_fill(NULL, b, sizeof b);
    CHECK(memcmp(a, b, sizeof a) != 0);
}

TEST(nothing_asks_the_system_for_nothing)
{
    calls = 0;
    srflx_random_fill(NULL, NULL, 0);
    CHECK_INT(calls, 0);
}

/* Returns the wait status; what the child said on stderr is in `ret_text`. */
static int refused_in_child(char *ret_text, size_t size)
{
    int ends[2], status;
    ssize_t got;
    pid_t child;

    CHECK_INT(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        uint8_t byte;
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        refuse = true;
        srflx_random_fill(NULL, &byte, 1);
        _exit(0);
    }
    close(ends[1]);
    got = read(ends[0], ret_text, size - 1);
    close(ends[0]);
    ret_text[got > 0 ? got : 0] = '\0';
    CHECK_INT(waitpid(child, &status, 0), child);
    return status;
}

TEST(aborts_when_the_system_has_no_randomness)
{
    char said[200];
    int status = refused_in_child(said, sizeof said);

    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), SIGABRT);
    CHECK_STR(said,
              "srflx: the system gives no random bytes (getentropy: Function not implemented)\n");
}

RUN(TEST_OF(fills_exactly_what_was_asked), TEST_OF(two_draws_differ),
    TEST_OF(nothing_asks_the_system_for_nothing), TEST_OF(aborts_when_the_system_has_no_randomness))
