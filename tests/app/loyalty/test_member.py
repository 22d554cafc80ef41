"""Where a member stands, over all accounts: tier, points by their end, coupons given, used and given back."""

from pathlib import Path

import pytest

from app.cli.command_line import Siyu
from app.fission.shop import START, shop
from siyu.app.loyalty.coupons import give, give_back, keep_kind, use
from siyu.app.loyalty.member import member, spend_points
from siyu.app.take_in import TakeIn
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.loyalty.points import earn
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.ledger import SqlLedger
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

PLAN = {"name": "spring", "communication": {"variants": ["a"]}}
KIND = {"code": "NEW", "worth_minor": 1_000, "least_minor": 5_000, "stock": 2, "valid_days": 30}
TIERS = """[membership]
period_days = 100
tiers = [{name = "silver", spent_minor = 10000}, {name = "gold", spent_minor = 30000}]
"""

ANN, CARD = Identifier("external_userid@c", "wmAAAAAAann"), Identifier("member_no", "7")


def _till(kind: TouchKind, who: tuple[Identifier, ...], days: int, value_minor: int) -> Touch:
    at_us = START - days * DAY
    return touch("store", kind, actors=who, value_minor=value_minor, happened_at_us=at_us, received_at_us=at_us)


def test_a_member_has_one_tier_one_purse_of_points_and_one_of_coupons_over_all_accounts(tmp_path: Path) -> None:
    (tmp_path / "siyu.toml").write_text(TIERS, "utf-8")
    with shop(tmp_path, PLAN) as one:
        workspace = one.workspace
        door = TakeIn(workspace)
        for who, days, paid in ((ANN, 120, 9_000), (ANN, 20, 8_000), (CARD, 10, 6_000), (CARD, 5, 1_000)):
            door.take([_till(TouchKind.ORDER_PAID, (who,), days, paid)])
        door.take([_till(TouchKind.ORDER_REFUNDED, (CARD,), 4, -1_000)])
        with workspace.database.read() as connection:
            known = SqlIdentityStore(connection).lookup([workspace.vault.key_of(one) for one in (ANN, CARD)])
        ann, card = (known[workspace.vault.key_of(one)].person_id for one in (ANN, CARD))
        keep_kind(workspace, KIND)
        for who in (ann, card):
            give(workspace, "NEW", who, about="welcome")
        with pytest.raises(BadInputError, match="all 2 coupons of NEW are given"):
            give(workspace, "NEW", ann)
        with workspace.database.write() as connection:
            SqlLedger(connection).append([
                earn(ann, 50, at_us=START - DAY, about="a", expires_at_us=START + 9 * DAY),
                earn(card, 30, at_us=START - DAY, about="b", expires_at_us=START + 2 * DAY),
            ])  # fmt: skip
        door.take([_till(TouchKind.VISIT, (ANN, CARD), 1, 0)])  # they are one
        told = member(workspace, ann)
        assert (told["tier"], told["paid_in_period_minor"], told["next_tier"], told["missing_minor"]) == (
            "silver", 14_000, "gold", 16_000,
        )  # fmt: skip
        assert [(row["points"], row["until"]) for row in told["points_by_end"]] == [
            (30, "2024-10-06"), (50, "2024-10-13"),
        ]  # fmt: skip
        assert spend_points(workspace, ann, 40, about="A-1")["left"] == 40
        assert spend_points(workspace, ann, 40, about="A-1")["left"] == 40  # once
        with pytest.raises(BadInputError, match="41 points are wanted and 40 are there"):
            spend_points(workspace, ann, 41, about="A-2")
        assert len(told["coupons"]) == 2
        with pytest.raises(BadInputError, match="holds from 5000 on"):
            use(workspace, "NEW", ann, order="A-1", amount_minor=4_900)
        for _ in range(2):  # once
            assert use(workspace, "NEW", ann, order="A-1", amount_minor=5_900)["takes_off_minor"] == 1_000
        assert len(member(workspace, ann)["coupons"]) == 1
        give_back(workspace, "NEW", ann, order="A-1")
        assert len(member(workspace, ann)["coupons"]) == 2
        one.clock.advance_to(START + 31 * DAY)
        after = member(workspace, ann)
        assert (after["points"], after["coupons"]) == (0, [])
        with pytest.raises(BadInputError, match="has no coupon NEW that holds"):
            use(workspace, "NEW", ann, order="A-3", amount_minor=5_900)
        assert one.books() == []


def test_the_commands_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with shop(tmp_path / "w", PLAN) as one:
        one.happens(TouchKind.CONTACT_ADDED, "ann", START)
        ann = str(one.people("ann")["ann"])
    kind = tmp_path / "kind.yaml"
    kind.write_text("code: NEW\nworth_minor: 1000\nstock: 5\nvalid_days: 30\n", "utf-8")
    siyu = Siyu(tmp_path / "w", capsys)
    assert siyu.answered("coupon", "keep", str(kind)) == {"coupon": "NEW"}
    siyu.answered("coupon", "give", "NEW", ann)
    assert siyu.answered("coupon", "use", "NEW", ann, "A-1", "59.00")["takes_off_minor"] == 1_000
    assert "was used on A-2" in siyu.refused("coupon", "give-back", "NEW", ann, "A-2")
    assert siyu.answered("member", "show", ann)["coupons"] == []
    assert "2 points are wanted and 0 are there" in siyu.refused("member", "spend", ann, "2", "--about", "x")
    kind.write_text("code: NEW\nworth: 1\n", "utf-8")
    assert "worth: there is no such field" in siyu.refused("coupon", "keep", str(kind))
    assert "there is no coupon 'OLD'" in siyu.refused("coupon", "give", "OLD", ann)
