"""A C++ file as the rules see it: its lines, its code without comments and literals, and its tokens."""

import re
from typing import NamedTuple

# Numbers come first: the ' in 1'000 does not open a character.
_LEXEMES = re.compile(
    r"""
      \b\d(?:[\w.']|(?<=[eEpP])[+-])*           # number
    | //(?:\\\n|[^\n])*                         # comments
    | /\*.*?\*/
    | R"(?P<delimiter>[^(\s]*)\(.*?\)(?P=delimiter)"
    | "(?:\\.|[^"\\\n])*"
    | '(?:\\.|[^'\\\n])*'
    """, re.VERBOSE | re.DOTALL)

_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)

# ">" stays alone, so that ">>" closes two template argument lists.
_TOKEN = re.compile(r"[A-Za-z_]\w*|\d(?:[\w.']|(?<=[eEpP])[+-])*|&&|\|\||->|::|\.\.\.|==|!=|<=|>=|[-+*/%&|^]=|\S")


class Token(NamedTuple):
    text: str
    line: int


class Finding(NamedTuple):
    path: str
    line: int
    message: str

    def __str__(self):
        return "%s:%d: %s" % self


class Source:
    """`path` is relative to the root of the workspace and has forward slashes."""

    def __init__(self, path, text):
        self.path = path
        self.lines = text.splitlines()
        # Blanked, not removed: lines and columns stay what they are.
        self._code = _LEXEMES.sub(_blank, text)
        self.code_lines = self._code.splitlines()
        self._tokens = None

    @property
    def is_test(self):
        return self.path.endswith(("_test.cc", "_benchmark.cc"))

    @property
    def tokens(self):
        """All tokens but those of preprocessor directives; literals are "" and numbers."""
        if self._tokens is None:
            self._tokens = []
            code = _DIRECTIVE.sub(_blank_all, self._code)
            for number, line in enumerate(code.splitlines(), start=1):
                self._tokens += [Token(text, number) for text in _TOKEN.findall(line)]
        return self._tokens

    def within(self, *folders):
        """Is the file in one of `folders`, each written like "sim/"?"""
        return self.path.startswith(folders)

    def has_marker(self, line, marker):
        """Does the line (from 1) end in "// tidy: `marker`"? A reason may follow after a comma or a colon."""
        return re.search(r"// tidy: %s\b" % re.escape(marker), self.lines[line - 1]) is not None

    def finding(self, line, message):
        return Finding(self.path, line, message)


def _blank_all(match):
    return re.sub(r"[^\n]", " ", match.group())


def _blank(match):
    text = match.group()
    if text[0].isdigit():
        return text
    if text.startswith("/"):
        return _blank_all(match)
    # A literal stays a literal, an empty one.
    quote = "'" if text[0] == "'" else '"'
    return quote * 2 + re.sub(r"[^\n]", " ", text[2:])
