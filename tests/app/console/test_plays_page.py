"""The page of plays shows what other ways of choosing would have brought, and where that rests on too little."""

from pathlib import Path

from app.shop import open_shop
from siyu.app.campaigns.other_policies import ChoiceReport, OtherPolicy
from siyu.app.console.pages.plays import other_policies
from siyu.app.console.screen import Screen
from siyu.campaigns.off_policy import Judged


def test_other_policies_stand_with_their_interval_and_a_warning_where_support_is_thin(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    sure, thin = Judged(1_250.0, 1_000.0, 1_500.0, 400, 380.4), Judged(900.0, -200.0, 2_000.0, 9, 8.7)
    report = ChoiceReport(
        500, 7, 0.02, 1_100.0, {"win_back": 490, "": 10},
        (OtherPolicy("best", "", sure, sure, sure, False), OtherPolicy("nothing", "", thin, thin, thin, True)),
    )  # fmt: skip
    for language, warned in (("en", "thin: decide"), ("zh", "样本太少")):
        screen = Screen(workspace, language, False, "/plays", {}, {})  # type: ignore[arg-type]  # both are languages
        said = str(other_policies(screen, report))
        assert "12.50" in said
        assert "10.00" in said
        assert "380" in said
        assert said.count(warned) == 1
