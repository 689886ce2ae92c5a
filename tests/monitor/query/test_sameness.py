"""Two queries that ask the same, and two that do not."""

import pytest

from monitor.query.sameness import ask_the_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("leave", "  leave "),
        ("leave rotation", "leave\n  AND rotation"),
        ("leave OR (rotation pay)", "(leave) OR rotation AND pay"),
        ('title:("not home"~3 OR /le+ave/i)', 'title:( "not home"~3 OR /le+ave/i )'),
        ("wife NEAR/5 leave", "wife  NEAR/5 (leave)"),
    ],
)
def test_layout_does_not_matter(one, other):
    assert ask_the_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("leave", "Leaves"),
        ("leave", "=leave"),
        ("leave rotation", "leave OR rotation"),
        ("leave", "-leave rotation"),
        ("wife NEAR/5 leave", "wife NEAR/6 leave"),
        ("wife NEAR/5 leave", "wife BEFORE/5 leave"),
        ('"not home"', '"not  so home"'),
        ("title:leave", "text:leave"),
        ("/leave/", "/leave/i"),
        ("(leave", "(leave"),
    ],
)
def test_all_else_does(one, other):
    assert not ask_the_same(one, other)
