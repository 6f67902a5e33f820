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

const RUN: &str = "01a20d6d5a007158822b7e8f59f44019";

#[test]
fn a_decision_comes_with_its_reason_and_not_before() {
    let decided = Experiment {
        state: ExperimentState::Decided,
        decision: Some(Decision::Stop),
        reason: "+0.01，在噪声内".into(),
        runs: vec![RUN.into()],
        ..experiment()
    };
    assert!(of(decided.clone()).checked(EntryState::Published).is_ok());
    let bare = Experiment { decision: None, reason: " ".into(), runs: Vec::new(), ..decided.clone() };
    assert_eq!(wrong(of(bare.clone()), EntryState::Published), ["decision", "reason", "runs"]);
    let vague = Experiment { reason: "看着行".into(), runs: vec!["somewhere".into()], ..decided.clone() };
    assert_eq!(wrong(of(vague), EntryState::Published), ["reason", "runs", "runs"]);
    let linked = Experiment { runs: vec![format!("https://a.example/runs/{RUN}?x"), RUN.into()], ..decided.clone() };
    let EntryFields::Experiment(linked) = of(linked).checked(EntryState::Published).unwrap().fields else { panic!() };
    assert_eq!(linked.runs, [RUN], "each once");
    assert!(of(bare).checked(EntryState::Draft).is_ok(), "a draft may lack them");
    for state in [ExperimentState::Proposed, ExperimentState::Running, ExperimentState::Concluded] {
        let early = Experiment { state, ..decided.clone() };
        for entry_state in [EntryState::Draft, EntryState::Published] {
            let problem = of(early.clone()).checked(entry_state).unwrap_err();
            assert!(problem.errors.iter().all(|error| error.issue == Issue::Premature), "{problem}");
            assert_eq!(problem.errors.len(), 3);
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
        assert_eq!((card.results[0].title(), card.results[0].value.as_str()), ("ndcg", "0.755"));
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
        assert_eq!(card_values(CARD, ["language", "none"]), ["zh, en", ""]);
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
            assert_eq!(card_values(&card, ["license_name"]), [nasty], "{card}");
        }
    }

    const RUN: &str = "/runs/01a20d6d5a007158822b7e8f59f44019";

    fn rows(card: &str) -> Vec<CardRow> {
        card_results(card).into_iter().enumerate().map(|(at, row)| (Some(at), row)).collect()
    }

    const INDEX: &str = "license: mit # 留\nmodel-index:\n# 总表\n- name: m\n  x-model: 1\n  results:\n  # 第一个\n  - task: {type: ranking, name: R}   # 原样\n    dataset:\n      type: d\n      name: D\n      split: test\n    metrics:\n    - type: ndcg\n      value: 0.7550\n      verified: false\n    - {type: mrr, value: 0.8}\n\n  # 第二个\n  - task:\n      type: other\n    dataset: {type: e, name: E}\n    metrics:\n    - {type: auc, value: 1, args: {k: 1}}\n  other: y\nlast: z";

    #[test]
    fn figures_are_bound_to_runs_and_need_no_value_then() {
        let bound = format!(
            "model-index:\n- name: m\n  results:\n  - task: {{type: t}}\n    dataset: {{type: d, name: D}}\n    source: {{name: S, url: {RUN}}}\n    metrics:\n    - {{type: a, run_metric: ndcg_10}}"
        );
        let row = &card_results(&bound)[0];
        assert_eq!((row.value.as_str(), row.bound().unwrap().1), ("", "ndcg_10"));
        assert!(CardMetadata::parse(&bound.replace(", run_metric: ndcg_10", "")).unwrap_err().contains("run_metric"));
        assert!(CardMetadata::parse(&bound.replace("/runs/", "https://else.where/runs/")).is_err(), "a run elsewhere");
        let id = RUN.trim_start_matches("/runs/");
        for text in [id, RUN, &format!("https://here{RUN}?step=1#x"), &id.to_uppercase()] {
            assert_eq!(CardResult::run_address(text).as_deref(), Some(RUN), "{text}");
        }
        assert_eq!(CardResult::run_address("https://here/runs/compare"), None);
    }

    #[test]
    fn rows_without_a_change_leave_every_letter() {
        assert_eq!(card_set_results(INDEX, "m", &rows(INDEX)).as_deref(), Some(INDEX));
        assert_eq!(card_set_results("a: 1", "m", &[]).as_deref(), Some("a: 1"));
        assert_eq!(card_set_results("{a: 1}", "m", &[(None, rows(INDEX)[0].1.clone())]), None, "not line by line");
    }

    #[test]
    fn a_changed_row_changes_its_result_and_keeps_unknown_keys() {
        let mut changed = rows(INDEX);
        changed[2].1.source = RUN.to_owned();
        changed[2].1.run_metric = "auc".to_owned();
        let set = card_set_results(INDEX, "m", &changed).unwrap();
        let (before, after) = INDEX.split_once("  - task:\n      type: other").unwrap();
        assert!(
            set.starts_with(before) && set.ends_with(after.rsplit_once("  other: y").map(|(_, end)| end).unwrap()),
            "{set}"
        );
        assert!(
            set.contains("      args:\n        k: 1\n      run_metric: auc\n    source:\n      name: Alluvium\n"),
            "{set}"
        );
        assert_eq!(rows(&set), changed);

        // One metric of two gets a run: the result becomes two, with what both had.
        let mut split = rows(INDEX);
        split[1].1.source = RUN.to_owned();
        let set = card_set_results(INDEX, "m", &split).unwrap();
        assert_eq!(
            (rows(&set), set.matches("split: test").count(), set.matches("verified: false").count()),
            (split, 2, 1)
        );
        assert!(set.contains("  # 第二个\n  - task:\n      type: other\n    dataset: {type: e, name: E}\n"), "{set}");
    }

    #[test]
    fn rows_come_and_go() {
        let row = |value: &str| CardResult {
            task: "t".into(),
            dataset: "d".into(),
            dataset_name: "d".into(),
            metric: "a: b".into(),
            value: value.into(),
            ..CardResult::default()
        };
        let new = card_set_results("license: mit", "名", &[(None, row("0.50")), (None, row("n/a"))]).unwrap();
        assert!(
            new.starts_with("license: mit\nmodel-index:\n- name: 名\n  results:\n  - task:\n      type: t\n"),
            "{new}"
        );
        assert_eq!(card_results(&new), [row("0.5"), row("n/a")]);
        assert_eq!(new.matches("- task").count(), 1, "of one result: {new}");
        let more = card_set_results(INDEX, "m", &[rows(INDEX), vec![(None, row("2"))]].concat()).unwrap();
        assert!(
            more.ends_with("      value: 2\n  other: y\nlast: z") && more.starts_with(&INDEX[..INDEX.len() - 16]),
            "{more}"
        );
        let less = card_set_results(INDEX, "m", &rows(INDEX)[2..]).unwrap();
        assert!(!less.contains("ndcg") && less.contains("- {type: auc, value: 1, args: {k: 1}}\n  other: y"), "{less}");
        assert_eq!(card_set_results(INDEX, "m", &[]).as_deref(), Some("license: mit # 留\nlast: z"));
    }
}
