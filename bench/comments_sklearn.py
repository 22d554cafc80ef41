"""The peer's side of comments.py: scikit-learn's HashingVectorizer and logistic regression. Run by another benchmark.

Reads a JSON file with ``train``, ``lead``, ``test`` and ``answer``; prints seconds for the test texts, and their AUC.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score


def main() -> None:
    data = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    grams = HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=2**18, alternate_sign=False)
    model = LogisticRegression(C=10.0, max_iter=500).fit(grams.transform(data["train"]), data["lead"])
    seconds = []
    scores = None
    for _ in range(3):
        start = time.perf_counter()
        scores = model.decision_function(grams.transform(data["test"]))
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": statistics.median(seconds), "auc": roc_auc_score(data["answer"], scores)}))


if __name__ == "__main__":
    main()
