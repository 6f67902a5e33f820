//! `content sync`: a folder in and out, without loss.

use std::collections::BTreeMap;
use std::path::Path;

use crate::harness::{App, root};

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for kind in ["articles", "datasets", "experiments", "models", "terms"] {
        for file in std::fs::read_dir(dir.join(kind)).unwrap().flatten() {
            let name = format!("{kind}/{}", file.file_name().to_string_lossy());
            found.insert(name, std::fs::read(file.path()).unwrap());
        }
    }
    found
}

#[tokio::test]
async fn the_starting_content_goes_in_and_comes_out_byte_for_byte() {
    let app = App::start().await;
    let content = root().join("content");
    let first = app.services.content_import(&content).await.unwrap();
    assert!(first.errors.is_empty(), "{:?}", first.errors);
    assert_eq!((first.updated, first.unchanged), (0, 0));
    assert_eq!(first.created, files(&content).len());
    let again = app.services.content_import(&content).await.unwrap();
    assert_eq!((again.created, again.updated, again.unchanged), (0, 0, first.created), "{:?}", again.errors);
    let out = tempfile::tempdir().unwrap();
    app.services.content_export(out.path()).await.unwrap();
    let (before, after) = (files(&content), files(out.path()));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (name, bytes) in &before {
        assert!(bytes == &after[name], "{name} changed:\n{}", String::from_utf8_lossy(&after[name]));
    }
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_file_is_reported_and_the_rest_goes_on() {
    let app = App::start().await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("articles")).unwrap();
    let good = "---\nkind: article\nslug: good\nlang: zh\ntitle: 好\nsummary: 好文章\ntags: [a]\nauthors: [我]\nstatus: published\n---\n\n正文\n";
    std::fs::write(dir.path().join("articles/good.md"), good).unwrap();
    std::fs::write(dir.path().join("articles/bad.md"), good.replace("slug: good", "slug: Bad Slug")).unwrap();
    std::fs::write(dir.path().join("articles/none.md"), "no front matter").unwrap();
    let report = app.services.content_import(dir.path()).await.unwrap();
    assert_eq!(report.created, 1);
    let mut wrong: Vec<_> = report.errors.iter().map(|(file, _)| file.as_str()).collect();
    wrong.sort_unstable();
    assert!(wrong[0].ends_with("bad.md") && wrong[1].ends_with("none.md"), "{wrong:?}");
    app.get("/api/v1/entries/article/good").await.expect(200);
    app.stop().await;
}
