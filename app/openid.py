"""An OpenID provider: where people sign in and out, and what it says about them, checked.

The authorization code flow with PKCE (S256), state and nonce; the provider's addresses and keys
are asked for and kept for a while, the keys also anew when one is not known.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import orjson

from app.errors import SignInFailedError
from app.settings import Settings, is_loopback
from store.edits.external import Claimed
from store.errors import InvalidInputError, UnavailableError

if TYPE_CHECKING:  # some 100 ms to import, for those who use it
    import httpx2
    from joserfc.jwk import KeySet
    from joserfc.jwt import Token

KEPT_S = 3_600.0
"""How long the provider's addresses and keys are kept."""
AGAIN_S = 10.0
"""How long after asking for keys an unknown one is not asked for again."""
PATIENCE_S = 10.0
LEEWAY_S = 60
"""By how much clocks may differ."""
LOGOUT_S = 300
"""How old a logout token may be, in seconds."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
ANSWER_LIMIT = 1 << 20
ATTEMPT_LIMIT = 4_096
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures that are taken: with a public key of the provider, and no others."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the browser keeps while somebody signs in elsewhere."""

    state: str
    """Comes back with the answer, which was asked for by this browser then."""
    nonce: str
    """Comes back inside the answer."""
    verifier: str
    """Shown for the answer: its hash went along with the question."""
    onward: str
    """Where the browser goes then: a path of ours."""

    def packed(self) -> str:
        """Return it as the value of a cookie."""
        content = orjson.dumps([self.state, self.nonce, self.verifier, self.onward])
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    @classmethod
    def unpacked(cls, text: str) -> "Attempt | None":
        """Read it; none if it is damaged."""
        try:
            content = base64.urlsafe_b64decode(text[:ATTEMPT_LIMIT] + "==")
            parts = orjson.loads(content)
        except (binascii.Error, ValueError):
            return None
        fits = isinstance(parts, list) and len(parts) == 4
        return cls(*parts) if fits and all(isinstance(one, str) for one in parts) else None


@dataclass(frozen=True, slots=True)
class Left:
    """Who has signed out at the provider; one of subject and session may be empty."""

    issuer: str
    subject: str
    """What the provider calls the person."""
    session: str
    """What it calls the session that ended there; all of the person if empty."""
    before: dt.datetime
    """What began later is not meant."""
    mark: str
    """Of the token."""


class Provider:
    """One OpenID provider; thread-safe. Asks it when it is first needed, in worker threads.

    Args:
        settings: Name the provider and what is asked.
        again_s: How long after asking for keys an unknown one is not asked for again.
    """

    def __init__(self, settings: Settings, again_s: float = AGAIN_S) -> None:
        self._settings = settings
        self._again_s = again_s
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._known: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._spent: dict[str, float] = {}

    def begin(self, back: str, onward: str) -> tuple[str, Attempt]:
        """Return the address at which a person signs in, and what their browser keeps meanwhile.

        Args:
            back: Address of ours that the provider sends the browser back to.
            onward: Path of ours where the browser goes then.

        Raises:
            UnavailableError: The provider does not answer.
        """
        attempt = Attempt(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(32),
            onward=onward,
        )
        challenge = hashlib.sha256(attempt.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": back,
            "scope": self._settings.oidc_scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        address = self._address("authorization_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", attempt

    def finish(self, attempt: Attempt | None, answer: Mapping[str, str], back: str) -> Claimed:
        """Find out who has signed in.

        Args:
            attempt: What the browser kept.
            answer: Parameters with which the provider sent the browser back.
            back: As in `begin`.

        Raises:
            SignInFailedError: The provider refused, or its answer is not good.
            UnavailableError: The provider does not answer.
        """
        state = answer.get("state", "")
        if attempt is None or not hmac.compare_digest(
            attempt.state.encode(), state.encode("utf-8", "replace")
        ):
            raise SignInFailedError(
                "This answer of your institution was not asked for by this browser, or too long ago.",
                "Sign in again.",
            )
        issuer = answer.get("iss", self._settings.oidc_issuer)
        if "code" not in answer or issuer.rstrip("/") != self._settings.oidc_issuer:
            error = "".join(one for one in answer.get("error", "") if one.isalnum() or one == "_")
            raise SignInFailedError(
                f"Your institution did not sign you in{f' ({error[:64]})' if error else ''}.",
                "Sign in again, or ask its administrators.",
            )
        tokens = self._exchanged(answer["code"], attempt.verifier, back)
        claims = self._verified(str(tokens.get("id_token", "")), attempt.nonce)
        return self._claimed(self._completed(claims, tokens.get("access_token")))

    def left(self, token: str) -> Left:
        """Find out who has signed out at the provider, from a logout token that is not spent.

        Source: OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6.

        Raises:
            InvalidInputError: The token is not good, or was used before.
            UnavailableError: The provider does not tell its keys.
        """
        rules = {"jti": {"essential": True}, "events": {"essential": True}}
        found = self._decoded(token, rules, _no_logout)
        claims, now = found.claims, time.time()
        kind = str(found.header.get("typ", "JWT")).lower().removeprefix("application/")
        events, mark = claims["events"], claims["jti"]
        subject, session = claims.get("sub", ""), claims.get("sid", "")
        fits = (
            kind in {"jwt", "logout+jwt"}
            and "nonce" not in claims  # else it may be an identity token
            and isinstance(events, dict)
            and isinstance(events.get(LOGOUT_EVENT), dict)
            and isinstance(mark, str)
            and isinstance(subject, str)
            and isinstance(session, str)
            and bool(subject or session)
            and claims["iat"] > now - LOGOUT_S - LEEWAY_S
        )
        if not fits:
            raise _no_logout()
        with self._lock:
            if mark in self._spent:
                raise InvalidInputError("The logout token was used before.", "Make a new one.")
        before = dt.datetime.fromtimestamp(claims["iat"] + LEEWAY_S, dt.UTC)
        return Left(self._settings.oidc_issuer, subject, session, before, mark)

    def spend(self, left: Left) -> None:
        """Take the logout token no more, now that what it is for is done."""
        now = time.time()
        with self._lock:
            kept = now - LOGOUT_S - 2 * LEEWAY_S  # until it is too old anyway
            self._spent = {one: at for one, at in self._spent.items() if at > kept}
            self._spent[left.mark] = now

    def close(self) -> None:
        """Close connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()

    def _exchanged(self, code: str, verifier: str, back: str) -> dict[str, Any]:
        settings = self._settings
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        auth = None
        ways = self._metadata().get("token_endpoint_auth_methods_supported")
        if not settings.oidc_client_secret:
            sent["client_id"] = settings.oidc_client_id
        elif isinstance(ways, list) and "client_secret_basic" not in ways:
            sent["client_id"] = settings.oidc_client_id
            sent["client_secret"] = settings.oidc_client_secret
        else:
            auth = (settings.oidc_client_id, settings.oidc_client_secret)
        return self._asked("POST", self._address("token_endpoint"), data=sent, auth=auth)

    def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        """Return what an identity token says, if all of it is right."""
        rules = {
            "sub": {"essential": True},
            "exp": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        claims: dict[str, Any] = self._decoded(token, rules, _untrusted).claims
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._settings.oidc_client_id:
            raise _untrusted()
        return claims

    def _decoded(
        self, token: str, rules: Mapping[str, Any], wrong: Callable[[], Exception]
    ) -> "Token":
        """Read a token that the provider has signed for us.

        Args:
            token: As it came.
            rules: What its claims have to be, besides from whom, for whom and since when.
            wrong: Makes the error that is raised where something is not right.
        """
        from joserfc import errors, jwt

        try:
            try:
                found = jwt.decode(token, self._key_set(), algorithms=ALGORITHMS)
            except (errors.InvalidKeyIdError, errors.BadSignatureError):  # the keys were changed
                found = jwt.decode(token, self._key_set(again=True), algorithms=ALGORITHMS)
            jwt.JWTClaimsRegistry(
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self._issuer()},
                aud={"essential": True, "value": self._settings.oidc_client_id},
                iat={"essential": True},
                **rules,
            ).validate(found.claims)
        except (errors.JoseError, ValueError) as error:
            raise wrong() from error
        return found

    def _completed(self, claims: dict[str, Any], access_token: Any) -> dict[str, Any]:
        """Add what the provider tells only who asks with the access token."""
        address = self._metadata().get("userinfo_endpoint")
        if not address or not isinstance(access_token, str):
            return claims
        headers = {"authorization": f"Bearer {access_token}", "accept": "application/json"}
        more = self._asked("GET", self._address("userinfo_endpoint"), headers=headers)
        return {**more, **claims} if more.get("sub") == claims["sub"] else claims

    def _claimed(self, claims: Mapping[str, Any]) -> Claimed:
        def said(name: str) -> str:
            value = claims.get(name)
            return value if isinstance(value, str) else ""

        groups = claims.get(self._settings.oidc_groups_claim)
        listed: Iterable[Any] = [groups] if isinstance(groups, str) else groups or ()
        first, _, last = said("name").partition(" ")
        return Claimed(
            issuer=self._settings.oidc_issuer,
            subject=said("sub"),
            user_name=said(self._settings.oidc_user_claim) or said("email") or said("sub"),
            first_name=said("given_name") or first,
            last_name=said("family_name") or last,
            email=said("email"),
            session=said("sid"),
            groups=frozenset(one for one in listed if isinstance(one, str)),
        )

    def _issuer(self) -> str:
        """Return the provider's name for itself, which may end with a slash."""
        return str(self._metadata()["issuer"])

    def _metadata(self) -> dict[str, Any]:
        """Return what the provider tells of itself, by OpenID Connect Discovery."""
        with self._lock:
            known = self._known
        if known is not None and known[0] > time.monotonic() - KEPT_S:
            return known[1]
        issuer = self._settings.oidc_issuer
        found = self._asked("GET", f"{issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != issuer:
            raise UnavailableError(
                f"The OpenID provider at {issuer} has another name.",
                "Ask an administrator to check MICROGRAPH_OIDC_ISSUER.",
            )
        with self._lock:
            self._known = (time.monotonic(), found)
        return found

    def _address(self, name: str) -> str:
        address = str(self._metadata().get(name, ""))
        parts = urlsplit(address)
        plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if not (parts.scheme == "https" or plain):
            raise self._away()
        return address

    def _key_set(self, *, again: bool = False) -> "KeySet":
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        with self._lock:
            kept = self._keys
        age = self._again_s if again else KEPT_S
        if kept is not None and kept[0] > time.monotonic() - age:
            return kept[1]
        found = self._asked("GET", self._address("jwks_uri"))
        try:
            keys = KeySet.import_key_set({"keys": found["keys"]})
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise self._away() from error
        with self._lock:
            self._keys = (time.monotonic(), keys)
        return keys

    def _asked(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        """Ask the provider something, and read an object as answer."""
        import httpx2

        try:
            with self._opened().stream(method, address, **more) as response:
                body = b""
                for part in response.iter_bytes():
                    body += part
                    if len(body) > ANSWER_LIMIT:
                        raise self._away()
            found = orjson.loads(body)
        except (httpx2.HTTPError, ValueError) as error:
            raise self._away() from error
        if method == "POST" and 400 <= response.status_code < 500:
            raise _untrusted()
        if response.status_code != 200 or not isinstance(found, dict):
            raise self._away()
        return found

    def _opened(self) -> "httpx2.Client":
        import httpx2

        with self._lock:
            if self._client is None:
                self._client = httpx2.Client(timeout=PATIENCE_S, follow_redirects=False)
            return self._client

    def _away(self) -> UnavailableError:
        return UnavailableError(
            f"The OpenID provider at {self._settings.oidc_issuer} does not answer as it should.",
            "Try again later; if it stays, ask an administrator to look at it.",
        )


def _untrusted() -> SignInFailedError:
    return SignInFailedError(
        "What your institution says about you could not be verified.",
        "Sign in again; if it stays, ask an administrator.",
    )


def _no_logout() -> InvalidInputError:
    return InvalidInputError(
        "This is no logout token of the OpenID provider for this server, or an old one.",
        "Check at the provider which client it is for, and that clocks agree.",
    )
