"""The functions of a C file: name, line, number of parameters, depth of nesting."""

import re
from typing import NamedTuple

CONTROL = {"if", "for", "while", "switch"}


class Function(NamedTuple):
    name: str
    line: int
    parameters: int
    nesting: int


class Parser:
    """Reads the tokens of C without comments, from a position that moves on."""

    def __init__(self, code):
        self.tokens = []
        for number, line in enumerate(code.splitlines(), 1):
            self.tokens += [(token, number) for token in re.findall(r'\w+|""|\S', line)]
        self.at = 0

    def peek(self, offset=0):
        at = self.at + offset
        return self.tokens[at][0] if 0 <= at < len(self.tokens) else ""

    def skip_pair(self):
        """Moves behind the bracket that closes the one at the position."""
        depth = 0
        while True:
            depth += self.peek() in ("(", "{", "[")
            depth -= self.peek() in (")", "}", "]")
            self.at += 1
            if depth == 0 or not self.peek():
                return

    def statement(self):
        """Moves behind one statement; returns how deep control statements are nested in it."""
        token = self.peek()
        if token == "{":
            return self.block()
        if token in CONTROL:
            return self.control(token)
        self.at += 1
        if token == "do":
            depth = 1 + self.statement()
            self.at += 1
            self.skip_pair()
            return depth
        ends = ":" if token in ("case", "default") or self.peek() == ":" else ";"
        while self.peek() not in (ends, ""):
            if self.peek() in ("(", "{", "["):
                self.skip_pair()
            else:
                self.at += 1
        self.at += 1
        return 0

    def block(self):
        depth = 0
        self.at += 1
        while self.peek() not in ("}", ""):
            depth = max(depth, self.statement())
        self.at += 1
        return depth

    def control(self, token):
        self.at += 1
        self.skip_pair()
        depth = 1 + self.statement()
        if token == "if" and self.peek() == "else":
            self.at += 1
            chained = self.peek() == "if"
            depth = max(depth, self.statement() + (not chained))
        return depth

    def parameters(self, start, end):
        """How many the brackets at `start` and `end` hold."""
        depth, commas = 0, 0
        inside = [token for token, _ in self.tokens[start + 1:end]]
        for token in inside:
            depth += (token in "([{") - (token in ")]}")
            commas += depth == 0 and token == ","
        return 0 if inside in ([], ["void"]) else commas + 1

    def functions(self):
        found = []
        brackets = None
        while self.peek():
            if self.peek() == "(":
                start = self.at
                self.skip_pair()
                brackets = (start, self.at - 1)
            elif self.peek() == "{" and self.peek(-1) == ")":
                start, end = brackets
                name, line = self.tokens[start - 1]
                found.append(Function(name, line, self.parameters(start, end), self.block()))
            elif self.peek() == "{":
                self.skip_pair()
            else:
                self.at += 1
        return found
