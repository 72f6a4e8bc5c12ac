/* Names of hosts as text: lower case, no trailing dot. */
#ifndef NAME_H
#define NAME_H

#include <srflx/uri.h>

enum { LABEL_LONGEST = 63, NAME_LONGEST = SRFLX_NAME_TEXT - 1 };

/* 'A' becomes 'a'; all else stays. */
uint8_t srflxi_name_lower(uint8_t byte);

/* What a name may have between its dots: letters, digits, hyphen, and underscore, which SRV records
 * need and some hosts have. */
bool srflxi_name_is_letter(uint8_t byte);

/* What is wrong with the labels of a name: SRFLX_URI_BAD_LABEL, _HYPHEN, _NUMBER, or SRFLX_URI_GOOD. */
enum srflx_uri_fault srflxi_name_check(const char *name, size_t len);

size_t srflxi_name_len(const char *name);

/* Both are in lower case. */
bool srflxi_name_equal(const char *a, const char *b);

/* Copies a name with its NUL into SRFLX_NAME_TEXT bytes, the rest of which becomes zero. */
void srflxi_name_copy(char *ret_name, const char *name);

#endif
