from siyu.people.joining import Held, Named, join_links, split_people


def _join(
    names: dict[int, str], links: list[tuple[int, int]], **more: object
) -> tuple[dict[int, Held], dict[int, int]]:
    result = join_links(
        links,
        person_of={number: number for number in names},
        members={number: [Named(number, space)] for number, space in names.items()},
        **more,  # type: ignore[arg-type]  # the tests pass what each needs
    )
    return result.held, {number: result.person_of.get(number, number) for number in names}


def test_linked_identifiers_are_one_person_by_the_smallest_number() -> None:
    held, person = _join({1: "phone", 2: "member_no", 3: "openid@a", 4: "email"}, [(2, 3), (1, 3)])
    assert held == {}
    assert person == {1: 1, 2: 1, 3: 1, 4: 4}


def test_two_unionids_of_one_open_platform_account_never_share_a_person() -> None:
    names = {1: "unionid@open", 2: "phone", 3: "unionid@open", 4: "unionid@other"}
    held, person = _join(names, [(1, 2), (2, 3), (2, 4)])
    assert held == {1: Held.TWO_IDS}
    assert person == {1: 1, 2: 1, 3: 3, 4: 1}
    by_hand, _ = _join(names, [(1, 2), (2, 3)], by_hand=True)
    assert by_hand == {1: Held.TWO_IDS}


def test_a_phone_stops_joining_when_too_many_people_share_it() -> None:
    names = {1: "phone", 2: "member_no", 3: "member_no", 4: "member_no"}
    result = join_links(
        [(1, 2), (1, 3), (1, 4)],
        person_of={number: number for number in names},
        members={number: [Named(number, space)] for number, space in names.items()},
    )
    assert result.held == {2: Held.SHARED}
    assert result.shared == {1}


def test_many_names_of_different_kinds_on_one_phone_are_one_person() -> None:
    names = {1: "phone", 2: "member_no", 3: "openid@a", 4: "openid@b", 5: "email", 6: "unionid@o"}
    held, person = _join(names, [(1, number) for number in range(2, 7)])
    assert held == {}
    assert set(person.values()) == {1}


def test_people_decided_to_be_two_stay_two_also_through_others() -> None:
    names = {1: "member_no", 2: "phone", 3: "member_no"}
    held, person = _join(names, [(1, 2), (2, 3)], apart=[(1, 3)])
    assert held == {1: Held.APART}
    assert person == {1: 1, 2: 1, 3: 3}
    assert _join(names, [(1, 2), (2, 3)], apart=[(1, 3)], by_hand=True)[0] == {}


def test_what_is_set_apart_does_not_join() -> None:
    held, person = _join({1: "phone", 2: "member_no"}, [(1, 2)], set_apart=[1])
    assert held == {0: Held.SHARED}
    assert person == {1: 1, 2: 2}


def test_a_person_that_would_grow_too_large_waits() -> None:
    names = dict.fromkeys(range(1, 6), "customer_no")
    held, person = _join(names, [(1, 2), (2, 3), (3, 4)], largest=3)
    assert held == {2: Held.TOO_LARGE}
    assert person[4] == 4


def test_people_are_drawn_from_the_links_that_still_hold() -> None:
    assert split_people([1, 2, 3, 4], [(2, 3), (3, 4)]) == {1: 1, 2: 2, 3: 2, 4: 2}
