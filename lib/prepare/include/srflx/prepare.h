/* Text for credentials: usernames, realms and passwords that people write in different ways, brought
 * into the one form that keys are made of.
 * Sources: RFC 8265 section 4.2 (OpaqueString, with the FreeformClass of RFC 8264), RFC 4013
 * (SASLprep); RFC 8489 sections 9.1.1, 9.2.2, 14.3, 14.4 and 14.9 and RFC 5389 sections 15.3, 15.4
 * and 15.7 say where. RFC 3489 prepares nothing.
 * Meant for the moment when credentials are configured or challenged, not for every packet. Text in
 * printable ASCII, nearly every credential, is its own prepared form: it is looked at and copied.
 * For any other, the Unicode libraries use the heap, and do not wipe what they give back to it; the
 * memory of this library itself keeps nothing of the text. Any thread may call any of these.
 *
 *     uint8_t buf[SRFLX_PREPARE_LONGEST];
 *     struct srflx_view password = srflx_prepare_trim(typed), prepared;
 *     int error = srflx_prepare_opaque(password, buf, sizeof buf, &prepared);
 *     if (error) fprintf(stderr, "%s\n", srflx_error_text(error));
 */
#ifndef SRFLX_PREPARE_H
#define SRFLX_PREPARE_H

#include <srflx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Text that is not ASCII may have as many bytes, before and after it is prepared. STUN's longest
 * username and realm have 763 (RFC 5389 section 15.3). Text in ASCII has no limit but `cap`. */
enum { SRFLX_PREPARE_LONGEST = 1024 };

/* OpaqueString, enforced: what RFC 8489 asks for. Spaces of all kinds become U+0020, the rest is
 * composed (NFC), and neither case nor width changes. Copies the result to `buf`, which has `cap`
 * bytes and may be where `text` is; `ret_prepared` borrows it there.
 * Returns 0, SRFLX_ERROR_UTF8, CHARACTER (one that the FreeformClass has not: control characters,
 * U+00AD, what Unicode has not assigned), EMPTY, LONG, SPACE (`cap` is too small), SYSTEM (no
 * memory), or ASCII_ONLY if the library was built without libunistring. */
SRFLX_MUST_USE int srflx_prepare_opaque(struct srflx_view text, uint8_t *buf, size_t cap,
                                        struct srflx_view *ret_prepared);

/* What becomes of characters that Unicode 3.2, which SASLprep stands on, has not assigned: in text
 * that is kept to be compared with, they are errors; in text that is compared with it, they stay
 * (RFC 4013 section 2.5). */
enum srflx_prepare_use { SRFLX_PREPARE_STORED, SRFLX_PREPARE_QUERY };

/* SASLprep: what RFC 5389 asks for. Spaces of all kinds become U+0020, some characters nothing, and
 * the rest is composed with compatibility forms replaced (NFKC). All else as above, and
 * SRFLX_ERROR_DIRECTION, or ARGUMENT if `use` is none; ASCII_ONLY without libidn. */
SRFLX_MUST_USE int srflx_prepare_saslprep(struct srflx_view text, enum srflx_prepare_use use,
                                          uint8_t *buf, size_t cap,
                                          struct srflx_view *ret_prepared);

/* A password without the NULs at its end. Borrows `text`. */
struct srflx_view srflx_prepare_trim(struct srflx_view text);

/* A username or realm without the quotes around it, if there are any, and without NULs at its end.
 * White space around the quotes goes with them. Quotes and backslashes inside stay as they are, so
 * what is escaped there stays escaped (RFC 3261, quoted-pair). Borrows `text`. */
struct srflx_view srflx_prepare_unquote(struct srflx_view text);

#ifdef __cplusplus
}
#endif
#endif
