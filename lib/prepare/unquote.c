#include <srflx/prepare.h>

/* `text` without `head` bytes at its beginning and `tail` at its end. */
static struct srflx_view without(struct srflx_view text, size_t head, size_t tail)
{
    return (struct srflx_view){text.ptr + head, text.len - head - tail};
}

struct srflx_view srflx_prepare_trim(struct srflx_view text)
{
    while (text.len && !text.ptr[text.len - 1])
        text.len--;
    return text;
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct srflx_view without_space(struct srflx_view text)
{
    while (text.len && is_space(text.ptr[0]))
        text = without(text, 1, 0);
    while (text.len && is_space(text.ptr[text.len - 1]))
        text = without(text, 0, 1);
    return text;
}

/* The quote at the end belongs to the text if an odd number of backslashes stands before it. */
static bool ends_with_escaped(struct srflx_view text)
{
    size_t backslashes = 0;

    while (backslashes + 1 < text.len && text.ptr[text.len - 2 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2;
}

static bool is_quoted(struct srflx_view text)
{
    return text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"' &&
           !ends_with_escaped(text);
}

/* spec: R8489-9.2.2-02 */
struct srflx_view srflx_prepare_unquote(struct srflx_view text)
{
    struct srflx_view inner;

    text = srflx_prepare_trim(text);
    inner = without_space(text);
    if (!is_quoted(inner)) return text;
    return srflx_prepare_trim(without(inner, 1, 1));
}
