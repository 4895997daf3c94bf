"""Keeping a short secret so that a copy of the database alone does not give it away.

The key comes from this node's `secret-key`, which stands beside the database and in no backup. One block of a keyed
hash over a fresh nonce is the pad, another is the tag; a secret is at most twenty bytes, as the key of a phone is.

Layout, in hexadecimal: 12 bytes nonce, as many as the secret has, 8 bytes tag over nonce, text and `owner`.
"""

import hashlib
import hmac
import os
from binascii import Error as NotHex
from binascii import unhexlify

NONCE, TAG, LONGEST = 12, 8, 20


class Unreadable(ValueError):  # noqa: N818  it reads as a sentence where it is caught
    """This was sealed with another node's key, for somebody else, or is damaged."""


def seal(secret: bytes, *, owner: str, node_key: str) -> str:
    """The secret in a form that only this node reads, and only for `owner`."""
    if len(secret) > LONGEST:
        raise ValueError(f"A sealed secret has at most {LONGEST} bytes.")
    nonce = os.urandom(NONCE)
    text = _mixed(secret, nonce, node_key)
    return (nonce + text + _tag(nonce + text, owner, node_key)).hex()


def unseal(sealed: str, *, owner: str, node_key: str) -> bytes:
    """The secret again. Raises Unreadable."""
    try:
        whole = unhexlify(sealed.encode())
    except (NotHex, ValueError):
        raise Unreadable("This is no sealed secret.") from None
    body, tag = whole[:-TAG], whole[-TAG:]
    if len(whole) <= NONCE + TAG or not hmac.compare_digest(tag, _tag(body, owner, node_key)):
        raise Unreadable("This was sealed with another key. Turn the second step off and on again.")
    return _mixed(body[NONCE:], body[:NONCE], node_key)


def _mixed(text: bytes, nonce: bytes, node_key: str) -> bytes:
    pad = hmac.digest(_key("pad", node_key), nonce, hashlib.sha256)
    return bytes(one ^ other for one, other in zip(text, pad, strict=False))


def _tag(body: bytes, owner: str, node_key: str) -> bytes:
    return hmac.digest(_key("tag", node_key), body + owner.encode(), hashlib.sha256)[:TAG]


def _key(use: str, node_key: str) -> bytes:
    return hmac.digest(node_key.encode(), f"vwazen.second-factor.{use}".encode(), hashlib.sha256)
