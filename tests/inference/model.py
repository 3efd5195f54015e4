"""Writes a small language model with random weights, for tests of what passes its answers on.

    python model.py tiny.gguf

The model has one layer and one token for each printable character. It answers any prompt with a text that means
nothing, and never ends by itself: each answer is as long as the request allows. The file is the same in every run.
"""

import sys

import gguf
import numpy

CONTEXT = 4096
WIDTH = 64
HIDDEN_WIDTH = 128
HEADS = 4
# Any number will do: it makes the file the same in each run.
SEED = 11

# The token with which a call of a tool begins, after three special ones and one for each byte. A request that names its
# number in `logit_bias` gets a call.
TOOL_CALL = "<tool_call>"
TOOL_CALL_TOKEN = 259
# The tools of a request come first, then its messages. The upstream learns from it how a call of a tool is written.
CHAT_TEMPLATE = """\
{%- for tool in tools or [] %}{{ tool | tojson }}
{% endfor %}
{%- for message in messages %}{{ message.role }}: {{ message.content }}
{%- for call in message.tool_calls or [] -%}
<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>
{%- endfor %}
{% endfor %}
{%- if add_generation_prompt %}assistant: {% endif %}"""


def vocabulary():
    """Returns the tokens with their types, and the index of the first printable character."""
    kind = gguf.TokenType
    tokens = [(b"<unk>", kind.UNKNOWN), (b"<s>", kind.CONTROL), (b"</s>", kind.CONTROL)]
    tokens += [(b"<0x%02X>" % byte, kind.BYTE) for byte in range(256)]
    tokens += [(TOOL_CALL.encode(), kind.USER_DEFINED)]
    # The tokenizer writes a space as U+2581.
    characters = ["\u2581", *map(chr, range(ord("!"), ord("~") + 1))]
    first_character = len(tokens)
    tokens += [(character.encode(), kind.NORMAL) for character in characters]
    return tokens, first_character


def add_parameters(writer):
    """Adds the sizes of the network."""
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(HIDDEN_WIDTH)
    writer.add_block_count(1)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def add_tokenizer(writer, tokens):
    """Adds the vocabulary, in the format of SentencePiece. No two tokens are ever merged."""
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_types([int(kind) for _, kind in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    for index, add in enumerate([writer.add_unk_token_id, writer.add_bos_token_id, writer.add_eos_token_id]):
        add(index)
    writer.add_add_bos_token(True)
    writer.add_chat_template(CHAT_TEMPLATE)


def add_weights(writer, size, first_character):
    """Adds the tensors. Tokens that are no characters have zeros in the output: they are never sampled."""
    generator = numpy.random.default_rng(SEED)

    def add_random(name, rows, columns, scale=0.3):
        weights = scale * generator.standard_normal((rows, columns), dtype=numpy.float32)
        writer.add_tensor(f"{name}.weight", weights)

    def add_norm(name):
        writer.add_tensor(f"{name}.weight", numpy.ones(WIDTH, dtype=numpy.float32))

    add_random("token_embd", size, WIDTH)
    add_norm("blk.0.attn_norm")
    for name in ["attn_q", "attn_k", "attn_v", "attn_output"]:
        add_random(f"blk.0.{name}", WIDTH, WIDTH)
    add_norm("blk.0.ffn_norm")
    for name in ["ffn_gate", "ffn_up"]:
        add_random(f"blk.0.{name}", HIDDEN_WIDTH, WIDTH)
    add_random("blk.0.ffn_down", WIDTH, HIDDEN_WIDTH)
    add_norm("output_norm")
    output = generator.standard_normal((size, WIDTH), dtype=numpy.float32)
    output[:first_character] = 0
    writer.add_tensor("output.weight", output)


def write(path):
    """Writes the model to a file."""
    tokens, first_character = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    add_parameters(writer)
    add_tokenizer(writer, tokens)
    add_weights(writer, len(tokens), first_character)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: model.py FILE")
    write(sys.argv[1])
