#define _DEFAULT_SOURCE

#include <srflxi/equal.h>

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

TEST(sees_a_difference_in_any_bit)
{
    uint8_t a[33], b[33];

    memset(a, 0x5A, sizeof a);
    memset(b, 0x5A, sizeof b);
    for (size_t len = 0; len <= sizeof a; len++)
        CHECK(srflxi_equal(a, b, len));
    for (size_t bit = 0; bit < sizeof a * 8; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!srflxi_equal(a, b, sizeof a));
        CHECK(srflxi_equal(a, b, bit / 8));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK(srflxi_equal(NULL, NULL, 0));
}

static sigjmp_buf fault;

static void on_fault(int number)
{
    siglongjmp(fault, number);
}

/* Does a comparison reach into the forbidden page, although the first byte differs? */
static bool reads_on(bool (*equal)(const void *, const void *, size_t), const uint8_t *a,
                     const uint8_t *b, size_t len)
{
    struct sigaction act = {.sa_handler = on_fault}, segv, bus;
    volatile bool reached = true;

    sigaction(SIGSEGV, &act, &segv);
    sigaction(SIGBUS, &act, &bus);
    if (!sigsetjmp(fault, 1)) {
        CHECK(!equal(a, b, len));
        reached = false;
    }
    sigaction(SIGSEGV, &segv, NULL);
    sigaction(SIGBUS, &bus, NULL);
    return reached;
}

/* What a compiler could make of it. */
static bool early_end(const void *a, const void *b, size_t len)
{
    const uint8_t *one = a, *other = b;

    for (size_t i = 0; i < len; i++)
        if (one[i] != other[i]) return false;
    return true;
}

TEST(reads_all_of_both_whatever_differs)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *full =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *cut = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(full != MAP_FAILED && cut != MAP_FAILED);
    full[0] = 1;
    CHECK_INT(mprotect(cut + page, page, PROT_NONE), 0);
    CHECK(!reads_on(early_end, full, cut, page + 1));
    CHECK(!reads_on(srflxi_equal, full, cut, page));
    CHECK(reads_on(srflxi_equal, full, cut, page + 1));
    CHECK(reads_on(srflxi_equal, cut, full, page + 1));
    munmap(full, 2 * page);
    munmap(cut, 2 * page);
}

RUN(TEST_OF(sees_a_difference_in_any_bit), TEST_OF(reads_all_of_both_whatever_differs))
