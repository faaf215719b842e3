"""An OpenID provider on a port of this machine: it vouches for whom the test says, without a question."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "recorder", "what only the two of them know"


class Provider:
    """Authorization code flow with PKCE; tokens signed with RS256."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        """Of whoever asks next, beside those that each token has."""
        self.asked: dict[str, dict[str, str]] = {}
        """Code -> what was asked for."""
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def secrets(self, app: str) -> str:
        """`.streamlit/secrets.toml` for an app at this address."""
        return f"""
[auth]
redirect_uri = "{app}/oauth2callback"
cookie_secret = "{secrets.token_hex(16)}"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
server_metadata_url = "{self.address}/.well-known/openid-configuration"
"""

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _code(self, query: dict[str, str]) -> str:
        """The address that leads back to the app."""
        code = secrets.token_urlsafe(16)
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        known = b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ":"
        client, _, secret = (unquote(part) for part in known.partition(":"))
        asked = self.asked.pop(form.get("code", ""), None)
        if asked is None or (client, secret) != (CLIENT, SECRET):
            return None
        digest = sha256(form["code_verifier"].encode()).digest()
        if urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return None
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": asked["nonce"]}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims | self.claims, self._key)
        return {"access_token": "nothing", "token_type": "Bearer", "expires_in": 600, "id_token": token}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(place.query).items()}
                if place.path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider._code(query))
                    self.end_headers()
                elif place.path == "/keys":
                    self._say({"keys": [provider._key.as_dict(private=False)]})
                else:
                    self._say(provider._metadata())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                found = provider._token(form, self.headers.get("Authorization", ""))
                self._say(found or {"error": "invalid_grant"}, 200 if found else 400)

            def _say(self, what: Any, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(what).encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        return Handler
