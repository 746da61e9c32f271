from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.project.test_house_rules import APPS


def circle(imports: dict[str, set[str]]) -> list[str]:
    """Return the modules of a circle of imports, if there is one."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_import_leads_back_to_where_it_came_from():
    graph = grimp.build_graph(*APPS, exclude_type_checking_imports=True)

    assert circle({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}) == []


@pytest.mark.parametrize(
    ("imports", "found"), [({"a": {"b"}, "b": {"c"}, "c": {"a"}}, True), ({"a": {"b"}, "b": {"c"}}, False)]
)
def test_a_circle_is_found(imports, found):
    assert bool(circle(imports)) is found
