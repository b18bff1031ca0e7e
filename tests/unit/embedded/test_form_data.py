"""Fields of a form; a file in it is external data, which is refused."""

import pytest

from benchwire.embedded.endpoint.form_data import FIELDS_MAX, form_fields
from benchwire.embedded.errors import QueryError

TYPE = "multipart/form-data; boundary=x"


def part(value: bytes, disposition: str = 'form-data; name="a"', more: str = "") -> bytes:
    head = f"\r\nContent-Disposition: {disposition}{more}\r\n\r\n".encode()
    return b"--x" + head + value + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--x--\r\n"


def test_fields_keep_every_byte() -> None:
    body = form(part("ä\r\n-- \r\n\r\n--y".encode()), part(b"", 'form-data; name="param_p"'))
    assert form_fields(body, TYPE) == {"a": "ä\r\n-- \r\n\r\n--y", "param_p": ""}
    typed = form(part(b"1", more="\r\nContent-Type: text/plain; charset=utf-8"))
    assert form_fields(b"preamble\r\n" + typed + b"epilogue", TYPE) == {"a": "1"}
    assert form_fields(form(part(b"1"), part(b"2")), 'Multipart/Form-Data; Boundary="x"') == {
        "a": "1"
    }


@pytest.mark.parametrize(
    "disposition",
    [
        'form-data; name="t"; filename="t.csv"',
        'form-data; name="t"; filename=""',
        'form-data; FILENAME=x; name="t"',
        "form-data; name=t; filename*=UTF-8''x",
    ],
)
def test_a_file_is_refused(disposition: str) -> None:
    with pytest.raises(QueryError, match="external data") as caught:
        form_fields(form(part(b"1", disposition)), TYPE)
    assert caught.value.code == 48


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (form(part(b"1")), "multipart/form-data"),
        (form(part(b"1")), "multipart/mixed; boundary=x"),
        (form(part(b"1")), "multipart/form-data; boundary=y"),
        (b"", TYPE),
        (b"SELECT 1", TYPE),
        (part(b"1"), TYPE),
        (b"--x\r\n\r\nSELECT 7", TYPE),
        (form(b"--x\r\nno head\r\n"), TYPE),
        (form(b"--xy\r\n\r\n\r\n1\r\n"), TYPE),
        (form(part(b"1", "form-data")), TYPE),
        (form(part(b"1", 'form-data; name=""')), TYPE),
        (form(part(b"\xff")), TYPE),
        (form(part(b"1", more="\r\nX: \xff" + "y" * 5000)), TYPE),
        (form(*[part(b"1")] * FIELDS_MAX), TYPE),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(QueryError) as caught:
        form_fields(body, content_type)
    assert (caught.value.code, caught.value.status) == (36, 400)
