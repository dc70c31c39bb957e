"""Small expectations of BERT from an independent implementation: PyTorch's own torch.nn.TransformerEncoder.

The encoder is the library's (post-norm, exact GELU); embeddings, pooler and heads are written here in plain PyTorch;
losses, clipping, AdamW and the learning-rate schedule are the library's. Everything is computed in double precision from
weights rounded to float32. Nothing here is taken from Nunchi but the names of the weights, which are Hugging Face's.

    /usr/bin/python3 test/reference/reference.py           writes expectations.json and expectations.safetensors
    /usr/bin/python3 test/reference/reference.py --check   computes them again and compares

Needs Python 3, NumPy and PyTorch (Debian: python3-torch; made with 1.13).
"""
import argparse
import json
import math
import pathlib
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
# Layer norm's epsilon is the published one; embeddings are so small that another would show.
CONFIG = {
    "vocabulary": 37, "hidden": 16, "layers": 2, "heads": 2, "intermediate": 24, "positions": 12, "segments": 2,
    "labels": 3, "norm_epsilon": 1e-12, "seed": 20190524,
}
OPTIMIZER = {
    "learning_rate": 5e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-6, "weight_decay": 0.1, "clip": 3.0,
    "steps": 8, "warmup_steps": 2,
}
# Texts and padded length of each step's batch; the first one is also the batch of the gradients.
SIZES = [(3, 8), (2, 12), (4, 6), (1, 5)]


class Bert(torch.nn.Module):
    def __init__(self):
        super().__init__()
        c, h = CONFIG, CONFIG["hidden"]
        self.words = torch.nn.Embedding(c["vocabulary"], h)
        self.positions = torch.nn.Embedding(c["positions"], h)
        self.segments = torch.nn.Embedding(c["segments"], h)
        self.norm = torch.nn.LayerNorm(h, eps=c["norm_epsilon"])
        layer = torch.nn.TransformerEncoderLayer(
            h, c["heads"], c["intermediate"], dropout=0.0, activation="gelu", layer_norm_eps=c["norm_epsilon"],
            batch_first=True, norm_first=False)
        self.encoder = torch.nn.TransformerEncoder(layer, c["layers"], enable_nested_tensor=False)
        self.pooler = torch.nn.Linear(h, h)
        self.classifier = torch.nn.Linear(h, c["labels"])
        self.transform = torch.nn.Linear(h, h)
        self.transform_norm = torch.nn.LayerNorm(h, eps=c["norm_epsilon"])
        self.prediction_bias = torch.nn.Parameter(torch.zeros(c["vocabulary"]))
        self.next_sentence = torch.nn.Linear(h, 2)

    def hidden(self, batch):
        ids = batch["input_ids"]
        places = torch.arange(ids.shape[1]).expand_as(ids)
        x = self.words(ids) + self.positions(places) + self.segments(batch["token_type_ids"])
        return self.encoder(self.norm(x), src_key_padding_mask=batch["attention_mask"] == 0)

    def pooled(self, hidden):
        return torch.tanh(self.pooler(hidden[:, 0]))

    def logits(self, batch):
        return self.classifier(self.pooled(self.hidden(batch)))

    def classification_loss(self, batch):
        losses = F.cross_entropy(self.logits(batch), batch["targets"], reduction="none")
        return (losses * batch["example_weights"]).sum()

    def pretraining_losses(self, batch):
        hidden = self.hidden(batch)
        transformed = self.transform_norm(F.gelu(self.transform(hidden)))
        # Over every token; those that are not masked are ignored.
        logits = F.linear(transformed, self.words.weight, self.prediction_bias)
        masked = F.cross_entropy(logits.flatten(0, 1), batch["masked_labels"].flatten(), ignore_index=-100)
        following = F.cross_entropy(self.next_sentence(self.pooled(hidden)), batch["next_sentence"])
        return masked, following

    def pretraining_loss(self, batch):
        return sum(self.pretraining_losses(batch))


def published_names(model, pick):
    """`pick(parameter)` of every weight by Hugging Face's name; query, key and value are rows of one matrix here."""
    names = {
        "bert.embeddings.word_embeddings.weight": model.words.weight,
        "bert.embeddings.position_embeddings.weight": model.positions.weight,
        "bert.embeddings.token_type_embeddings.weight": model.segments.weight,
        "cls.predictions.bias": model.prediction_bias,
    }

    def add(name, module):
        names[f"{name}.weight"], names[f"{name}.bias"] = module.weight, module.bias

    add("bert.embeddings.LayerNorm", model.norm)
    for index, layer in enumerate(model.encoder.layers):
        prefix = f"bert.encoder.layer.{index}"
        add(f"{prefix}.attention.output.dense", layer.self_attn.out_proj)
        add(f"{prefix}.attention.output.LayerNorm", layer.norm1)
        add(f"{prefix}.intermediate.dense", layer.linear1)
        add(f"{prefix}.output.dense", layer.linear2)
        add(f"{prefix}.output.LayerNorm", layer.norm2)
    add("bert.pooler.dense", model.pooler)
    add("classifier", model.classifier)
    add("cls.predictions.transform.dense", model.transform)
    add("cls.predictions.transform.LayerNorm", model.transform_norm)
    add("cls.seq_relationship", model.next_sentence)
    values = {name: pick(parameter) for name, parameter in names.items()}
    for index, layer in enumerate(model.encoder.layers):
        for kind in ("weight", "bias"):
            joined = pick(getattr(layer.self_attn, f"in_proj_{kind}"))
            if joined is None:
                continue
            for part, rows in zip(("query", "key", "value"), joined.chunk(3)):
                values[f"bert.encoder.layer.{index}.attention.self.{part}.{kind}"] = rows
    return {name: value.detach().clone() for name, value in sorted(values.items()) if value is not None}


def create_model():
    """Weights far from symmetric, rounded to float32."""
    torch.manual_seed(CONFIG["seed"])
    model = Bert().double().train()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            norm_weight = "norm" in name and name.endswith("weight")
            table = name in ("words.weight", "positions.weight", "segments.weight")
            scale = 0.05 if table else 0.1 if norm_weight else 0.3
            values = torch.randn(parameter.shape, dtype=torch.float64) * scale + (1.0 if norm_weight else 0.0)
            parameter.copy_(values.float().double())
    return model


def create_batch(generator, texts, length):
    """Texts of differing lengths, two segments each, some tokens masked in each text."""
    c = CONFIG

    def whole(low, high, shape=()):
        return torch.randint(low, high, shape, generator=generator)

    used = [length] + [int(whole(4, length + 1)) for _ in range(texts - 1)]
    ids = whole(5, c["vocabulary"], (texts, length))
    mask = torch.zeros((texts, length), dtype=torch.int64)
    segments = torch.zeros_like(mask)
    labels = torch.full_like(mask, -100)
    for row, count in enumerate(used):
        mask[row, :count] = 1
        ids[row, count:] = 0
        segments[row, count // 2: count] = 1
        for place in torch.randperm(count, generator=generator)[: max(1, count // 4)]:
            labels[row, place] = ids[row, place]
            ids[row, place] = 4
    targets = F.one_hot(whole(0, c["labels"], (texts,)), c["labels"]).double() * 0.9 + 0.1 / c["labels"]
    weights = torch.arange(1, texts + 1).double()
    return {
        "input_ids": ids, "attention_mask": mask, "token_type_ids": segments, "targets": targets.float().double(),
        "example_weights": (weights / weights.sum()).float().double(), "masked_labels": labels,
        "next_sentence": whole(0, 2, (texts,)),
    }


def train(loss_of, batches):
    """AdamW steps from the first weights; biases and layer norms are not decayed."""
    o = OPTIMIZER
    model = create_model()
    loss_of(model, batches[0]).backward()
    trained = [p for p in model.parameters() if p.grad is not None]
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in trained if p.dim() > 1], "weight_decay": o["weight_decay"]},
         {"params": [p for p in trained if p.dim() == 1], "weight_decay": 0.0}],
        lr=o["learning_rate"], betas=(o["beta1"], o["beta2"]), eps=o["epsilon"])

    def factor(step):
        if step < o["warmup_steps"]:
            return step / o["warmup_steps"]
        return (o["steps"] - step) / (o["steps"] - o["warmup_steps"])

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    curve = {"losses": [], "gradient_norms": [], "learning_rates": []}
    for step in range(o["steps"]):
        optimizer.zero_grad()
        loss = loss_of(model, batches[step % len(batches)])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, o["clip"])
        curve["losses"].append(loss.item())
        curve["gradient_norms"].append(norm.item())
        curve["learning_rates"].append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    taken = {id(p) for p in trained}
    return curve, published_names(model, lambda p: p if id(p) in taken else None)


def compute():
    generator = torch.Generator().manual_seed(CONFIG["seed"])
    batches = [create_batch(generator, *size) for size in SIZES]
    values = {"config": CONFIG, "optimizer": OPTIMIZER, "batches": [], "logits": [], "masked_losses": [],
              "next_sentence_losses": []}
    tensors = {f"weights/{name}": value for name, value in published_names(create_model(), lambda p: p).items()}
    model = create_model()
    for batch in batches:
        texts, length = batch["input_ids"].shape
        values["batches"].append(
            {"batch": texts, "length": length, **{name: value.flatten().tolist() for name, value in batch.items()}})
        masked, following = model.pretraining_losses(batch)
        values["logits"].append(model.logits(batch).flatten().tolist())
        values["masked_losses"].append(masked.item())
        values["next_sentence_losses"].append(following.item())
    for objective, loss_of in [("classification", Bert.classification_loss), ("pretraining", Bert.pretraining_loss)]:
        model = create_model()
        loss = loss_of(model, batches[0])
        loss.backward()
        for name, value in published_names(model, lambda p: p.grad).items():
            tensors[f"{objective}/gradient/{name}"] = value
        values[objective], final = train(loss_of, batches)
        for name, value in final.items():
            tensors[f"{objective}/trained/{name}"] = value
    return values, {name: value.float().numpy() for name, value in tensors.items()}


def write_safetensors(path, tensors):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(a.astype("<f4").tobytes() for a in tensors.values()))


def read_safetensors(path):
    data = path.read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    entries = {k: v for k, v in json.loads(data[8:start]).items() if k != "__metadata__"}
    return {
        name: np.frombuffer(data[start + e["data_offsets"][0]: start + e["data_offsets"][1]], "<f4").reshape(e["shape"])
        for name, e in entries.items()
    }


def differences(found, stored, where=""):
    if isinstance(stored, dict):
        if found.keys() != stored.keys():
            return [f"{where}: keys {sorted(found)} instead of {sorted(stored)}"]
        return [d for key in stored for d in differences(found[key], stored[key], f"{where}/{key}")]
    if isinstance(stored, list):
        if len(found) != len(stored):
            return [f"{where}: {len(found)} values instead of {len(stored)}"]
        return [d for i, value in enumerate(stored) for d in differences(found[i], value, f"{where}/{i}")]
    if math.isclose(found, stored, rel_tol=1e-6, abs_tol=1e-9):
        return []
    return [f"{where}: {found} instead of {stored}"]


def rounded(value):
    """Nine significant digits, enough for float32."""
    if isinstance(value, dict):
        return {key: rounded(v) for key, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the stored files instead of writing them")
    check = parser.parse_args().check
    values, tensors = compute()
    json_path, tensor_path = HERE / "expectations.json", HERE / "expectations.safetensors"
    if not check:
        json_path.write_text(json.dumps(rounded(values)) + "\n", encoding="utf-8")
        write_safetensors(tensor_path, tensors)
        return
    stored = read_safetensors(tensor_path)
    problems = differences(values, json.loads(json_path.read_text(encoding="utf-8")))
    if tensors.keys() != stored.keys():
        problems.append("the stored tensors have other names")
    else:
        problems += [n for n, a in tensors.items()
                     if a.shape != stored[n].shape or not np.allclose(a, stored[n], rtol=1e-5, atol=1e-8)]
    print("\n".join(problems) or "the stored expectations are those of this script")
    sys.exit(1 if problems else 0)


main()
