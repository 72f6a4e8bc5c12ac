#include "points.h"

#include <srflx/error.h>
#include <srflxi/written.h>

#include <stringprep.h>

static bool has_nul(const struct srflxi_points *text)
{
    size_t i;

    for (i = 0; i < text->count; i++)
        if (!text->at[i]) return true;
    return false;
}

static int error_of(int result)
{
    switch (result) {
    case STRINGPREP_OK:
        return 0;
    case STRINGPREP_CONTAINS_UNASSIGNED:
    case STRINGPREP_CONTAINS_PROHIBITED:
    case STRINGPREP_BIDI_CONTAINS_PROHIBITED:
        return SRFLX_ERROR_CHARACTER;
    case STRINGPREP_BIDI_BOTH_L_AND_RAL:
    case STRINGPREP_BIDI_LEADTRAIL_NOT_RAL:
        return SRFLX_ERROR_DIRECTION;
    case STRINGPREP_TOO_SMALL_BUFFER:
        return SRFLX_ERROR_LONG;
    default: /* No memory: no other step of the profile can fail. */
        return SRFLX_ERROR_SYSTEM;
    }
}

int srflxi_saslprep(struct srflxi_points *text, enum srflx_prepare_use use)
{
    int flags = use == SRFLX_PREPARE_STORED ? STRINGPREP_NO_UNASSIGNED : 0;
    int result;

    /* libidn normalizes up to a NUL, and leaves out what follows. */
    if (has_nul(text)) return SRFLX_ERROR_CHARACTER;
    result = stringprep_4i(text->at, &text->count, SRFLXI_POINTS, (Stringprep_profile_flags)flags,
                           stringprep_saslprep);
    srflxi_written(&result, sizeof result);
    srflxi_written(&text->count, sizeof text->count);
    if (!result) srflxi_written(text->at, text->count * sizeof text->at[0]);
    return error_of(result);
}
