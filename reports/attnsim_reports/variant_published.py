# Published speed-ups that a comparison of variants is held against: what was measured, and what the same is here.
from dataclasses import dataclass, replace

from attnsim_reports.variant_cells import WORKLOAD, Cell

MHA = WORKLOAD.replace("kv_heads: 8", "kv_heads: 32")


@dataclass(frozen=True)
class Published:
    """A speed-up of `cell` over `baseline`: time of the baseline over that of the cell."""
    name: str
    cell: Cell
    baseline: Cell
    claim: tuple[float, float] | None  # the published range
    where: str  # on what it was measured
    why: str    # why ours may differ

    def text(self) -> str:
        if self.claim is None:
            return "faster"
        low, high = self.claim
        return f"{low:g}x" if low == high else f"{low:g}x to {high:g}x"


def over(baseline: str, cell: Cell) -> Cell:
    """The baseline at the same place, with its own parameters."""
    return replace(cell, row=baseline, density="",
                   settings=tuple(one for one in cell.settings if not one.startswith("attention.")))


K = 1024
SIGMOID = ("arch.array_2d.functions.sigmoid=7", "arch.array_1d.functions.sigmoid=7")
FILLS = ("Each head has a mask of its own, so none share keys, and the derived mapping takes every tile of keys through the "
         "array's fill port, which limits it.")

# Name, cell, published range (one number twice; none where the text gives none), on what, why ours may differ.
_CLAIMS: list[tuple[str, Cell, tuple[float, float] | None, str, str]] = [
    ("sigmoid_attn", Cell("sigmoid_attn", "prefill", 16 * K, SIGMOID), (1.17, 1.17),
     "H100, inference kernel over FlashAttention-2",
     "A sigmoid is given the cycles of an exp here. What is saved are running maxima, sums and corrections, which a GPU "
     "computes in the same cores as the products; here they are the 1D array's."),
    ("duo_attention", Cell("duo_attention", "prefill", 16 * K, ("attention.parameters.retrieval=50",)), (1.63, 1.63),
     "A100, Llama-3-8B, up to", "Half of the heads see all: attention alone goes to 2x, linear layers stay in theirs."),
    ("duo_attention", Cell("duo_attention", "decode", 128 * K, ("attention.parameters.retrieval=50",)), (1.50, 1.50),
     "A100, Llama-3-8B, up to", "Half of the cache is read, which would allow 2x. " + FILLS),
    ("duo_attention, MHA", Cell("duo_attention", "prefill", 16 * K, workload=MHA), (1.73, 1.73),
     "A100, Llama-2-7B, up to", "A quarter of the heads see all: attention alone goes to 4x, linear layers stay in theirs."),
    ("duo_attention, MHA", Cell("duo_attention", "decode", 128 * K, workload=MHA), (2.18, 2.18),
     "A100, Llama-2-7B, up to", "A quarter of the cache is read, which would allow 4x. " + FILLS),
    ("power_attention", Cell("power_attention", "prefill", 128 * K), (3.0, 3.0),
     "GPU, 128K tokens, over full attention",
     "Attention alone keeps few of the points; what else a model does stays in the published figure."),
    ("moa_spans", Cell("moa_spans", "decode", 16 * K), (5.5, 6.7),
     "GPU, throughput over FlashAttention-2",
     "Throughput counts the larger batches that the saved memory allows. " + FILLS),
    ("masformer", Cell("masformer", "prefill", 8 * K), (4.0, 4.0),
     "Counted cost: up to 75 % less", "Ours is one layer with blocks; theirs counts all layers, some with full attention."),
    ("anchor_attention", Cell("anchor_attention", "prefill", 128 * K), (2.0, 2.0),
     "GPU, training time more than halved",
     "Ours has documents of 4K tokens, forward and attention alone; theirs are the documents of its data and whole steps."),
    ("gla_chunked", Cell("gla_chunked", "prefill", 8 * K), None,
     "GPU, kernel: on par with FlashAttention-2 at 2K tokens, faster beyond 4K",
     "The text gives no number."),
    ("lightning2_chunked", Cell("lightning2_chunked", "prefill", 8 * K), (2.0, 2.0),
     "GPU, runtime: more than 2x, of its first version",
     "Chunks of 64 tokens leave most of a 256 x 256 array idle where both of a product's sides are tokens."),
    ("seer_attention", Cell("seer_attention", "prefill", 32 * K, density="0.1"), (5.67, 5.67),
     "GPU, 32K tokens, 90 % of blocks left out, over FlashAttention-2",
     "The density is given. The gate and its pooling run before, one Einsum after another, and take most of the time."),
    ("tidaldecode", Cell("tidal_sparse", "decode", 64 * K), (2.1, 2.1),
     "GPU, decode latency, up to", "Ours is a sparse layer alone; theirs also has layers that attend to all, and linear ones."),
    ("snapkv", Cell("tidal_sparse", "decode", 16 * K, ("attention.parameters.budget=320",)), (3.6, 3.6),
     "A100, generation at 16K tokens",
     "320 kept keys as those of a sparse layer; linear layers stay in the published figure."),
    ("qserve_kv4", Cell("qserve_kv4", "decode", 4 * K), (1.2, 1.4),
     "A100 and L40S, Llama-3-8B, over TensorRT-LLM",
     "Four bits in place of sixteen; theirs is a whole model against caches of eight bits."),
]


def published() -> list[Published]:
    return [Published(name, cell, over("gqa_causal", cell), claim, where, why)
            for name, cell, claim, where, why in _CLAIMS]
