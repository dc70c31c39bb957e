"""Trains BERT with PyTorch, as the peer of the training benchmarks: the same mathematics as src/train, step by step.

Needs PyTorch (tested with Debian's python3-torch 1.13) and NumPy. One process per model:

    /usr/bin/python3 bench/torch-train.py --layers 4 --hidden 256 --heads 4 --intermediate 1024 --vocabulary 16000 \
        --batch 32 --length 32

It prints a JSON line when the model is built, then reads lines from its standard input:
    step N    runs N steps and prints {"steps", "seconds_per_step", "seconds": [per step], "losses", "peak_bytes"}
    quit      ends, as does the end of the input

`--weights` takes a safetensors file (float32, Hugging Face names) to start from; `--batches` a JSON file
    [{"batch", "length", "input_ids": [...], "attention_mask": [...], "token_type_ids": [...],
      "targets": [...], "example_weights": [...], "learning_rate"?: number}, ...]
with row-major arrays, whose batches are taken in turn. Without them both come from `--seed`.
"""
import argparse
import json
import os
import resource
import struct
import sys
import time


def parse_arguments():
    parser = argparse.ArgumentParser()
    for name, default in [
        ("layers", 4), ("hidden", 256), ("heads", 4), ("intermediate", 1024), ("vocabulary", 16000),
        ("positions", 512), ("segments", 2), ("labels", 3), ("batch", 32), ("length", 32), ("seed", 1), ("threads", 2),
    ]:
        parser.add_argument(f"--{name}", type=int, default=default)
    for name, default in [
        ("dropout", 0.1), ("learning-rate", 5e-5), ("weight-decay", 0.01), ("clip", 1.0), ("beta1", 0.9),
        ("beta2", 0.999), ("epsilon", 1e-8), ("norm-epsilon", 1e-12),
    ]:
        parser.add_argument(f"--{name}", type=float, default=default)
    parser.add_argument("--weights")
    parser.add_argument("--batches")
    parser.add_argument("--model", choices=["plain", "encoder"], default="plain",
                        help="plain functions, or torch.nn.TransformerEncoder")
    parser.add_argument("--qkv", choices=["fused", "separate"], default="fused",
                        help="query, key and value of the plain model as one product or three")
    parser.add_argument("--adamw", choices=["foreach", "single"], default="foreach")
    parser.add_argument("--masks", choices=["torch", "bytes"], default="torch",
                        help="dropout of PyTorch, or cut from random bytes (the rate rounded to a 256th), which is faster")
    return parser.parse_args()


arguments = parse_arguments()
# Read by the libraries when they load. PyTorch's OpenMP threads wait passively: where they spin (the default), they hold
# the cores that OpenBLAS's own threads need: on two cores a step took 1.7 to 2.2 times as long in one run, a tenth in another.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", str(arguments.threads))
os.environ.setdefault("OPENBLAS_NUM_THREADS", str(arguments.threads))

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

QKV = ("query", "key", "value")


def tensor_shapes(a):
    """Name to shape with Hugging Face's names, in the order of src/bert/config.ts."""
    h, i = a.hidden, a.intermediate
    shapes = {
        "bert.embeddings.word_embeddings.weight": (a.vocabulary, h),
        "bert.embeddings.position_embeddings.weight": (a.positions, h),
        "bert.embeddings.token_type_embeddings.weight": (a.segments, h),
    }

    def dense(name, out, inputs):
        shapes[f"{name}.weight"] = (out, inputs)
        shapes[f"{name}.bias"] = (out,)

    def norm(name):
        shapes[f"{name}.weight"] = (h,)
        shapes[f"{name}.bias"] = (h,)

    norm("bert.embeddings.LayerNorm")
    for layer in range(a.layers):
        prefix = f"bert.encoder.layer.{layer}"
        for part in QKV:
            dense(f"{prefix}.attention.self.{part}", h, h)
        dense(f"{prefix}.attention.output.dense", h, h)
        norm(f"{prefix}.attention.output.LayerNorm")
        dense(f"{prefix}.intermediate.dense", i, h)
        dense(f"{prefix}.output.dense", h, i)
        norm(f"{prefix}.output.LayerNorm")
    dense("bert.pooler.dense", h, h)
    dense("classifier", a.labels, h)
    return shapes


def random_weights(a):
    torch.manual_seed(a.seed)
    weights = {}
    for name, shape in tensor_shapes(a).items():
        if name.endswith("LayerNorm.weight"):
            weights[name] = torch.ones(shape)
        elif name.endswith(".bias"):
            weights[name] = torch.zeros(shape)
        else:
            weights[name] = torch.randn(shape) * 0.02
    return weights


def read_safetensors(path):
    weights = {}
    with open(path, "rb") as file:
        (header_bytes,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(header_bytes))
        start = 8 + header_bytes
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            if entry["dtype"] != "F32":
                raise SystemExit(f"{path}: {name} is {entry['dtype']}, expected F32")
            begin, end = entry["data_offsets"]
            file.seek(start + begin)
            array = np.frombuffer(bytearray(file.read(end - begin)), dtype="<f4")
            weights[name] = torch.from_numpy(array.reshape(entry["shape"]))
    return weights


def byte_dropout(x, rate):
    """A dropout mask from one random byte per element; 8 of them at a time."""
    dropped = max(1, round(rate * 256))
    words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
    kept = (words.view(torch.uint8)[: x.numel()] >= dropped).view(x.shape)
    return x * kept.to(x.dtype).mul_(256 / (256 - dropped))


def dropout(x, rate):
    if rate == 0:
        return x
    return byte_dropout(x, rate) if arguments.masks == "bytes" else F.dropout(x, rate, True)


class PlainEncoder(torch.nn.Module):
    """The encoder as plain functions over its weights."""

    def __init__(self, a, weights):
        super().__init__()
        self.a = a
        self.layers = torch.nn.ModuleList()
        for layer in range(a.layers):
            prefix = f"bert.encoder.layer.{layer}"
            parts = torch.nn.ParameterDict()
            for kind in ("weight", "bias"):
                qkv = [weights[f"{prefix}.attention.self.{part}.{kind}"] for part in QKV]
                if a.qkv == "fused":
                    parts[f"qkv_{kind}"] = torch.nn.Parameter(torch.cat(qkv))
                else:
                    for part, value in zip(QKV, qkv):
                        parts[f"{part}_{kind}"] = torch.nn.Parameter(value)
                for part in ("attention.output.dense", "attention.output.LayerNorm", "intermediate.dense",
                             "output.dense", "output.LayerNorm"):
                    value = weights[f"{prefix}.{part}.{kind}"]
                    parts[f"{part.replace('.', '_')}_{kind}"] = torch.nn.Parameter(value)
            self.layers.append(parts)

    def attend(self, p, x, bias):
        a = self.a
        batch, length, hidden = x.shape
        size = hidden // a.heads
        if a.qkv == "fused":
            projected = F.linear(x, p["qkv_weight"], p["qkv_bias"]).view(batch, length, 3, a.heads, size)
            query, key, value = projected.permute(2, 0, 3, 1, 4).unbind(0)
        else:
            query, key, value = (
                F.linear(x, p[f"{part}_weight"], p[f"{part}_bias"]).view(batch, length, a.heads, size).transpose(1, 2)
                for part in QKV
            )
        scores = torch.matmul(query * size**-0.5, key.transpose(-1, -2)) + bias
        weights = dropout(F.softmax(scores, -1), a.dropout)
        return torch.matmul(weights, value).transpose(1, 2).reshape(batch, length, hidden)

    def forward(self, x, attention_mask):
        a = self.a
        bias = (1 - attention_mask.float())[:, None, None, :] * -10000.0
        for p in self.layers:
            def dense(name, x):
                return F.linear(x, p[f"{name}_weight"], p[f"{name}_bias"])

            def norm(name, x):
                return F.layer_norm(x, (a.hidden,), p[f"{name}_weight"], p[f"{name}_bias"], a.norm_epsilon)

            attended = dropout(dense("attention_output_dense", self.attend(p, x, bias)), a.dropout)
            x = norm("attention_output_LayerNorm", attended + x)
            contracted = dense("output_dense", F.gelu(dense("intermediate_dense", x)))
            x = norm("output_LayerNorm", dropout(contracted, a.dropout) + x)
        return x


class LibraryEncoder(torch.nn.Module):
    """The encoder as torch.nn.TransformerEncoder."""

    def __init__(self, a, weights):
        super().__init__()
        layer = torch.nn.TransformerEncoderLayer(
            a.hidden, a.heads, a.intermediate, a.dropout, "gelu", a.norm_epsilon, batch_first=True)
        self.encoder = torch.nn.TransformerEncoder(layer, a.layers)
        with torch.no_grad():
            for index, target in enumerate(self.encoder.layers):
                # BERT drops nothing between the two dense layers.
                target.dropout = torch.nn.Identity()
                prefix = f"bert.encoder.layer.{index}"
                for kind in ("weight", "bias"):
                    qkv = torch.cat([weights[f"{prefix}.attention.self.{part}.{kind}"] for part in QKV])
                    getattr(target.self_attn, f"in_proj_{kind}").copy_(qkv)
                    for module, name in [
                        (target.self_attn.out_proj, "attention.output.dense"),
                        (target.norm1, "attention.output.LayerNorm"),
                        (target.linear1, "intermediate.dense"),
                        (target.linear2, "output.dense"),
                        (target.norm2, "output.LayerNorm"),
                    ]:
                        getattr(module, kind).copy_(weights[f"{prefix}.{name}.{kind}"])

    def forward(self, x, attention_mask):
        return self.encoder(x, src_key_padding_mask=attention_mask == 0)


class Bert(torch.nn.Module):
    def __init__(self, a, weights):
        super().__init__()
        self.a = a

        def table(name):
            return torch.nn.Parameter(weights[f"bert.embeddings.{name}"])

        def dense(name):
            module = torch.nn.Linear(1, 1)
            module.weight = torch.nn.Parameter(weights[f"{name}.weight"])
            module.bias = torch.nn.Parameter(weights[f"{name}.bias"])
            return module

        self.words = table("word_embeddings.weight")
        self.positions = table("position_embeddings.weight")
        self.segments = table("token_type_embeddings.weight")
        self.norm_weight = table("LayerNorm.weight")
        self.norm_bias = table("LayerNorm.bias")
        self.encoder = (PlainEncoder if a.model == "plain" else LibraryEncoder)(a, weights)
        self.pooler = dense("bert.pooler.dense")
        self.classifier = dense("classifier")

    def forward(self, batch):
        a = self.a
        length = batch["input_ids"].shape[1]
        x = F.embedding(batch["input_ids"], self.words) + F.embedding(batch["token_type_ids"], self.segments)
        x = F.layer_norm(x + self.positions[:length], (a.hidden,), self.norm_weight, self.norm_bias, a.norm_epsilon)
        x = self.encoder(dropout(x, a.dropout), batch["attention_mask"])
        pooled = torch.tanh(self.pooler(x[:, 0]))
        log_probabilities = F.log_softmax(self.classifier(dropout(pooled, a.dropout)), -1)
        return -((log_probabilities * batch["targets"]).sum(1) * batch["example_weights"]).sum()


def read_batches(path):
    with open(path, encoding="utf-8") as file:
        raw = json.load(file)
    batches = []
    for entry in raw:
        shape = (entry["batch"], entry["length"])
        batch = {
            name: torch.tensor(entry[name], dtype=torch.int64).view(shape)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        }
        batch["targets"] = torch.tensor(entry["targets"], dtype=torch.float32).view(shape[0], -1)
        batch["example_weights"] = torch.tensor(entry["example_weights"], dtype=torch.float32)
        batch["learning_rate"] = entry.get("learning_rate")
        batches.append(batch)
    return batches


def random_batches(a, count=8):
    generator = torch.Generator().manual_seed(a.seed)
    shape = (a.batch, a.length)
    return [{
        "input_ids": torch.randint(a.vocabulary, shape, generator=generator),
        "attention_mask": torch.ones(shape, dtype=torch.int64),
        "token_type_ids": torch.zeros(shape, dtype=torch.int64),
        "targets": F.one_hot(torch.randint(a.labels, (a.batch,), generator=generator), a.labels).float(),
        "example_weights": torch.full((a.batch,), 1 / a.batch),
        "learning_rate": None,
    } for _ in range(count)]


def create_optimizer(a, model):
    """Biases and layer norms are not decayed: every vector of this model is one of them."""
    decayed = [p for p in model.parameters() if p.dim() > 1]
    kept = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": decayed, "weight_decay": a.weight_decay}, {"params": kept, "weight_decay": 0.0}]
    return torch.optim.AdamW(
        groups, lr=a.learning_rate, betas=(a.beta1, a.beta2), eps=a.epsilon, foreach=a.adamw == "foreach")


def main(a):
    torch.set_num_threads(a.threads)
    model = Bert(a, read_safetensors(a.weights) if a.weights else random_weights(a)).train()
    parameters = list(model.parameters())
    optimizer = create_optimizer(a, model)
    batches = read_batches(a.batches) if a.batches else random_batches(a)

    def peak_bytes():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def step(batch):
        if batch["learning_rate"] is not None:
            for group in optimizer.param_groups:
                group["lr"] = batch["learning_rate"]
        optimizer.zero_grad(set_to_none=True)
        loss = model(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, a.clip)
        optimizer.step()
        return loss.item()

    def answer(value):
        print(json.dumps(value), flush=True)

    answer({
        "ready": True, "torch": torch.__version__, "threads": torch.get_num_threads(),
        "parameters": sum(p.numel() for p in parameters), "model": a.model, "qkv": a.qkv, "adamw": a.adamw,
        "masks": a.masks, "peak_bytes": peak_bytes(),
    })
    done = 0
    for line in sys.stdin:
        command, *rest = line.split() or [""]
        if command == "quit":
            break
        if command != "step" or len(rest) != 1:
            raise SystemExit(f"unknown command: {line.strip()}")
        losses, seconds = [], []
        for _ in range(int(rest[0])):
            started = time.perf_counter()
            losses.append(step(batches[done % len(batches)]))
            seconds.append(time.perf_counter() - started)
            done += 1
        answer({
            "steps": len(losses), "seconds_per_step": sum(seconds) / max(1, len(seconds)), "seconds": seconds,
            "losses": losses, "peak_bytes": peak_bytes(),
        })


main(arguments)
