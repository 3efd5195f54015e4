"""Calls the server with the client that openapi-python-client generates, the package `cocore_client`."""

import os

from cocore_client import AuthenticatedClient, Client
from cocore_client.api.dev_cocore_account import (
    dev_cocore_account_create_api_key as create,
    dev_cocore_account_delete_api_key as delete,
    dev_cocore_account_list_api_keys as listing,
    dev_cocore_account_revoke_api_key as revoke,
)
from cocore_client.models import (
    DevCocoreAccountCreateApiKeyBody as CreateBody,
    DevCocoreAccountDeleteApiKeyBody as DeleteBody,
    DevCocoreAccountRevokeApiKeyBody as RevokeBody,
    XrpcError,
)

url = os.environ["COCORE_TEST_URL"]
client = AuthenticatedClient(base_url=url, token=os.environ["COCORE_TEST_KEY"])

created = create.sync(client=client, body=CreateBody(name="from Python", expires_at=None))
assert not isinstance(created, XrpcError), created
assert created.secret.startswith("cocore-"), created
keys = listing.sync(client=client).keys
assert created.key.id in [key.id for key in keys], keys
own = AuthenticatedClient(base_url=url, token=created.secret)
assert listing.sync(client=own).keys[0].created_at == created.key.created_at
assert revoke.sync(client=client, body=RevokeBody(id=created.key.id)).revoked
assert delete.sync(client=client, body=DeleteBody(id=created.key.id)).deleted

for response, status, name in [
    (listing.sync_detailed(client=own), 401, "AuthRequired"),
    (listing.sync_detailed(client=Client(base_url=url)), 401, "AuthRequired"),
    (create.sync_detailed(client=client, body=CreateBody(name="")), 400, "InvalidRequest"),
]:
    assert response.status_code == status, response
    assert isinstance(response.parsed, XrpcError) and response.parsed.error == name, response
print("the Python client: created, listed, revoked and deleted a key")
