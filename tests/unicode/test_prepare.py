"""OpaqueString and SASLprep, written down again on top of Python's Unicode, give what the library does."""

import ctypes
import os
import pathlib
import random
import stringprep
import unicodedata

import pytest

LIBRARY = ctypes.CDLL(pathlib.Path(os.environ["SRFLX_BUILD"], "lib/libsrflx.so"))
UNICODE_3_2 = unicodedata.ucd_3_2_0
CHARACTER, DIRECTION, EMPTY = -7, -8, -9
STORED, QUERY = 0, 1

# The planes that have most of all characters, and what is special in the others.
POINTS = [*range(1, 0xD800), *range(0xE000, 0x20000), *range(0x2A600, 0x2A720),
          *range(0xE0000, 0xE1000), *range(0xEFFFE, 0xF0003), *range(0x10FFF0, 0x110000)]


class View(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_void_p), ("len", ctypes.c_size_t)]


def prepared(function, text, *use):
    """What the library makes of the text, or its error."""
    encoded = text.encode()
    view, result = View(ctypes.cast(encoded, ctypes.c_void_p), len(encoded)), View()
    buf = ctypes.create_string_buffer(1024)
    error = function(view, *use, buf, ctypes.c_size_t(1024), ctypes.byref(result))
    return error or buf.raw[:result.len].decode()


def opaque(text):
    return prepared(LIBRARY.srflx_prepare_opaque, text)


def saslprep(text, use):
    return prepared(LIBRARY.srflx_prepare_saslprep, text, use)


# OpaqueString. Default_Ignorable_Code_Point is in no module of Python.

IGNORABLE = {point for first, last in [
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)] for point in range(first, last + 1)}
OLD_JAMO = {*range(0x1100, 0x1200), *range(0xA960, 0xA97D), *range(0xD7B0, 0xD7C7),
            *range(0xD7CB, 0xD7FC)}
NEVER = {0x640, 0x7FA, 0x302E, 0x302F, *range(0x3031, 0x3036), 0x303B}
# Alone, these may not stand; lib/prepare/opaque_test.c has them in company.
IN_CONTEXT = {0xB7, 0x375, 0x5F3, 0x5F4, 0x30FB, 0x200C, 0x200D}
DIGITS = {*range(0x660, 0x66A), *range(0x6F0, 0x6FA)}


def in_freeform_class(char):
    """RFC 8264 section 8, without the rules about company."""
    point = ord(char)
    if point in NEVER | IN_CONTEXT | OLD_JAMO | IGNORABLE:
        return False
    has_compat = unicodedata.normalize("NFKC", char) != char
    category = unicodedata.category(char)
    return has_compat or category[0] in "LMNPS" or category == "Zs"


def opaque_by_python(text):
    if not all(map(in_freeform_class, text)):
        return CHARACTER
    spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    composed = unicodedata.normalize("NFC", spaced)
    return composed if all(map(in_freeform_class, composed)) else CHARACTER


# SASLprep

PROHIBITED = [stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3,
              stringprep.in_table_c4, stringprep.in_table_c5, stringprep.in_table_c6,
              stringprep.in_table_c7, stringprep.in_table_c8, stringprep.in_table_c9]


def saslprep_by_python(text, use):
    spaced = "".join(" " if stringprep.in_table_c12(c) else c for c in text)
    mapped = "".join(c for c in spaced if not stringprep.in_table_b1(c))
    composed = UNICODE_3_2.normalize("NFKC", mapped)
    if any(table(c) for c in composed for table in PROHIBITED):
        return CHARACTER
    from_the_right = [stringprep.in_table_d1(c) for c in composed]
    if any(from_the_right):
        ends = from_the_right[0] and from_the_right[-1]
        if not ends or any(map(stringprep.in_table_d2, composed)):
            return DIRECTION
    if use == STORED and any(map(stringprep.in_table_a1, composed)):
        return CHARACTER
    return composed or EMPTY


# Do they agree?


def differences(texts, ours, theirs):
    return [(ascii(text), ours(text), theirs(text)) for text in texts if ours(text) != theirs(text)]


@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0",
                    reason="Python's Unicode is not that of Debian 12's libunistring")
def test_opaque_string_of_every_character():
    assert differences(map(chr, POINTS), opaque, opaque_by_python) == []


@pytest.mark.parametrize("use", [STORED, QUERY])
def test_saslprep_of_every_character(use):
    def ours(text):
        return saslprep(text, use)

    def theirs(text):
        return saslprep_by_python(text, use)

    assert differences(map(chr, POINTS), ours, theirs) == []


def words(seed, count):
    """Words of letters that are composed, their marks, and parts of syllables.

    All are of Unicode 3.2: of younger marks, ucd_3_2_0 knows the order too, which Unicode 3.2 did
    not. No mark stands between parts of a syllable: libidn composes across it, Python does not
    (Corrigendum 5 of Unicode).
    """
    known = [chr(p) for p in POINTS if not stringprep.in_table_a1(chr(p)) and p not in DIGITS]
    marks = [c for c in known if UNICODE_3_2.combining(c)]
    letters = [c for c in known if UNICODE_3_2.decomposition(c)]
    syllables = [*map(chr, range(0x1100, 0x1113)), *map(chr, range(0x1161, 0x1176)), "\uac00", "\u11a8"]
    others = [*map(chr, range(0x21, 0x7F)), "\xad", "\u3000", "\u0627"]
    dice = random.Random(seed)
    for _ in range(count):
        pools = dice.choice([[letters, marks], [others, marks], [letters, others], [syllables, others]])
        yield "".join(dice.choice(dice.choice(pools)) for _ in range(dice.randint(2, 8)))


def test_random_words():
    texts = list(words(seed=4013, count=4000))
    assert differences(texts, opaque, opaque_by_python) == []
    assert differences(texts, lambda text: saslprep(text, STORED),
                       lambda text: saslprep_by_python(text, STORED)) == []
    # Some of them come to something.
    assert sum(isinstance(opaque(text), str) for text in texts) > 1000
    assert sum(isinstance(saslprep(text, STORED), str) for text in texts) > 1000
