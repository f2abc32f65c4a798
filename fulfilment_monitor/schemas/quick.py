"""Load documents without marshmallow's machinery, as long as nothing is wrong with them.

The fields of a schema are asked one by one for their values, and nothing else is done. At the
first doubt the document goes to marshmallow, which decides, and explains every fault it finds.
So a document is accepted here only with the values that marshmallow would give it.
"""

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, fields

from .fields import Own, Strict

Shape = dict[str, Any]
_Reader = Callable[[Any], Any]

#: What a reader raises over a value; an unknown name is a KeyError of the table of readers.
DOUBTS = (ValidationError, KeyError)


def loader(schema: Strict) -> Callable[[Any], Shape]:
    """What loads a document as the schema does.

    Raises, when it is called: ValidationError, from the schema itself.
    """
    read = reader_of(schema)

    def load(document: Any) -> Shape:
        try:
            return read(document)
        except DOUBTS:
            return schema.load(document)

    return load


def reader_of(schema: Strict) -> _Reader:
    """What reads a shape in which nothing is wrong, and raises one of `DOUBTS` over any other."""
    readers = {name: _reader(field) for name, field in schema.load_fields.items()}
    required = {name for name, field in schema.load_fields.items() if field.required}
    check = schema.check

    def read(given: Any) -> Shape:
        if type(given) is not dict or not required <= given.keys():
            raise ValidationError("")
        found = {name: readers[name](value) for name, value in given.items()}
        check(found)
        return found

    return read


def _reader(field: Any) -> _Reader:
    """What reads a value of a field; fields that do more than a reader would know have none."""
    plain = (field.data_key, field.attribute, field.allow_none, field.pre_load, field.post_load)
    if any(plain) or field.load_default is not fields.missing_:
        raise TypeError(f"a field that is more than its type and its validators: {field!r}")
    take = _taker(field)
    return _validated(take, field.validators) if field.validators else take


def _taker(field: Any) -> _Reader:
    if isinstance(field, Own):
        return field.take
    if isinstance(field, fields.Nested):
        return reader_of(field.schema)  # type: ignore[arg-type]
    if isinstance(field, fields.List):
        return _list_of(_reader(field.inner))
    raise TypeError(f"nothing reads {field!r}")


def _list_of(read: _Reader) -> _Reader:
    def read_list(given: Any) -> list[Any]:
        if type(given) is not list:
            raise ValidationError("")
        return [read(value) for value in given]

    return read_list


def _validated(take: _Reader, validators: list[_Reader]) -> _Reader:
    def read(given: Any) -> Any:
        found = take(given)
        for validate in validators:
            validate(found)
        return found

    return read
