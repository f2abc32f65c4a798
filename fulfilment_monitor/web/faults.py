"""What is wrong with an input, in the language of the page."""

from collections.abc import Callable, Iterable

from ..domain.errors import Issue
from ..schemas.contract_refusals import explained
from .language import chosen


def told(issue: Issue) -> str:
    """An issue for people."""
    return explained(issue) if chosen() == "zh" else issue.detail


def by_field(issues: Iterable[Issue], field: Callable[[str], str]) -> dict[str, str]:
    """What is wrong with each field of a form: what `error_summary` and the fields take.

    Args:
        field: the field of a pointer; an empty one stands for the form as a whole.
    """
    found: dict[str, list[str]] = {}
    for issue in issues:
        said = found.setdefault(field(issue.pointer), [])
        if told(issue) not in said:
            said.append(told(issue))
    between = "；" if chosen() == "zh" else "; "
    return {name: between.join(said) for name, said in found.items()}
