#include "points.h"

#include <srflx/error.h>
#include <srflx/wipe.h>
#include <srflxi/written.h>

#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <uninorm.h>

/* Letters with their marks, numbers, punctuation, symbols and spaces: what RFC 8264 section 4.3.1
 * lets into the FreeformClass. What it adds because of a compatibility form is among them. */
static const uint32_t freeform = UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N |
                                 UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S | UC_CATEGORY_MASK_Zs;

/* libunistring's answers, which MemorySanitizer did not see come into being. */
static bool yes(bool answer)
{
    srflxi_written(&answer, sizeof answer);
    return answer;
}

static int number(int answer)
{
    srflxi_written(&answer, sizeof answer);
    return answer;
}

static bool has_script(uint32_t point, const char *name)
{
    return yes(uc_is_script(point, uc_script_byname(name)));
}

/* The neighbours of a code point; a NUL, which has no property of interest, where there are none. */
static uint32_t before(const struct srflxi_points *text, size_t i)
{
    return i ? text->at[i - 1] : 0;
}

static uint32_t after(const struct srflxi_points *text, size_t i)
{
    return i + 1 < text->count ? text->at[i + 1] : 0;
}

/* May the code point at `i` stand where it does? RFC 5892 appendix A, rule by rule. */
typedef bool rule_fn(const struct srflxi_points *text, size_t i);

static bool never(const struct srflxi_points *text, size_t i)
{
    (void)text;
    (void)i;
    return false;
}

static bool after_virama(const struct srflxi_points *text, size_t i)
{
    return number(uc_combining_class(before(text, i))) == UC_CCC_VR;
}

static int joining_type_before(const struct srflxi_points *text, size_t i)
{
    int type = UC_JOINING_TYPE_T;

    while (type == UC_JOINING_TYPE_T && i > 0)
        type = number(uc_joining_type(text->at[--i]));
    return type;
}

static int joining_type_after(const struct srflxi_points *text, size_t i)
{
    int type = UC_JOINING_TYPE_T;

    while (type == UC_JOINING_TYPE_T && ++i < text->count)
        type = number(uc_joining_type(text->at[i]));
    return type;
}

static bool between_joining(const struct srflxi_points *text, size_t i)
{
    int left = joining_type_before(text, i), right = joining_type_after(text, i);

    if (after_virama(text, i)) return true;
    return (left == UC_JOINING_TYPE_L || left == UC_JOINING_TYPE_D) &&
           (right == UC_JOINING_TYPE_R || right == UC_JOINING_TYPE_D);
}

static bool between_l(const struct srflxi_points *text, size_t i)
{
    return before(text, i) == 'l' && after(text, i) == 'l';
}

static bool before_greek(const struct srflxi_points *text, size_t i)
{
    return has_script(after(text, i), "Greek");
}

static bool after_hebrew(const struct srflxi_points *text, size_t i)
{
    return has_script(before(text, i), "Hebrew");
}

static bool near_japanese(const struct srflxi_points *text, size_t i)
{
    for (i = 0; i < text->count; i++)
        if (has_script(text->at[i], "Hiragana") || has_script(text->at[i], "Katakana") ||
            has_script(text->at[i], "Han"))
            return true;
    return false;
}

static bool has_any(const struct srflxi_points *text, uint32_t first, uint32_t last)
{
    size_t i;

    for (i = 0; i < text->count; i++)
        if (text->at[i] >= first && text->at[i] <= last) return true;
    return false;
}

static bool without_arabic_indic(const struct srflxi_points *text, size_t i)
{
    (void)i;
    return !has_any(text, 0x0660, 0x0669);
}

static bool without_extended_arabic_indic(const struct srflxi_points *text, size_t i)
{
    (void)i;
    return !has_any(text, 0x06F0, 0x06F9);
}

/* Where categories do not decide: the exceptions of RFC 5892 section 2.6, but for those which the
 * FreeformClass has anyway; the two joiners; and the blocks of conjoining Hangul jamo, which RFC 8264
 * section 9.9 leaves out because they are parts of syllables. */
static const struct {
    uint32_t first, last;
    rule_fn *rule;
} rules[] = {
    {0x00B7, 0x00B7, between_l},
    {0x0375, 0x0375, before_greek},
    {0x05F3, 0x05F4, after_hebrew},
    {0x0640, 0x0640, never},
    {0x0660, 0x0669, without_extended_arabic_indic},
    {0x06F0, 0x06F9, without_arabic_indic},
    {0x07FA, 0x07FA, never},
    {0x1100, 0x11FF, never},
    {0x200C, 0x200C, between_joining},
    {0x200D, 0x200D, after_virama},
    {0x302E, 0x302F, never},
    {0x3031, 0x3035, never},
    {0x303B, 0x303B, never},
    {0x30FB, 0x30FB, near_japanese},
    {0xA960, 0xA97F, never},
    {0xD7B0, 0xD7FF, never},
};

/* spec: R8265-4.2.1-01 */
static bool is_allowed(const struct srflxi_points *text, size_t i)
{
    uint32_t point = text->at[i];
    size_t row;

    for (row = 0; row < sizeof rules / sizeof rules[0]; row++)
        if (point >= rules[row].first && point <= rules[row].last) return rules[row].rule(text, i);
    return yes(uc_is_general_category_withtable(point, freeform)) &&
           !yes(uc_is_property_default_ignorable_code_point(point));
}

/* spec: R8265-4.2.2-02 */
static void map_spaces(struct srflxi_points *text)
{
    size_t i;

    for (i = 0; i < text->count; i++)
        if (yes(uc_is_general_category_withtable(text->at[i], UC_CATEGORY_MASK_Zs)))
            text->at[i] = ' ';
}

/* spec: R8265-4.2.2-04 */
static int compose(struct srflxi_points *text)
{
    uint32_t composed[SRFLXI_POINTS];
    size_t count = SRFLXI_POINTS;
    uint32_t *result = u32_normalize(UNINORM_NFC, text->at, text->count, composed, &count);
    int error = 0;

    srflxi_written(&result, sizeof result);
    srflxi_written(&count, sizeof count);
    if (!result) {
        error = SRFLX_ERROR_SYSTEM;
    } else if (result != composed) { /* More than fits, in memory of its own. */
        srflx_wipe(result, count * sizeof *result);
        free(result);
        error = SRFLX_ERROR_LONG;
    } else {
        srflxi_written(composed, count * sizeof *composed);
        memcpy(text->at, composed, count * sizeof *composed);
        text->count = count;
    }
    srflx_wipe(composed, sizeof composed);
    return error;
}

static int check(const struct srflxi_points *text)
{
    size_t i;

    for (i = 0; i < text->count; i++)
        if (!is_allowed(text, i)) return SRFLX_ERROR_CHARACTER;
    return 0;
}

/* There is no rule for width, case and direction. RFC 8265 section 5 asks to apply the others until
 * nothing changes. A second time, spaces and NFC would change nothing, but the check may refuse what
 * NFC has made: U+0387 becomes U+00B7, and marks may change places.
 * spec: R8265-4.2.2-01 R8265-4.2.2-03 R8265-4.2.2-05 */
int srflxi_opaque(struct srflxi_points *text)
{
    int error = check(text);

    if (error) return error;
    map_spaces(text);
    error = compose(text);
    return error ? error : check(text);
}
