"""Read the fields of a multipart/form-data body: the query and its parameters, when they are long.

Clients send files in the same shape to bring tables of their own to a query; those are refused.
Python's `email` is not used: it raises TypeError for some of what RFC 2231 allows.
"""

import re

from benchwire.embedded.errors import QueryError

BAD_ARGUMENT, NOT_IMPLEMENTED = 36, 48
FIELDS_MAX = 1000
HEAD_BYTES_MAX = 4096
_PARAMETER = re.compile(r';\s*([^\s;=]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))')
_ESCAPED = re.compile(r"\\(.)")


def form_fields(body: bytes, content_type: str) -> dict[str, str]:
    """Return the fields by name; of several with one name the first counts.

    Raises:
        QueryError: The body is no such form, or brings a file (external data).
    """
    boundary = _parameters(content_type).get("boundary", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data" or not boundary:
        raise _bad("no multipart/form-data with a boundary")
    # A delimiter begins a line, also at the very start, and what follows on its line is blank.
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1", "replace"))
    if len(parts) < 2 or not parts[-1].startswith(b"--"):  # noqa: PLR2004  # none but the preamble
        raise _bad("not a whole form")
    if len(parts) > FIELDS_MAX:
        raise _bad(f"a form of more than {FIELDS_MAX} fields")
    fields: dict[str, str] = {}
    for part in parts[1:-1]:
        name, value = _field(part)
        fields.setdefault(name, value)
    return fields


def _field(part: bytes) -> tuple[str, str]:
    # The first line break ends the delimiter's line; without a header the second follows at once.
    head, found, value = part.partition(b"\r\n\r\n")
    blank, _, head = head.partition(b"\r\n")
    if not found or blank.strip() or len(head) > HEAD_BYTES_MAX:
        raise _bad("a form with a part that has no head")
    try:
        disposition = _disposition(head.decode())
        text = value.decode()
    except UnicodeDecodeError as error:
        raise _bad("a form with a part that is not text") from error
    # filename, filename* and filename*0 all make a part a file.
    if any(name.startswith("filename") for name in disposition):
        raise QueryError(
            "this endpoint does not support external data: put the rows into the query, for "
            "example with values('a UInt8', 1, 2) or format(CSV, …). (NOT_IMPLEMENTED)",
            code=NOT_IMPLEMENTED,
            status=501,
        )
    if not disposition.get("name"):
        raise _bad("a form with a field that has no name")
    return disposition["name"], text


def _disposition(head: str) -> dict[str, str]:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            return _parameters(value)
    return {}


def _parameters(header: str) -> dict[str, str]:
    """Return what follows the first semicolon of a header; names in lower case."""
    return {
        name.lower(): _ESCAPED.sub(r"\1", quoted) or bare
        for name, quoted, bare in _PARAMETER.findall(header)
    }


def _bad(what: str) -> QueryError:
    return QueryError(f"the body is {what}. (BAD_ARGUMENTS)", code=BAD_ARGUMENT, status=400)
