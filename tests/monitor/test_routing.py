"""Routes: who is told, in which group, and why."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.routing import LABELS, Destination, Route, destinations

ALERT = {
    "rule": ("threats",),
    "severity": ("critical",),
    "source": ("way-home",),
    "tag": ("families", "telegram"),
    "kind": ("telegram_web",),
    "subject": ("origin",),
    "lang": ("ru",),
}


def told(route: Route, labels: dict[str, tuple[str, ...]] = ALERT) -> list[str]:
    return [destination.receiver for destination in destinations(route, labels)]


def test_the_root_takes_what_no_child_matches() -> None:
    child = Route(receivers=("mail",), match={"severity": ("info",)}, place="1")
    route = Route(receivers=("desk",), routes=(child,))
    assert destinations(route, ALERT) == (
        Destination(
            receiver="desk",
            group_key="{}:{rule=threats}",
            group_wait=timedelta(seconds=30),
            reason="default route",
        ),
    )


def test_the_first_matching_child_takes_it() -> None:
    children = (
        Route(receivers=("a",), match={"severity": ("critical",)}, place="1"),
        Route(receivers=("b",), match={"rule": ("threats",)}, place="2"),
    )
    assert told(Route(receivers=("desk",), routes=children)) == ["a"]


def test_a_child_that_continues_lets_the_next_ones_have_it_too() -> None:
    children = (
        Route(receivers=("a",), match={"severity": ("critical",)}, keep_matching=True),
        Route(receivers=("b",), match={"rule": ("rotation",)}),
        Route(receivers=("c",), match={"rule": ("threats",)}),
        Route(receivers=("d",)),
    )
    assert told(Route(receivers=("desk",), routes=children)) == ["a", "c"]


def test_a_continuing_child_alone_keeps_it_from_the_root() -> None:
    children = (Route(receivers=("a",), keep_matching=True),)
    assert told(Route(receivers=("desk",), routes=children)) == ["a"]


def test_children_go_before_their_parents_and_no_deeper_than_they_match() -> None:
    grandchild = Route(receivers=("night",), match={"lang": ("cs",)})
    child = Route(receivers=("families",), match={"tag": ("families",)}, routes=(grandchild,))
    route = Route(receivers=("desk",), routes=(child,))
    assert told(route) == ["families"]
    assert told(route, {**ALERT, "lang": ("cs",)}) == ["night"]


def test_values_are_alternatives_and_labels_are_conditions() -> None:
    match = {"severity": ("warning", "critical"), "tag": ("other", "telegram")}
    route = Route(receivers=("desk",), routes=(Route(receivers=("a",), match=match),))
    assert told(route) == ["a"]
    assert told(route, {**ALERT, "tag": ("families",)}) == ["desk"]
    assert told(route, {**ALERT, "severity": ("info",)}) == ["desk"]


def test_a_label_that_the_alert_does_not_carry_does_not_match() -> None:
    route = Route(receivers=("desk",), routes=(Route(receivers=("a",), match={"lang": ("ru",)}),))
    without = {name: values for name, values in ALERT.items() if name != "lang"}
    assert told(route, without) == ["desk"]


def test_no_receiver_is_told_twice_and_the_first_route_names_the_reason() -> None:
    children = (
        Route(receivers=("a", "b"), match={"rule": ("threats",)}, keep_matching=True, place="1"),
        Route(receivers=("b", "c", "c"), place="2"),
    )
    found = destinations(Route(receivers=("desk",), routes=children), ALERT)
    assert [(one.receiver, one.reason) for one in found] == [
        ("a", "route 1: rule is threats"),
        ("b", "route 1: rule is threats"),
        ("c", "route 2: matches everything"),
    ]


def test_a_route_without_receivers_tells_nobody() -> None:
    mute = Route(receivers=(), match={"source": ("way-home",)})
    assert told(Route(receivers=("desk",), routes=(mute,))) == []


def test_the_reason_names_only_values_that_the_alert_has() -> None:
    child = Route(
        receivers=("a",), match={"severity": ("critical", "info"), "tag": ("x", "families")}, place="2.1"
    )
    (found,) = destinations(Route(receivers=(), routes=(child,)), ALERT)
    assert found.reason == "route 2.1: severity is critical and tag is families"


def test_alerts_with_equal_grouped_labels_share_a_key_and_others_do_not() -> None:
    route = Route(receivers=("desk",), group_by=("tag", "rule"))

    def key(**labels: tuple[str, ...]) -> str:
        return destinations(route, {**ALERT, **labels})[0].group_key

    assert key() == "{}:{rule=threats,tag=families|telegram}"
    assert key(tag=("telegram", "families")) == key(source=("another",)) == key()
    assert key(rule=("rotation",)) != key()


def test_groups_of_different_routes_stay_apart() -> None:
    children = (
        Route(receivers=("a",), match={"severity": ("critical",)}, keep_matching=True),
        Route(receivers=("b",), match={"tag": ("families",)}),
    )
    first, second = destinations(Route(receivers=(), routes=children), ALERT)
    assert first.group_key == "{}/{severity=critical}:{rule=threats}"
    assert second.group_key == "{}/{tag=families}:{rule=threats}"


def test_without_group_by_everything_of_a_route_goes_out_together() -> None:
    route = Route(receivers=("desk",), group_by=())
    other = {**ALERT, "rule": ("rotation",), "source": ("another",)}
    assert destinations(route, ALERT)[0].group_key == destinations(route, other)[0].group_key


VALUES = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True).map(tuple)
LABEL_SETS = st.dictionaries(st.sampled_from(sorted(LABELS)), VALUES)
ROUTES: st.SearchStrategy[Route] = st.recursive(
    st.builds(Route, receivers=VALUES, match=LABEL_SETS, keep_matching=st.booleans()),
    lambda inner: st.builds(
        Route,
        receivers=VALUES,
        match=LABEL_SETS,
        keep_matching=st.booleans(),
        routes=st.lists(inner, max_size=3).map(tuple),
    ),
    max_leaves=8,
)


@given(ROUTES, LABEL_SETS)
def test_any_tree_tells_each_receiver_once_and_the_same_ones_again(
    route: Route, labels: dict[str, tuple[str, ...]]
) -> None:
    found = destinations(route, labels)
    assert len({one.receiver for one in found}) == len(found)
    assert all(one.reason and one.group_key for one in found)
    assert destinations(route, dict(reversed(labels.items()))) == found
