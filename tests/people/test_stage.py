from siyu.people.stage import Stage, stage_of


def test_a_person_moves_from_contact_to_monetisation() -> None:
    assert stage_of(owned=False, messages_in=0, orders=0) is Stage.CONTACT
    assert stage_of(owned=True, messages_in=0, orders=0) is Stage.RETENTION
    assert stage_of(owned=True, messages_in=2, orders=0) is Stage.OPERATION
    assert stage_of(owned=True, messages_in=0, orders=1) is Stage.MONETISATION


def test_talking_without_an_owned_channel_is_still_contact() -> None:
    assert stage_of(owned=False, messages_in=5, orders=0) is Stage.CONTACT
