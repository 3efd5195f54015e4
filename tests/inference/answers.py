"""Checks of answers: each route, by the package that has it."""

import json

import openai

from gateway import (
    ALIAS,
    EMBEDDING_MODEL,
    KEY,
    MESSAGES,
    MODEL,
    Traffic,
    anthropic_client,
    expect,
    openai_client,
    with_x_api_key,
)
from model import TOOL_CALL_TOKEN

# A tool and a schema with few possible values, so that any model finds one within a few tokens.
SWITCH = {
    "type": "object",
    "properties": {"on": {"type": "boolean"}},
    "required": ["on"],
    "additionalProperties": False,
}
TOOL = {"name": "set_light", "description": "Switches the light.", "parameters": SWITCH}
# Makes the model call a tool.
CALL_TOOL = {str(TOOL_CALL_TOKEN): 100}


def chat(client, model=MODEL, **options):
    return client.chat.completions.create(model=model, messages=MESSAGES, **{"max_tokens": 8, **options})


def expect_chat(completion):
    choice = completion.choices[0]
    expect(choice.message.role == "assistant" and choice.message.content, completion)
    expect(choice.finish_reason == "length", completion)
    usage = completion.usage
    expect(usage.completion_tokens == 8 and usage.prompt_tokens > 0, usage)
    expect(usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage)


def expect_chunks(chunks):
    """Checks the chunks of a streamed chat, without the one with the usage."""
    expect(chunks[0].choices[0].delta.role == "assistant", chunks[0])
    expect("".join(chunk.choices[0].delta.content or "" for chunk in chunks), chunks)
    expect(chunks[-1].choices[0].finish_reason == "length", chunks[-1])


def chat_completion():
    expect_chat(chat(openai_client()))


def chat_stream_without_usage():
    for options in [{}, {"stream_options": {"include_usage": False}}, {"n": 2}]:
        chunks = list(chat(openai_client(), stream=True, **options))
        for chunk in chunks:
            expect(chunk.choices and chunk.usage is None, chunk)
        for index in range(options.get("n", 1)):
            expect_chunks([chunk for chunk in chunks if chunk.choices[0].index == index])


def chat_stream_with_usage():
    *chunks, last = chat(openai_client(), stream=True, stream_options={"include_usage": True})
    expect_chunks(chunks)
    expect(all(chunk.usage is None for chunk in chunks), chunks)
    expect(last.choices == [] and last.usage.completion_tokens == 8, last)


def chat_stream_ends_with_done():
    create = openai_client().chat.completions.with_streaming_response.create
    with create(model=MODEL, messages=MESSAGES, max_tokens=8, stream=True) as response:
        expect(response.headers["content-type"].startswith("text/event-stream"), response.headers)
        lines = [line for line in response.iter_lines() if line]
    expect(lines[-1] == "data: [DONE]" and lines.count(lines[-1]) == 1, lines)


def completion():
    options = {"model": MODEL, "prompt": "A key is", "max_tokens": 8}
    whole = openai_client().completions.create(**options)
    expect(whole.choices[0].text and whole.usage.completion_tokens == 8, whole)
    chunks = list(openai_client().completions.create(stream=True, **options))
    expect("".join(chunk.choices[0].text for chunk in chunks), chunks)
    expect(chunks[-1].choices[0].finish_reason == "length", chunks)


def response():
    options = {"model": MODEL, "input": "What is a key?", "max_output_tokens": 8}
    whole = openai_client().responses.create(**options)
    expect(whole.output_text and whole.usage.output_tokens == 8, whole)
    events = list(openai_client().responses.create(stream=True, **options))
    expect(events[0].type == "response.created", events[0])
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    last = events[-1]
    expect(last.type == "response.completed" and last.response.usage.output_tokens == 8, last)
    expect(text and text == last.response.output[0].content[0].text, last)


def expect_message(message):
    expect(message.type == "message" and message.content[0].text, message)
    expect(message.stop_reason == "max_tokens" and message.usage.output_tokens == 8, message)


def message():
    credentials = {"authorization": [{}, {"api_key": None, "auth_token": KEY}], "x-api-key": [with_x_api_key(KEY)]}
    for header, clients in credentials.items():
        for client in clients:
            traffic = Traffic()
            messages_of(anthropic_client(traffic=traffic, **client))
            for request in traffic.requests:
                expect({"authorization", "x-api-key"} & set(request.headers) == {header}, request.headers)


def messages_of(client):
    """Makes a whole and two streamed messages, since the package reads streams in two ways."""
    options = {"model": MODEL, "max_tokens": 8, "messages": MESSAGES}
    expect_message(client.messages.create(**options))
    with client.messages.stream(**options) as stream:
        text = "".join(stream.text_stream)
        last = stream.get_final_message()
    expect_message(last)
    expect(text == last.content[0].text, last)
    events = [event.type for event in client.messages.create(stream=True, **options)]
    expect(events[0] == "message_start" and events[-1] == "message_stop", events)


def token_count():
    count = anthropic_client().messages.count_tokens(model=MODEL, messages=MESSAGES)
    longer = anthropic_client().messages.count_tokens(model=MODEL, messages=MESSAGES, system="Be brief.")
    expect(0 < count.input_tokens < longer.input_tokens, (count, longer))


def embeddings():
    # The client asks for base64, and decodes it.
    for options in [{}, {"encoding_format": "float"}]:
        answer = openai_client().embeddings.create(model=EMBEDDING_MODEL, input=["a key", "a door"], **options)
        lengths = [len(item.embedding) for item in answer.data]
        expect(len(lengths) == 2 and lengths[0] == lengths[1] > 0, lengths)
        expect(answer.data[0].embedding != answer.data[1].embedding, answer)
        expect(answer.usage.prompt_tokens > 0, answer.usage)


def models():
    for client in [openai_client(), anthropic_client()]:
        names = [model.id for model in client.models.list()]
        expect(len(names) == len(set(names)) and {MODEL, ALIAS, EMBEDDING_MODEL} <= set(names), names)
        for name in [MODEL, ALIAS]:
            expect(client.models.retrieve(name).id == name, name)


def alias():
    expect_chat(chat(openai_client(), ALIAS))
    expect_chunks(list(chat(openai_client(), ALIAS, stream=True)))
    options = {"max_tokens": 8, "messages": MESSAGES}
    expect_message(anthropic_client().messages.create(model=ALIAS, **options))


def below_api():
    client = openai_client(prefix="/api")
    expect_chat(chat(client))
    expect_chunks(list(chat(client, stream=True)))
    expect(MODEL in [model.id for model in client.models.list()], "no model")
    expect(client.responses.create(model=MODEL, input="A key", max_output_tokens=8).output_text, "no text")
    expect(client.embeddings.create(model=EMBEDDING_MODEL, input="a key").data, "no embedding")
    client = anthropic_client(prefix="/api")
    expect_message(client.messages.create(model=MODEL, max_tokens=8, messages=MESSAGES))
    expect(client.messages.count_tokens(model=MODEL, messages=MESSAGES).input_tokens > 0, "no tokens")


def expect_call(name, arguments):
    expect(name == TOOL["name"] and isinstance(json.loads(arguments)["on"], bool), (name, arguments))


def tools_of_chat():
    options = {
        "tools": [{"type": "function", "function": TOOL}],
        "tool_choice": "required",
        "logit_bias": CALL_TOOL,
        "max_tokens": 200,
    }
    called = chat(openai_client(), **options).choices[0].message.tool_calls[0]
    expect_call(called.function.name, called.function.arguments)
    name, arguments = "", ""
    for chunk in chat(openai_client(), stream=True, **options):
        for part in chunk.choices[0].delta.tool_calls or []:
            if part.index == 0:
                name += part.function.name or ""
                arguments += part.function.arguments or ""
    expect_call(name, arguments)
    # The result of a call goes back to the model.
    called = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}
    result = {"role": "tool", "tool_call_id": "call_1", "content": "done"}
    turn = [*MESSAGES, {"role": "assistant", "tool_calls": [called]}, result]
    create = openai_client().chat.completions.create
    expect_chat(create(model=MODEL, messages=turn, max_tokens=8, tools=options["tools"]))


def tools_of_responses():
    answer = openai_client().responses.create(
        model=MODEL,
        input="Switch the light on.",
        tools=[{"type": "function", "strict": True, **TOOL}],
        tool_choice="required",
        max_output_tokens=200,
        extra_body={"logit_bias": CALL_TOOL},
    )
    called = answer.output[0]
    expect(called.type == "function_call", called)
    expect_call(called.name, called.arguments)


def tools_of_messages():
    """Anthropic's route has no way to make this model call a tool. The length of the prompt shows that it gets them."""
    tool = {"name": TOOL["name"], "description": TOOL["description"], "input_schema": SWITCH}
    options = {"model": MODEL, "messages": MESSAGES}
    client = anthropic_client()
    count = client.messages.count_tokens(**options).input_tokens
    options |= {"tools": [tool], "tool_choice": {"type": "any"}}
    with_tools = client.messages.count_tokens(**options).input_tokens
    expect(with_tools > count + 50, (count, with_tools))
    expect_message(client.messages.create(max_tokens=8, **options))


def json_schema():
    schema = {"name": "light", "strict": True, "schema": SWITCH}
    response_format = {"type": "json_schema", "json_schema": schema}
    answer = chat(openai_client(), max_tokens=200, response_format=response_format).choices[0]
    expect(answer.finish_reason == "stop", answer)
    expect(isinstance(json.loads(answer.message.content)["on"], bool), answer)


def null_members():
    """A member that is null counts as left out."""
    body = {"model": MODEL, "messages": MESSAGES, "max_tokens": 8}
    for name in ["stream", "stream_options", "n", "temperature", "tools", "user"]:
        body[name] = None
    answer = openai_client().post("/chat/completions", body=body, cast_to=openai.types.chat.ChatCompletion)
    expect_chat(answer)


ALL = [
    chat_completion,
    chat_stream_without_usage,
    chat_stream_with_usage,
    chat_stream_ends_with_done,
    completion,
    response,
    message,
    token_count,
    embeddings,
    models,
    alias,
    below_api,
    tools_of_chat,
    tools_of_responses,
    tools_of_messages,
    json_schema,
    null_members,
]
