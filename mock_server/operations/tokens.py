"""Keys: one makes another, and takes it back."""

from __future__ import annotations

from mock_server.call import Call, Reply
from mock_server.contract.bodies import GenerateAuthTokenRequest, RevokeAuthTokenRequest
from mock_server.errors import ApiError
from mock_server.world import ids

_LENGTH = 24


def generate_auth_token(call: Call, body: GenerateAuthTokenRequest) -> Reply:
    """Answer `POST /generate_auth_token` (evidence 1.5); the key leads to the account that made it."""
    token = "pplx-" + ids.digest(call.id.encode("ascii"), key=call.digest, size=_LENGTH).hex()
    call.lane.accounts.admit(token.encode("ascii"), call.owner)
    return Reply({"auth_token": token, "created_at_epoch_seconds": call.now, "token_name": body.token_name})


def revoke_auth_token(call: Call, body: RevokeAuthTokenRequest) -> Reply:
    """Answer `POST /revoke_auth_token`; only an account's own keys can be revoked."""
    if not call.lane.accounts.revoke(body.auth_token.encode("utf-8", "surrogatepass"), call.owner) and not call.lenient:
        raise ApiError("not_found")
    return Reply({})
