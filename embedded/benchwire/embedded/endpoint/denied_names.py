"""What a reader may not name in a query, because it reaches beyond the store."""

import re
from collections.abc import Iterable

TABLE_FUNCTIONS_ALLOWED = frozenset(
    {
        "format",
        "generate_series",
        "generaterandom",
        "generateseries",
        "null",
        "numbers",
        "numbers_mt",
        "primes",
        "sqlstandardvalues",
        "values",
        "view",
        "zeros",
        "zeros_mt",
    }
)
"""Compared in lower case. All others the engine has are refused, including those of later versions:
they read files, URLs, other servers, Python objects, or run text as a query."""

FUNCTIONS_DENIED = frozenset(
    {
        "FQDN",
        "__getScalar",
        "addressToLine",
        "addressToLineWithInlines",
        "addressToSymbol",
        "catboostEvaluate",
        "evalMLMethod",
        "executable",
        "file",
        "fullHostName",
        "fuzzQuery",
        "getClientHTTPHeader",
        "hasColumnInTable",
        "joinGet",
        "joinGetOrNull",
        "logTrace",
        "modelEvaluate",
        "naiveBayesClassifier",
        "naiveBayesClassifierWithAllProbs",
        "naiveBayesClassifierWithProb",
        "python",
        "reverseDNSQuery",
        "showCertificate",
    }
)
"""Scalar functions that read files or reach other machines. `file` ignores grants altogether."""

ASKS_A_MODEL = re.compile(r"(?:ai|AI)[A-Z]\w*")
"""Functions that send data to a language model's service."""


SYSTEM_TABLE_NAME_DENIED = re.compile(r"\b(?:stack_trace|symbols|jemalloc_\w+)\b")
"""Tables of `system` that signal every thread of the process, or read its binary and its memory
profiles from files. Grants do not cover them."""

SYSTEM_TABLE_DENIED = re.compile(rf"\bsystem\.{SYSTEM_TABLE_NAME_DENIED.pattern}")

TIME_ZONE_FILE = re.compile(r"(?:^|['\"`$])file:")
"""A time zone called `file:/path` is read from there, in spite of all grants. Nothing of another
kind of file gets into an answer, but a pipe in that place would hold the query for ever. Time
zones stand in literals, in types within literals, in parameters and in a setting; one that a
query computes is not found here."""


def denied_pattern(functions: Iterable[str], table_functions: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds a denied name in normalised SQL without literals.

    A function's bare name is enough to deny it, not only a call: `arrayMap(file, …)` and
    `APPLY file` call it too. A table function only exists as a call, and names like `url` are
    good column names, so those need the parenthesis. A name behind a dot is a column.
    """
    bare = FUNCTIONS_DENIED | {name for name in functions if ASKS_A_MODEL.fullmatch(name)}
    called = {name for name in table_functions if name.lower() not in TABLE_FUNCTIONS_ALLOWED}
    any_bare = "|".join(sorted(map(re.escape, bare)))
    any_called = "|".join(sorted(map(re.escape, called | bare)))
    return re.compile(
        rf"(?<![\w.])(?P<bare>{any_bare})(?!\w)|(?<![\w.])(?P<called>{any_called})\s*\(",
        re.IGNORECASE,
    )
