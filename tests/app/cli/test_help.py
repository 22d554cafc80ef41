"""What a newcomer reads first: every command says in a line what it does."""

from siyu.app.cli import build


def test_every_command_says_what_it_does() -> None:
    commands = [name for name in build() if not name.startswith("-")]
    assert len(commands) > 30
    for name in commands:
        help_ = build()[name].help
        assert help_, name
        assert help_[0].isupper(), name
        assert help_.endswith("."), name
