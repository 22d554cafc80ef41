import pytest

from siyu.app.intake.guess import guess
from siyu.app.intake.mapping import What


@pytest.mark.parametrize(
    ("what", "columns", "identifiers", "traits"),
    [
        ("orders", ["订单号", "买家手机", "买家姓名", "金额", "时间"], {"phone": "买家手机"}, {"name": "买家姓名"}),
        ("orders", ["订单号", "买家姓名", "实付金额", "付款时间"], {}, {"name": "买家姓名"}),
        ("people", ["Member Name", "phone"], {"phone": "phone"}, {"name": "Member Name"}),
        ("people", ["客户", "姓名"], {"customer_no": "客户"}, {"name": "姓名"}),
        ("orders", ["Order ID", "Buyer Username", "Amount", "Date"], {"customer_no": "Buyer Username"}, {}),
    ],
)  # fmt: skip
def test_a_name_is_never_taken_for_a_number_of_somebody(
    what: What, columns: list[str], identifiers: dict[str, str], traits: dict[str, str]
) -> None:
    found = guess(columns, what)
    assert (found.identifiers, found.traits) == (identifiers, traits)


def test_a_file_of_consents_is_read_as_people_write_it() -> None:
    found = guess(["手机号", "用途", "授权结果", "授权时间", "文本版本", "凭证"], "consents")
    assert found.columns == {
        "purpose": "用途", "granted": "授权结果", "at": "授权时间", "text_version": "文本版本", "proof": "凭证",
    }  # fmt: skip
