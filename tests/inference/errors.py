"""Checks of errors: the exception that each package makes of them, and which calls it tries again."""

import anthropic
import openai

from gateway import (
    KEY,
    MESSAGES,
    MODEL,
    SCOPED_KEY,
    SILENT_MODEL,
    UNREACHABLE_MODEL,
    Traffic,
    anthropic_client,
    expect,
    expect_error,
    openai_client,
    with_x_api_key,
)

# Calls that both packages have, in the package's own words.
OPENAI_CALLS = {
    "chat": lambda client, model: client.chat.completions.create(model=model, messages=MESSAGES, max_tokens=8),
    "stream": lambda client, model: client.chat.completions.create(model=model, messages=MESSAGES, stream=True),
    "completion": lambda client, model: client.completions.create(model=model, prompt="A key", max_tokens=8),
    "response": lambda client, model: client.responses.create(model=model, input="A key", max_output_tokens=8),
    "embedding": lambda client, model: client.embeddings.create(model=model, input="a key"),
}
ANTHROPIC_CALLS = {
    "message": lambda client, model: client.messages.create(model=model, max_tokens=8, messages=MESSAGES),
    "stream": lambda client, model: client.messages.create(model=model, max_tokens=8, messages=MESSAGES, stream=True),
    "count": lambda client, model: client.messages.count_tokens(model=model, messages=MESSAGES),
}

# A key in the form of the server's keys, which it never created.
UNKNOWN_KEY = "cocore-" + "A" * 43


def expect_of_all(kind, code, model, key=KEY):
    """Expects each call of both packages to fail in the same way, without being tried again."""
    traffic = Traffic()
    client = openai_client(key, traffic=traffic)
    for call in OPENAI_CALLS.values():
        error = expect_error(getattr(openai, kind), lambda: call(client, model), code)
        expect(error.code == code and error.request_id, error.response.headers)
    client = anthropic_client(key, traffic=traffic)
    for call in ANTHROPIC_CALLS.values():
        expect_error(getattr(anthropic, kind), lambda: call(client, model), code)
    expect(len(traffic.requests) == len(OPENAI_CALLS) + len(ANTHROPIC_CALLS), traffic.requests)


def invalid_key():
    for key in [UNKNOWN_KEY, "sk-nothing"]:
        expect_of_all("AuthenticationError", "invalid_api_key", MODEL, key)
        for package, client in [(openai, openai_client(key)), (anthropic, anthropic_client(**with_x_api_key(key)))]:
            expect_error(package.AuthenticationError, client.models.list, "invalid_api_key")


def no_key():
    for package, client in [(openai, openai_client()), (anthropic, anthropic_client())]:
        call = lambda: client.models.list(extra_headers={"Authorization": package.omit})
        expect_error(package.AuthenticationError, call, "invalid_api_key")


def two_keys():
    """Two credentials that differ are none. Two that are the same are one."""
    client = anthropic_client(default_headers={"X-Api-Key": KEY})
    expect(ANTHROPIC_CALLS["message"](client, MODEL).content, "no content")
    client = anthropic_client(default_headers={"X-Api-Key": SCOPED_KEY})
    expect_error(anthropic.AuthenticationError, lambda: ANTHROPIC_CALLS["message"](client, MODEL), "invalid_api_key")


def key_without_scope():
    expect_of_all("PermissionDeniedError", "insufficient_scope", MODEL, SCOPED_KEY)


def scope_before_model():
    """A key that may do no inference does not learn which models exist."""
    expect_of_all("PermissionDeniedError", "insufficient_scope", "nothing", SCOPED_KEY)


def unknown_model():
    expect_of_all("NotFoundError", "model_not_found", "nothing")
    for client, package in [(openai_client(), openai), (anthropic_client(), anthropic)]:
        expect_error(package.NotFoundError, lambda: client.models.retrieve("nothing"), "model_not_found")


def bad_bodies():
    """Bodies that no package would send of itself. None of them is tried again."""
    traffic = Traffic()
    clients = {openai: openai_client(traffic=traffic), anthropic: anthropic_client(traffic=traffic)}
    bad = [
        (openai, "/chat/completions", {"messages": MESSAGES}),
        (openai, "/chat/completions", {"model": None, "messages": MESSAGES}),
        (openai, "/chat/completions", {"model": 7, "messages": MESSAGES}),
        (openai, "/chat/completions", {"model": MODEL, "messages": MESSAGES, "stream": "yes"}),
        (openai, "/completions", {"prompt": "A key"}),
        (openai, "/responses", {"input": "A key"}),
        (openai, "/embeddings", {"input": "A key"}),
        (openai, "/chat/completions", []),
        (anthropic, "/v1/messages", {"max_tokens": 8, "messages": MESSAGES}),
        (anthropic, "/v1/messages/count_tokens", {"messages": MESSAGES}),
        (anthropic, "/v1/messages", []),
    ]
    for package, path, body in bad:
        call = lambda: clients[package].post(path, body=body, cast_to=object)
        error = expect_error(package.BadRequestError, call)
        expect(error.response.json()["error"]["type"] == "invalid_request_error", error)
    for text in [b"null", b"", b'{"model": "tiny"', b"\xff"]:
        for package, path in [(openai, "/chat/completions"), (anthropic, "/v1/messages")]:
            options = {"headers": {"Content-Type": "application/json"}}
            call = lambda: clients[package].post(path, content=text, options=options, cast_to=object)
            expect_error(package.BadRequestError, call)
    expect(len(traffic.requests) == len(bad) + 8, traffic.requests)


def bad_messages():
    """A model is named, and the messages are missing or no list. llama-server answers some of these with 200 or 500."""
    traffic = Traffic()
    clients = {openai: openai_client(traffic=traffic), anthropic: anthropic_client(traffic=traffic)}
    for package, path in [(openai, "/chat/completions"), (anthropic, "/v1/messages")]:
        for messages in [{}, {"messages": "text"}, {"messages": None}]:
            body = {"model": MODEL, "max_tokens": 8, **messages}
            call = lambda: clients[package].post(path, body=body, cast_to=object)
            expect_error(package.BadRequestError, call)
    expect(len(traffic.requests) == 6, traffic.requests)


def error_of_upstream():
    """The upstream's own error keeps its status and its words, in the envelope of the route."""
    long = [{"role": "user", "content": "a" * 5000}]
    for options in [{}, {"stream": True}]:
        create = openai_client().chat.completions.create
        error = expect_error(openai.BadRequestError, lambda: create(model=MODEL, messages=long, **options))
        expect("context size" in error.message and error.type == "exceed_context_size_error", error)
        create = anthropic_client().messages.create
        call = lambda: create(model=MODEL, max_tokens=8, messages=long, **options)
        error = expect_error(anthropic.BadRequestError, call)
        expect("context size" in error.message, error)


def unknown_routes():
    for client, package, prefix in [(openai_client(), openai, ""), (anthropic_client(), anthropic, "/v1")]:
        get = lambda path: client.get(f"{prefix}{path}", cast_to=object)
        expect_error(package.NotFoundError, lambda: get("/nothing"))
    # Neither package has a class for this status.
    for client, package, path in [
        (openai_client(), openai, "/chat/completions"),
        (anthropic_client(), anthropic, "/v1/messages"),
    ]:
        error = expect_error(package.APIStatusError, lambda: client.get(path, cast_to=object), "method_not_allowed")
        expect(error.status_code == 405, error)


def retry_unreachable():
    """No upstream takes the call: both packages try it twice more, not before they are asked to."""
    for kind, make, call in [
        (openai.InternalServerError, openai_client, OPENAI_CALLS["chat"]),
        (anthropic.ServiceUnavailableError, anthropic_client, ANTHROPIC_CALLS["message"]),
    ]:
        traffic = Traffic()
        client = make(traffic=traffic)
        error = expect_error(kind, lambda: call(client, UNREACHABLE_MODEL), "no_upstream")
        expect(error.status_code == 503 and len(traffic.requests) == 3, (error, traffic.requests))
        for response, sent, again in zip(traffic.responses, traffic.times, traffic.times[1:]):
            delay = float(response.headers.get("retry-after", 0))
            expect(delay <= again - sent < 5, (delay, again - sent))


def no_retry_of_timeout():
    """The upstream did not answer in time. A further attempt would take as long, and neither package makes one."""
    for kind, make, call in [
        (openai.InternalServerError, openai_client, OPENAI_CALLS["chat"]),
        (openai.InternalServerError, openai_client, OPENAI_CALLS["stream"]),
        (anthropic.GatewayTimeoutError, anthropic_client, ANTHROPIC_CALLS["message"]),
    ]:
        traffic = Traffic()
        client = make(traffic=traffic)
        error = expect_error(kind, lambda: call(client, SILENT_MODEL), "upstream_timeout")
        expect(error.status_code == 504 and len(traffic.requests) == 1, (error, traffic.requests))
        expect(error.response.headers.get("x-should-retry") == "false", error.response.headers)


ALL = [
    invalid_key,
    no_key,
    two_keys,
    key_without_scope,
    scope_before_model,
    unknown_model,
    bad_bodies,
    bad_messages,
    error_of_upstream,
    unknown_routes,
    retry_unreachable,
    no_retry_of_timeout,
]
