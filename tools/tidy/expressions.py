"""Splits tokens into full expressions and lambdas: as much of C++ as the coroutine rules need, and no more.

A full expression is a list of items: tokens, and Groups for what stands in brackets. The body of a lambda is no part
of the expression around it (it stands there as BODY): its statements are full expressions of their own.

Code that is not understood is split too finely or too coarsely, but never stops the parser: unbalanced brackets (an
#if with two opening halves) end at the end of the file.
"""

from typing import NamedTuple

from source import Token

BODY = Token("{...}", 0)

_CLOSE = {"(": ")", "[": "]", "{": "}"}
_CONTROL = {"if", "for", "while", "switch", "catch"}
_STARTS_STATEMENT = {"else", "do", "try"}
_COROUTINE = {"co_await", "co_return", "co_yield"}
# A "{" after one of these opens a block; after one of the others, an initialiser.
_BEFORE_BLOCK = {"const", "override", "final", "noexcept", "mutable", "volatile", ":", ";"}
_BEFORE_INITIALIZER = {"=", ",", "return", "?", "&&", "||", "<", "+", "-", "!"} | _COROUTINE
_TYPE_DEFINITION = {"class", "struct", "union", "enum", "namespace", "extern"}
_NOT_A_VALUE = {"return", "case", "else", "do"} | _COROUTINE


class Group(NamedTuple):
    open: str
    items: list
    line: int


class Lambda(NamedTuple):
    line: int
    captures: list  # items between [ and ]
    signature: list  # items between ] and {
    is_coroutine: bool  # its body says co_await, co_return or co_yield


def text(item):
    return item.text if isinstance(item, Token) else ""


def is_group(item, bracket):
    return isinstance(item, Group) and item.open == bracket


def parse(tokens):
    """Returns (full expressions, lambdas) of a file."""
    parser = _Parser(tokens)
    while parser.position < len(tokens):
        parser.block()
    return parser.expressions, parser.lambdas


class _Parser:

    def __init__(self, tokens):
        self.tokens = tokens
        self.position = 0
        self.expressions = []
        self.lambdas = []
        self.coroutine = [False]  # per function body we are in: has it a co_ keyword?

    def block(self):
        """Statements up to and with the closing brace."""
        items = []
        while self.position < len(self.tokens):
            token = self.next()
            if token.text == "}":
                break
            if token.text == ";":
                items = self.emit(items)
            elif token.text in _STARTS_STATEMENT:
                items = self.emit(items)
            elif token.text == "{":
                items = self.brace(token, items)
            elif token.text == "(" and items and _controls(items):
                self.emit(self.group(token).items)
                items = []
            elif token.text in _CLOSE:
                items.append(self.group(token))
            else:
                items.append(token)
        self.emit(items)

    def brace(self, token, items):
        """A "{" among the items of a statement; returns the items with which the statement goes on."""
        introducer = _introducer(items)
        if introducer is not None:
            return items + [self.lambda_body(items, introducer)]
        if _opens_block(items):
            self.emit(items)
            self.coroutine.append(False)
            self.block()
            inner = self.coroutine.pop()
            self.coroutine[-1] |= inner
            return []
        return items + [self.group(token)]

    def group(self, opening):
        """The items up to the bracket that closes `opening`."""
        items = []
        while self.position < len(self.tokens):
            token = self.next()
            if token.text == _CLOSE[opening.text]:
                break
            introducer = _introducer(items) if token.text == "{" else None
            if introducer is not None:
                items.append(self.lambda_body(items, introducer))
            elif token.text in _CLOSE:
                items.append(self.group(token))
            else:
                items.append(token)
        return Group(opening.text, items, opening.line)

    def lambda_body(self, items, introducer):
        self.coroutine.append(False)
        self.block()
        captures = items[introducer]
        self.lambdas.append(
            Lambda(captures.line, captures.items, items[introducer + 1:], is_coroutine=self.coroutine.pop()))
        return BODY

    def next(self):
        token = self.tokens[self.position]
        self.position += 1
        if token.text in _COROUTINE:
            self.coroutine[-1] = True
        return token

    def emit(self, items):
        """Notes the full expressions among `items` (the head of a `for` has three); returns the start of the next."""
        expression = []
        for item in items:
            if text(item) == ";":
                self.expressions.append(expression)
                expression = []
            else:
                expression.append(item)
        if expression:
            self.expressions.append(expression)
        return []


def _controls(items):
    """Do the items end in `if`, `while`, ..., `if constexpr`?"""
    if text(items[-1]) == "constexpr" and len(items) > 1:
        return text(items[-2]) in _CONTROL
    return text(items[-1]) in _CONTROL


def _introducer(items):
    """The index of the [captures] whose body a "{" after `items` would open, or None."""
    for index in range(len(items) - 1, -1, -1):
        if items[index] is BODY or text(items[index]) in ("=", "return", "co_return"):
            return None
        if is_group(items[index], "["):
            return index if _begins_lambda(items, index) else None
    return None


def _begins_lambda(items, index):
    """Is the [...] at `index` a lambda's, and not a subscript, an attribute or a structured binding?"""
    inside = items[index].items
    if len(inside) == 1 and is_group(inside[0], "["):
        return False
    if index == 0:
        return True
    before = items[index - 1]
    if isinstance(before, Group) or before is BODY:
        return False
    if before.text in ("&", "&&"):
        return index < 2 or text(items[index - 2]) != "auto"
    is_word = before.text[0].isalnum() or before.text[0] in "_\"'"
    return not is_word or before.text in _NOT_A_VALUE


def _opens_block(items):
    """Does a "{" after these items of a statement open a block (and not an initialiser)?"""
    if not items:
        return True
    last = items[-1]
    if isinstance(last, Group):
        return last.open != "["  # f(...) {   and   Constructor() : a_{1} {
    if last.text in _BEFORE_BLOCK:
        return True
    if last.text in _BEFORE_INITIALIZER:
        return False
    if any(text(item) in _TYPE_DEFINITION for item in items):
        return True
    return _has_trailing_return_type(items)


def _has_trailing_return_type(items):
    """f(...) [const] [noexcept] -> type"""
    for index, item in enumerate(items):
        if text(item) != "->":
            continue
        before = index - 1
        while before >= 0 and text(items[before]) in _BEFORE_BLOCK:
            before -= 1
        return before >= 0 and is_group(items[before], "(") and not any(text(i) == "=" for i in items[:before])
    return False
