from app.auth import KnownSessions, OneTimeTokens, cookie_name


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_good_once() -> None:
    tokens = OneTimeTokens(60)
    token = tokens.issue()

    assert tokens.redeem(token)
    assert not tokens.redeem(token)


def test_a_token_expires() -> None:
    clock = Clock()
    tokens = OneTimeTokens(60, clock)
    token = tokens.issue()
    clock.now = 61

    assert not tokens.redeem(token)


def test_wrong_tokens_do_not_use_up_the_right_one() -> None:
    tokens = OneTimeTokens(60)
    token = tokens.issue()

    for wrong in ("", "x", token[:-1], token + "x", "ü" * 1_000_000, "\ud800"):
        assert not tokens.redeem(wrong)
    assert tokens.redeem(token)


def test_tokens_are_long_and_different() -> None:
    tokens = OneTimeTokens(60)

    assert len({tokens.issue() for _ in range(100)}) == 100
    assert len(tokens.issue()) == 43


def test_servers_on_different_ports_do_not_sign_each_other_out() -> None:
    assert cookie_name(8080) != cookie_name(8081)


def test_only_the_latest_sessions_are_remembered() -> None:
    sessions = KnownSessions(remembered=2)
    for number, secret in enumerate(("one", "two", "one", "three")):
        sessions.note(secret, number)

    assert [sessions.person(secret) for secret in ("one", "two", "three")] == [2, None, 3]
