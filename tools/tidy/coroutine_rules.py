"""Rules for coroutines: the shapes that g++ 12 compiles into double frees, and lambdas that die before their frame."""

from expressions import BODY, Group, is_group, parse, text
from text_rules import is_canary

_ONE = "a second co_await in one expression; give the result of the first a name, in a statement of its own"
_BRACES = "co_await in an expression with braces; make the braced object a named variable in the line above"
_CONDITIONAL = "co_await in an expression with ?:; use if and else"
_LOGICAL = "co_await in an operand of && or ||; await into a named variable first"
_CAPTURE = ("a coroutine lambda with captures: they die with the lambda while the frame lives on;"
            " pass them as parameters (those are copied into the frame)")


def one_await(source):
    """At most one co_await per full expression, never inside && || ?: or braces."""
    for expression in parse(source.tokens)[0]:
        awaits = _awaits(expression)
        if not awaits:
            continue
        line = awaits[0].line
        if any(is_canary(source, token.line) for token in awaits):
            continue
        if len(awaits) > 1:
            yield source.finding(awaits[1].line, _ONE)
        if _contains(expression, lambda item: is_group(item, "{")):
            yield source.finding(line, _BRACES)
        if _contains(expression, lambda item: text(item) == "?"):
            yield source.finding(line, _CONDITIONAL)
        elif _in_logical_operand(expression):
            yield source.finding(line, _LOGICAL)


def no_capturing_coroutine(source):
    """C++ Core Guidelines CP.51."""
    for function in parse(source.tokens)[1]:
        if function.captures and (function.is_coroutine or _returns_task(function.signature)):
            if not is_canary(source, function.line):
                yield source.finding(function.line, _CAPTURE)


def _awaits(items):
    found = []
    for item in items:
        if isinstance(item, Group):
            found += _awaits(item.items)
        elif item.text == "co_await":
            found.append(item)
    return found


def _contains(items, predicate):
    return any(
        predicate(item) or (isinstance(item, Group) and _contains(item.items, predicate))
        for item in items
        if item is not BODY)


def _in_logical_operand(items):
    """Is a co_await below an && or || of its own bracket or of one around it?"""
    operands = []  # the items since the last comma, = or : (a declarator's && is no operator)
    holds_await = False
    for item in items + [None]:
        if item is None or text(item) in (",", ":", "=", ";"):
            if holds_await and _has_logical_operator(operands):
                return True
            operands, holds_await = [], False
            continue
        operands.append(item)
        if isinstance(item, Group):
            if _awaits(item.items):
                holds_await = True
                if _in_logical_operand(item.items):
                    return True
        elif item.text == "co_await":
            holds_await = True
    return False


def _has_logical_operator(items):
    for index, item in enumerate(items):
        if text(item) == "||":
            return True
        if text(item) == "&&":
            # T&&> and T&&...: part of a type.
            after = text(items[index + 1]) if index + 1 < len(items) else ">"
            if after not in (">", "..."):
                return True
    return False


def _returns_task(signature):
    words = [text(item) for item in signature]
    if "->" not in words:
        return False
    result = words[words.index("->") + 1:]
    return "Task" in result[:result.index("<")] if "<" in result else False


RULES = [one_await, no_capturing_coroutine]
