from datetime import timedelta

from siyu.kernel.errors import BadInputError, RefusedError, RetryLaterError, SiyuError, UnknownOutcomeError


def test_bad_input_says_what_where_and_how_to_mend_it() -> None:
    error = BadInputError("'x' is not a moment", where="orders.csv line 7", mend="write it like 2026-11-22")
    assert str(error) == "orders.csv line 7: 'x' is not a moment (write it like 2026-11-22)"


def test_a_refusal_names_the_allowed_way() -> None:
    assert "Allowed instead: ask" in str(RefusedError("bulk adding", allowed="ask"))


def test_every_family_is_one_of_ours() -> None:
    assert issubclass(UnknownOutcomeError, SiyuError)
    assert RetryLaterError("busy", retry_after=timedelta(seconds=60)).retry_after == timedelta(minutes=1)
