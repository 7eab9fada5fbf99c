"""Nothing of the app runs outside of its own messages: no fragment, no callback, no section."""

import ast
import re

import pytest

from tests.project.sources import modules, name_of, tree

APP = [path for path in modules("app") if "cli" not in path.parts]
CALLBACK = re.compile(r"on_(click|change|select|submit|\w+_change)")
GUARDS = {"shown_as_message", "fragment"}


def called(node: ast.AST) -> str:
    """Return the last name of what is called, empty for anything else."""
    if isinstance(node, ast.Call):
        return called_name(node.func)
    return ""


def called_name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def is_guarded(function: ast.FunctionDef) -> bool:
    return any((called(one) or called_name(one)) in GUARDS for one in function.decorator_list)


def unguarded_calls(module: ast.Module, name: str) -> list[int]:
    """Return the lines at which a function is called outside of any guard."""
    found = []

    def look(node: ast.AST, guarded: bool) -> None:
        if isinstance(node, ast.With):
            guarded = guarded or any(called(item.context_expr) in GUARDS for item in node.items)
        if isinstance(node, ast.FunctionDef):
            guarded = is_guarded(node)
        if called(node) == name and not guarded:
            found.append(node.lineno)
        for child in ast.iter_child_nodes(node):
            look(child, guarded)

    look(module, False)
    return found


def drawing(module: ast.Module) -> list[ast.FunctionDef]:
    """Return the functions of a module that draw a section's title."""
    return [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef)
        and any(called(one) == "section" for one in ast.walk(node))
    ]


def test_every_fragment_has_the_apps_messages():
    found = [
        name_of(path)
        for path in APP
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "fragment"
    ]
    assert found == ["app.messages"]


def test_every_callback_has_the_apps_messages():
    given = [
        (f"{name_of(path)}:{node.value.lineno}", node.value)
        for path in APP
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg and CALLBACK.fullmatch(node.arg)
    ]
    assert len(given) > 20
    assert not [
        place
        for place, value in given
        if called(value) != "said" and not isinstance(value, ast.Constant)
    ]


def test_every_section_is_guarded_where_it_is_drawn_or_where_it_is_called():
    sections = [(path, one) for path in APP for one in drawing(tree(path))]
    assert len(sections) > 30
    for path, function in sections:
        if not is_guarded(function):
            calls = [
                f"{name_of(other)}:{line}"
                for other in APP
                if other == path or not function.name.startswith("_")
                for line in unguarded_calls(tree(other), function.name)
            ]
            assert not calls, f"{function.name} is called without a guard"


def test_no_page_draws_a_section_at_its_top():
    assert not [
        f"{name_of(path)}:{node.lineno}"
        for path in APP
        for node in tree(path).body
        if isinstance(node, ast.Expr) and called(node.value) == "section"
    ]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("draw()", [1]),
        ("with shown_as_message():\n    draw()", []),
        ("with a, shown_as_message():\n    draw()", []),
        ("@fragment\ndef outer():\n    draw()", []),
        ("def outer():\n    draw()", [2]),
    ],
)
def test_the_look_for_guards_finds_what_it_should(source, lines):
    assert unguarded_calls(ast.parse(source), "draw") == lines
