"""Whether Python's peft reads an adapter of ours: `adapter.py BASE OUT`.

BASE is the folder of the encoder that `alluvium train encoder --data FOLDER --lora RANK --out OUT` began with. The vectors of BASE with the adapter of
OUT must be those of the whole encoder in OUT, and not those of BASE alone. Needs peft, transformers and torch, so that `./test clients` does not run it.
"""

import sys

import torch
from peft import PeftModel
from transformers import AutoModel, AutoTokenizer

TEXTS = ["wireless noise cancelling headphones", "hp laptop 17 inch 4gb", "running shoes"]


def main(base: str, out: str) -> None:
    tokens = AutoTokenizer.from_pretrained(base)(TEXTS, padding=True, return_tensors="pt")
    mask = tokens["attention_mask"].unsqueeze(-1).float()

    def vectors(model: torch.nn.Module) -> torch.Tensor:
        model.eval()
        with torch.no_grad():
            states = model(**tokens).last_hidden_state
        return torch.nn.functional.normalize((states * mask).sum(1), dim=1)

    plain = vectors(AutoModel.from_pretrained(base))
    adapted = vectors(PeftModel.from_pretrained(AutoModel.from_pretrained(base), f"{out}/adapter"))
    merged = vectors(AutoModel.from_pretrained(out))
    same, moved = (adapted - merged).abs().max().item(), (adapted - plain).abs().max().item()
    print(f"adapter - whole encoder: {same:.1e}; adapter - base: {moved:.1e}")
    assert same < 1e-5, "the adapter and the whole encoder differ"
    assert moved > 1e-4, "the adapter changes nothing"


if __name__ == "__main__":
    main(*sys.argv[1:])
