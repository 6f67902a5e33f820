//! What an entry of each kind must have, in which state.

use super::*;
use crate::lang::Lang;
use crate::problem::Issue;

fn input(fields: EntryFields) -> EntryInput {
    EntryInput {
        slug: "a".into(),
        lang: Lang::Zh,
        title: "题".into(),
        summary: String::new(),
        body: String::new(),
        tags: Vec::new(),
        questions: Vec::new(),
        fields,
        note: String::new(),
    }
}

fn experiment() -> Experiment {
    Experiment {
        question: "更好吗？".into(),
        hypothesis: "会。".into(),
        change_mind: "区间包含 0".into(),
        decision_metric: "NDCG@10".into(),
        owner: "梅".into(),
        ..Experiment::default()
    }
}

fn of(experiment: Experiment) -> EntryInput {
    input(EntryFields::Experiment(Box::new(experiment)))
}

fn wrong(input: EntryInput, state: EntryState) -> Vec<String> {
    let problem = input.checked(state).err();
    problem
        .map(|problem| problem.errors.into_iter().map(|error| error.field.into_owned()).collect())
        .unwrap_or_default()
}

#[test]
fn a_draft_may_lack_what_a_published_experiment_needs() {
    let empty = of(Experiment::default());
    assert!(empty.clone().checked(EntryState::Draft).is_ok());
    let needed = ["question", "hypothesis", "change_mind", "decision_metric", "owner"];
    let mut found = wrong(empty.clone(), EntryState::InReview);
    found.sort_unstable();
    let mut sorted = needed;
    sorted.sort_unstable();
    assert_eq!(found, sorted);
    assert!(of(experiment()).checked(EntryState::Published).is_ok());
    // A draft has a name all the same, and what it says is right.
    assert_eq!(
        wrong(EntryInput { slug: "A b".into(), title: " ".into(), ..empty.clone() }, EntryState::Draft),
        ["slug", "title"]
    );
    let long = Experiment { question: "长".repeat(limits::ANSWER + 1), ..Experiment::default() };
    assert_eq!(wrong(of(long), EntryState::Draft), ["question"]);
}

#[test]
fn a_decision_comes_with_its_reason_and_not_before() {
    let decided = Experiment {
        state: ExperimentState::Decided,
        decision: Some(Decision::Stop),
        reason: "在噪声内".into(),
        ..experiment()
    };
    assert!(of(decided.clone()).checked(EntryState::Published).is_ok());
    let bare = Experiment { decision: None, reason: " ".into(), ..decided.clone() };
    assert_eq!(wrong(of(bare.clone()), EntryState::Published), ["decision", "reason"]);
    assert!(of(bare).checked(EntryState::Draft).is_ok(), "a draft may lack them");
    for state in [ExperimentState::Proposed, ExperimentState::Running, ExperimentState::Concluded] {
        let early = Experiment { state, ..decided.clone() };
        for entry_state in [EntryState::Draft, EntryState::Published] {
            let problem = of(early.clone()).checked(entry_state).unwrap_err();
            assert!(problem.errors.iter().all(|error| error.issue == Issue::Premature), "{problem}");
            assert_eq!(problem.errors.len(), 2);
        }
    }
}

#[test]
fn an_experiment_names_entries_that_could_be() {
    let names = |datasets: &str, evaluates: &str| Experiment {
        datasets: vec![datasets.into()],
        evaluates: vec![evaluates.into()],
        ..experiment()
    };
    let good = names("search-icecat", "model/product-ranker");
    let targets: Vec<EntryRef> = good.targets().collect();
    assert_eq!((targets[0].kind, targets[0].slug.as_str()), (EntryKind::Model, "product-ranker"));
    assert!(of(good).checked(EntryState::Published).is_ok());
    assert_eq!(wrong(of(names("Not a slug", "run/x")), EntryState::Draft), ["datasets", "evaluates"]);
    assert_eq!(EntryRef::parse("hybrid-retrieval").unwrap().kind, EntryKind::Article);
    assert_eq!(EntryRef::parse("model/"), None);
}

#[test]
fn a_data_set_says_how_it_may_be_used_and_its_hash_is_one() {
    let good = Dataset {
        licence: "MIT".into(),
        source: "https://example.org/a".into(),
        size: "3".into(),
        hash: format!("sha256:{}", "AB".repeat(32)),
        schema: "a\r\nb".into(),
    };
    let checked = input(EntryFields::Dataset(good.clone())).checked(EntryState::Published).unwrap();
    let EntryFields::Dataset(kept) = checked.fields else { panic!("another kind") };
    assert_eq!((kept.hash, kept.schema.as_str()), ("ab".repeat(32), "a\nb"));
    let bad = Dataset { source: "javascript:alert(1)".into(), hash: "12".into(), ..good };
    assert_eq!(wrong(input(EntryFields::Dataset(bad)), EntryState::Draft), ["source", "hash"]);
    let empty = input(EntryFields::Dataset(Dataset::default()));
    assert_eq!(wrong(empty.clone(), EntryState::Published), ["licence", "size", "schema"]);
    assert!(empty.checked(EntryState::Draft).is_ok());
}

#[test]
fn a_published_card_has_every_section() {
    let card = |body: &str| EntryInput {
        body: body.into(),
        ..input(EntryFields::Model(Model { card: "license: mit".into() }))
    };
    let all: String = CardSection::ALL.iter().map(|part| format!("## {}\n\n有。\n\n", part.name(Lang::Zh))).collect();
    assert!(card(&all).checked(EntryState::Published).is_ok());
    let english = all.replace("## 局限", "## Limits");
    assert!(card(&english).checked(EntryState::Published).is_ok());
    let outline = CardSection::outline(Lang::En);
    assert_eq!(CardSection::missing(&outline).len(), 7, "a heading alone is no section");
    assert!(card(&outline).checked(EntryState::Draft).is_ok());
    let problem = card(&all.replace("## 公平性", "## 别的")).checked(EntryState::InReview).unwrap_err();
    assert_eq!(problem.for_field("body", Lang::Zh).unwrap(), "还缺：公平性");
    let fenced = all.replace("## 隐私\n\n有。", "```\n## 隐私\n有。\n```");
    assert_eq!(CardSection::missing(&fenced), [CardSection::Privacy], "not within code");
}

#[test]
fn a_card_goes_out_as_a_readme_and_comes_back() {
    let model = Model { card: "# 注释\nlicense: mit\nx-own: {a: 1}".into() };
    let body = "## 适用范围\n\n文本 --- 与\n\n---\n\n分隔线";
    let readme = model.readme(body);
    assert_eq!(Model::from_readme(&readme), (model, body.to_owned()));
    assert_eq!(Model::from_readme("no front matter"), (Model::default(), "no front matter".to_owned()));
}

#[cfg(feature = "card")]
mod card {
    use super::*;

    const CARD: &str = "language:\n- zh\n- en\nlicense: other\nlicense_name: ours\ntags: [a, b]\ndatasets: search-icecat\nmodel-index:\n- name: m\n  results:\n  - task: {type: ranking}\n    dataset: {type: d, name: D}\n    metrics:\n    - {type: ndcg, value: 0.755, verified: false}\nx-own: {k: 1}\n";

    #[test]
    fn what_hubs_read_is_read_and_unknown_keys_are_known_by_name() {
        let card = CardMetadata::parse(CARD).unwrap();
        assert_eq!(card.language, ["zh", "en"]);
        assert_eq!((card.license.as_str(), card.license_name.as_str()), ("other", "ours"));
        assert_eq!((card.datasets, card.other), (vec!["search-icecat".to_owned()], vec!["x-own".to_owned()]));
        assert_eq!((card.results[0].metric.as_str(), card.results[0].value.as_str()), ("ndcg", "0.755"));
    }

    #[test]
    fn what_hubs_would_refuse_is_refused_with_what_they_expect() {
        for (text, expected) in [
            ("- a", "key: value"),
            ("license: [mit]", "license"),
            ("license: other", "license_name"),
            ("tags: {a: 1}", "tags"),
            ("model-index: x", "model-index"),
            ("model-index:\n- name: m\n  results:\n  - task: {type: t}", "dataset"),
            ("a: [", "YAML"),
            ("a: 1\na: 2", "YAML"),
        ] {
            let error = CardMetadata::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn one_key_is_set_and_every_other_line_stays() {
        assert_eq!(card_value(CARD, "language"), "zh, en");
        let set = card_set(CARD.trim_end(), "license", "apache-2.0");
        assert_eq!(set, CARD.trim_end().replace("license: other", "license: apache-2.0"));
        assert_eq!(
            card_set("a: 1 # 留\n\ntags:\n  - x\n# 尾\nb: 2", "tags", "x， y"),
            "a: 1 # 留\n\ntags:\n- x\n- y\n# 尾\nb: 2"
        );
        assert_eq!(card_set("a: 1\ntags: [x]", "tags", " "), "a: 1");
        assert_eq!(card_set("", "license", "mit"), "license: mit");
        for nasty in ["yes", "1.5", "a: b", "# x", "null", "say \"hi\"", "[x"] {
            let card = card_set("x: 1", "license_name", nasty);
            assert_eq!(card_value(&card, "license_name"), nasty, "{card}");
        }
    }
}
