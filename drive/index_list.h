/* Doubly linked lists of numbers, through an array that is the caller's: the links of number i are
 * links[i]. Lists may share one array as long as a number is in one of them at a time. */
#ifndef SRFLX_DRIVE_INDEX_LIST_H
#define SRFLX_DRIVE_INDEX_LIST_H

#include <stdint.h>

/* No number: the end of a list. */
#define SRFLX_INDEX_NONE UINT32_MAX

struct srflx_links {
    uint32_t next, previous;
};

struct srflx_index_list {
    uint32_t first, last;
};

static inline void srflx_index_list_init(struct srflx_index_list *list)
{
    list->first = list->last = SRFLX_INDEX_NONE;
}

static inline void srflx_index_list_append(struct srflx_index_list *list, struct srflx_links *links,
                                           uint32_t i)
{
    links[i].next = SRFLX_INDEX_NONE;
    links[i].previous = list->last;
    if (list->last == SRFLX_INDEX_NONE)
        list->first = i;
    else
        links[list->last].next = i;
    list->last = i;
}

static inline void srflx_index_list_remove(struct srflx_index_list *list, struct srflx_links *links,
                                           uint32_t i)
{
    const struct srflx_links at = links[i];

    if (at.previous == SRFLX_INDEX_NONE)
        list->first = at.next;
    else
        links[at.previous].next = at.next;
    if (at.next == SRFLX_INDEX_NONE)
        list->last = at.previous;
    else
        links[at.next].previous = at.previous;
}

#endif
