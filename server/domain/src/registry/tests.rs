use std::collections::BTreeMap;

use super::*;
use crate::problem::Check;

#[test]
fn only_requested_versions_are_approved_and_only_approved_ones_are_activated() {
    for from in Approval::ALL {
        assert_eq!(from.after(Act::Approve).is_some(), from == Approval::Requested, "{from:?}");
        assert_eq!(from.after(Act::Activate).is_some(), from == Approval::Approved, "{from:?}");
        assert_eq!(from.after(Act::RollBack).is_some(), from == Approval::Approved, "{from:?}");
        // The one way to `approved` is a reviewer's yes.
        for act in Act::ALL {
            if from.after(act) == Some(Approval::Approved) && from != Approval::Approved {
                assert_eq!((from, act), (Approval::Requested, Act::Approve));
            }
        }
        assert_eq!(Approval::Withdrawn.after(Act::Request), None);
    }
}

#[test]
fn each_roll_back_leads_to_the_champion_before() {
    let decided =
        [(Act::Activate, 'a'), (Act::Approve, 'b'), (Act::Activate, 'b'), (Act::Activate, 'b'), (Act::Activate, 'c')];
    assert_eq!(champions(&decided), ['a', 'b', 'c']);
    let back = [&decided[..], &[(Act::RollBack, 'b')]].concat();
    assert_eq!(champions(&back), ['a', 'b']);
    let again = [&back[..], &[(Act::RollBack, 'a')]].concat();
    assert_eq!(champions(&again), ['a']);
    assert_eq!(champions(&[&again[..], &[(Act::Activate, 'c')]].concat()), ['a', 'c']);
    assert!(champions::<char>(&[]).is_empty());
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let wrong = |name: &str| {
        let mut check = Check::default();
        model_name_checked(&mut check, name);
        check.finish().is_err()
    };
    for name in ["", "a/b/c", "/a", "a/", "../a", "a/..", "a\\b", "a:b", "a?b", "a\nb", &"n".repeat(251)] {
        assert!(wrong(name), "{name}");
    }
    // Words of the hub's API, as one part or the other.
    for name in [
        "team/tree",
        "team/Commit",
        "refs",
        "team/resolve",
        "team/info",
        "tree/a",
        "api/a",
        "API",
        "datasets/a",
        "v1",
        "a/b.git",
        "a.GIT",
    ] {
        assert!(wrong(name), "{name}");
    }
    for name in ["a", "team/model", "推荐", "recommend-demo", "Model v1.2", "team/trees", "team/api", "commitment"] {
        assert!(!wrong(name), "{name}");
    }
    for path in ["", "/etc/passwd", "../a", "a/../b", "a//b", "./a", "a\\b", "a/\u{0}"] {
        assert!(file_path_checked("path", path).is_err(), "{path}");
    }
    assert!(file_path_checked("path", "1_Pooling/config.json").is_ok());
    let spelled = [
        "Champion",
        "CHAMPION",
        "ｃｈａｍｐｉｏｎ",
        "сhampion",
        "champion\u{200b}",
        "draft-1",
        "Draft-12",
        "V3",
        "HEAD",
    ];
    for alias in ["", "1", "v1", "latest", "main", "a b", "a/b", &"0123456789".repeat(4)].into_iter().chain(spelled) {
        let mut check = Check::default();
        alias_checked(&mut check, alias);
        assert!(check.finish().is_err(), "{alias}");
    }
    for alias in ["champion", "challenger", "Prod", "生产", "a.b_c-1", "draft"] {
        let mut check = Check::default();
        assert_eq!(alias_checked(&mut check, alias), alias);
        assert!(check.finish().is_ok(), "{alias}");
    }
}

#[test]
fn a_commit_names_its_version() {
    let id = VersionId(Uuid::from_u128(0x0123_4567_89ab_cdef));
    let text = format!("{}{:08x}", id.0.simple(), 7);
    assert_eq!(version_of_commit(&text), Some(id));
    assert_eq!(version_of_commit("main"), None);
    assert_eq!(version_of_commit(&"z".repeat(40)), None);
}

#[test]
fn a_report_passes_when_what_is_required_passed() {
    let check = |passed, required| VersionCheck {
        name: "loads".to_owned(),
        passed,
        required,
        measured: true,
        zh: String::new(),
        en: String::new(),
        figures: BTreeMap::new(),
    };
    assert!(!CheckReport::default().passed());
    assert!(CheckReport { checks: vec![check(true, true), check(false, false)] }.passed());
    assert!(!CheckReport { checks: vec![check(true, true), check(false, true)] }.passed());
}
