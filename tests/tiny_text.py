"""Tiny text encoders with random weights, and tokenizers of a few words, without downloads."""

from __future__ import annotations

from typing import Any

from tiny import tiny_tokenizer
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    Gemma2Config,
    Gemma2Model,
    Mistral3Config,
    Mistral3ForConditionalGeneration,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
)

WIDTH = 16
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>"]
WORDS = ["a", "red", "blue", "cat", "dog", "on", "sand"]
TEMPLATE = """\
{% for message in messages %}<|im_start|>{{ message.role }}
{% if message.content is string %}{{ message.content }}{% else %}{{ message.content[0].text }}{% endif %}<end>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def word_tokenizer(around: str = "$A </s>") -> PreTrainedTokenizerFast:
    """A token per word that it knows, and what is put around a text."""
    vocabulary = {word: index for index, word in enumerate(SPECIAL + WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer.post_processor = TemplateProcessing(  # pyright: ignore[reportAttributeAccessIssue]
        single=around, special_tokens=[(name, vocabulary[name]) for name in ("<s>", "</s>")]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        bos_token="<s>",
        unk_token="<unk>",
        padding_side="right",
    )
    fast.chat_template = TEMPLATE
    return fast


def clip(window: int = 16, *, projection: bool = False) -> Any:
    config = CLIPTextConfig(
        vocab_size=len(tiny_tokenizer()),
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=window,
        projection_dim=WIDTH,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config)


def t5(width: int = WIDTH) -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(
            vocab_size=len(SPECIAL + WORDS), d_model=width, d_ff=WIDTH, d_kv=8, num_heads=2, num_layers=1
        )
    )


def _decoder(layers: int) -> dict[str, Any]:
    return {
        "vocab_size": len(SPECIAL + WORDS),
        "hidden_size": WIDTH,
        "intermediate_size": WIDTH,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "initializer_range": 0.5,  # so that what comes before a prompt matters
    }


def gemma() -> Gemma2Model:
    return Gemma2Model(Gemma2Config(**_decoder(2)))


def qwen3(layers: int = 2, *, causal: bool = False) -> Any:
    return (Qwen3ForCausalLM if causal else Qwen3Model)(Qwen3Config(**_decoder(layers)))


def qwen_vl() -> Qwen2_5_VLForConditionalGeneration:
    text = {**_decoder(2), "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2]}}
    vision = {
        "depth": 1,
        "hidden_size": WIDTH,
        "intermediate_size": WIDTH,
        "num_heads": 2,
        "out_hidden_size": WIDTH,
    }
    return Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(text_config=text, vision_config=vision))


def mistral(layers: int = 30) -> Mistral3ForConditionalGeneration:
    vision = {
        "model_type": "pixtral",
        "hidden_size": WIDTH,
        "intermediate_size": WIDTH,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 16,
        "patch_size": 4,
    }
    text = {"model_type": "mistral", **_decoder(layers)}
    return Mistral3ForConditionalGeneration(Mistral3Config(text_config=text, vision_config=vision))
