"""Which judged queries share no content word with any of their best targets (grade 3), by the rule in README.md.

Prints the queries whose flag `vocabulary_gap` differs from what is found; exits with 1 where there is one.
The questions that an entry answers (front matter `questions`) are left out: they are there to close the gap.
"""

import json
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).parent
CONTENT = FOLDER.parent.parent / "content"
STOP_ZH = "的了和是在与及或也都就把被让对为从到给向吗呢吧啊我你他它们这那个些什么怎样如何哪有没能会要应该不很还又再却而以时候之其多少种上下中里后前着过得地等并且则更最只做用来去办么"
STOP_EN = set(
    "a an and are as at be been but by can could did do does for from get gets had has have how i if in into is it its "
    "just like me more most much my no not of on one or our out should so some such than that the their them then there "
    "these they this to too up us was we were what when where which who why will with without would you your".split()
)


def latin(text):
    for word in re.findall(r"[a-z]+|[0-9]+", text.lower()):
        if word in STOP_EN or len(word) == 1:
            continue
        for suffix in ("ing", "es", "ed", "s"):
            if word.endswith(suffix) and len(word) > len(suffix) + 2:
                word = word[: -len(suffix)]
                break
        yield word.rstrip("e") if len(word) > 3 else word


def pairs(text):
    for run in re.findall(r"[\u3400-\u9fff]+", text):
        for part in re.split(f"[{STOP_ZH}]", run):
            yield from (part[at : at + 2] for at in range(len(part) - 1))


def text_of(name):
    kind, slug = name.split("/")
    text = (CONTENT / f"{kind}s" / f"{slug}.md").read_text()
    return re.sub(r"^questions:\n(  - .*\n)*", "", text, flags=re.M)


wrong = 0
gaps = 0
for line in (FOLDER / "judgements.jsonl").read_text().splitlines():
    query = json.loads(line)
    best = [text_of(name) for name, grade in query["grades"].items() if grade == 3]
    shared = set()
    for text in best:
        shared |= set(pairs(query["query"])) & set(pairs(text))
        shared |= set(latin(query["query"])) & set(latin(text))
    gap = not shared
    gaps += gap
    if gap != query["vocabulary_gap"]:
        wrong += 1
        print(query["id"], query["query"], sorted(shared))
print(f"{gaps} queries share no content word with their best targets; {wrong} flags differ")
sys.exit(wrong > 0)
