"""Finding inquiries: comments a second in the first two stages, against scikit-learn on the same hashed characters.

Labelled comments (a CSV with text and is_lead) are not shipped; with one, precision is measured by 5 x 5 folds.
Run: python bench/comments.py [labelled.csv] | --teach (rewrites comment_shipped.npz from the templates)
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from peers import peer_python
from scipy.sparse import csr_matrix

import siyu.touchpoints
from siyu.app.comments.encoder import installed_encoder
from siyu.touchpoints.comment_finder import find
from siyu.touchpoints.comment_fitting import (
    area_under_curve,
    average_precision,
    best_f1,
    fit_logistic,
    folds_of,
)
from siyu.touchpoints.comment_learning import learn, shipped_finder, teach
from siyu.touchpoints.comment_reading import FEATURES, GROUPS, HASHED, features_of, folded_text, score_comments
from siyu.touchpoints.comment_seed import seed_sentences
from siyu.touchpoints.comment_words import shipped_words

COUNT = 1_000_000


def speed() -> None:
    """Both learn from half of our own sentences, then score a million comments made of the other half."""
    texts, lead, _complaint = seed_sentences()
    words = shipped_words()
    half = folds_of(lead, 2)
    train = [text for text, part in zip(texts, half, strict=True) if part == 0]
    test = [text for text, part in zip(texts, half, strict=True) if part == 1]
    many = (test * (COUNT // len(test) + 1))[:COUNT]
    shown = int(np.mean([len(text) for text in many]) * 10) / 10

    columns, values, begins, _masks = features_of(train, words)
    rows = csr_matrix((values, columns, begins), shape=(len(train), FEATURES))
    rows.data[rows.indices >= HASHED] = 0  # the same features as the peer: hashed characters alone
    fit = fit_logistic(rows, lead[half == 0], strength=10.0)
    weights = fit.weights.astype(np.float32)
    weights[HASHED : HASHED + GROUPS] = 0
    score_comments(many[:5000], words, weights)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        score_comments(many, words, weights)
        seconds.append(time.perf_counter() - start)
    ours = statistics.median(seconds)
    finder = replace(shipped_finder(), meaning=np.zeros(0, np.float32))
    start = time.perf_counter()
    find(finder, many)
    whole = time.perf_counter() - start
    auc = area_under_curve(score_comments(test, words, weights)[0].astype(np.float64), lead[half == 1])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.json"
        part = many[: COUNT // 5]
        answers = np.resize(lead[half == 1], len(part)).tolist()
        file.write_text(
            json.dumps({"train": train, "lead": lead[half == 0].tolist(), "test": part, "answer": answers}), "utf-8"
        )
        peer = str(Path(__file__).with_name("comments_sklearn.py"))
        out = subprocess.run([peer_python("comments"), peer, str(file)], capture_output=True, text=True, check=True)
    theirs = json.loads(out.stdout)
    rate, peer_rate = COUNT / ours, len(part) / theirs["seconds"]
    print(f"comments of {shown} characters on average")
    print(f"{'':<46}{'million a second':>17}{'ratio':>8}{'AUC':>9}")
    print(f"{'fold, patterns, letters (2 threads)':<46}{rate / 1e6:>17.2f}{rate / peer_rate:>7.1f}x{auc:>9.4f}")
    print(f"{'with calibration, share of the thread, intents':<46}{COUNT / whole / 1e6:>17.2f}")
    print(f"{'scikit-learn HashingVectorizer + LR':<46}{peer_rate / 1e6:>17.2f}{'':>8}{theirs['auc']:>9.4f}")


def precision(file: Path) -> None:
    """Average precision and F1 on labelled comments, each held out once, 5 x 5 folds."""
    frame = pl.read_csv(file)
    texts, lead = frame["text"].to_list(), frame["is_lead"].to_numpy().astype(np.int8)
    encoder = installed_encoder()
    vectors = {}
    if encoder is not None:
        folded = [folded_text(text, shipped_words()) or "-" for text in texts]
        vectors = dict(zip(folded, encoder.encode(folded), strict=True))

    class Remembered:
        def encode(self, asked: list[str]) -> np.ndarray:
            return np.array([vectors[text] for text in asked])

    print(f"{len(texts)} labelled comments, {int(lead.sum())} leads{'':<8}{'AP':>10}{'F1':>8}")
    for name, used in (("patterns and letters", None), ("and meaning", Remembered() if encoder else None)):
        if name == "and meaning" and used is None:
            print("meaning: the encoder is not installed (siyu[embeddings])")
            continue
        shipped = find(shipped_finder(), texts, encoder=used)[0]
        label = name + ", nothing learned"
        print(f"{label:<36}{average_precision(shipped, lead):>10.3f}{best_f1(shipped, lead)[0]:>8.3f}")
        found = []
        for seed in range(5):
            fold = folds_of(lead, 5, seed=seed)
            held = np.zeros(lead.size)
            for part in range(5):
                inside, outside = np.flatnonzero(fold != part), np.flatnonzero(fold == part)
                learned = learn(shipped_finder(), [texts[row] for row in inside], lead[inside].tolist(), encoder=used)
                held[outside] = find(learned.finder, [texts[row] for row in outside], encoder=used)[0]
            found.append((average_precision(held, lead), best_f1(held, lead)[0]))
        mean = np.mean(found, axis=0)
        print(f"{name + ', 5 x 5 folds':<36}{mean[0]:>10.3f}{mean[1]:>8.3f}")


def teach_again() -> None:
    """Fit the shipped finder on our own sentences and write it beside the templates."""
    encoder = installed_encoder()
    if encoder is None:
        raise SystemExit("install siyu[embeddings] first")
    np.savez_compressed(Path(siyu.touchpoints.__path__[0], "comment_shipped.npz"), **teach(encoder))


def main() -> None:
    if "--teach" in sys.argv:
        teach_again()
        return
    speed()
    for name in sys.argv[1:]:
        precision(Path(name))


if __name__ == "__main__":
    main()
