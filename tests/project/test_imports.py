"""Whatever one file imports of another is there, also where it is imported late."""

import ast

from tests.project.sources import ROOMS, modules, name_of, tree

FILES = {name_of(path): path for room in (*ROOMS, "benchmarks", "tests") for path in modules(room)}


def names_at_the_top(path):
    """Return what a module binds outside of functions and classes, and its submodules."""
    found = {"__file__"}
    if path.stem == "__init__":
        found |= {one.stem for one in path.parent.iterdir()}
    ahead = list(tree(path).body)
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        ahead.extend(ast.iter_child_nodes(node))
    return found


def test_every_name_that_is_imported_from_a_file_of_ours_is_in_it():
    bound = {name: names_at_the_top(path) for name, path in FILES.items()}
    wanted = [
        (name, node.lineno, node.module, alias.name)
        for name, path in FILES.items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module in FILES
        for alias in node.names
    ]
    assert len(wanted) > 1000
    assert not [one for one in wanted if one[3] not in bound[one[2]]]
