"""Every example in a docstring is run, and none stands where it would not be found."""

import ast
import doctest
import importlib
import pkgutil

import pytest

import fulfilment_monitor

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(fulfilment_monitor.__path__, "fulfilment_monitor.")
    if "_shipped" not in module.name and not module.name.endswith("__main__")
)


def examples_written(path):
    """How many examples stand in the docstrings of a file, wherever they stand."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [ast.get_docstring(n) or "" for n in ast.walk(tree) if isinstance(n, documented)]
    return sum(len(doctest.DocTestParser().get_examples(text)) for text in texts)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_all_found_and_all_true(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module)
    assert result.failed == 0
    assert result.attempted == examples_written(module.__file__)


def test_there_are_modules_and_examples_to_look_at():
    paths = [importlib.import_module(name).__file__ for name in MODULES]
    assert len(MODULES) > 30
    assert sum(examples_written(path) for path in paths) >= 8
