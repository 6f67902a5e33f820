//! Every form gives back what it was given, to the character: after an error, after saving, and in the address of a search.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alluvium_domain::Role;
use alluvium_services::shop::DemoPlan;
use scraper::{ElementRef, Html, Selector};

use crate::harness::{Answer, App, Person, article, form_encoded, with};

/// What a line may hold that is markup elsewhere. `x-left` is an element only where something left its place.
const LINE: &str = "</textarea></form></title><x-left a=\"'>&lt;b&gt; &copy &amp;amp; ]]> -- \\";
/// The same with line breaks as browsers send them, one at the beginning.
const LINES: &str = "\r\n  </textarea><x-left>&lt;b&gt;\r\n&amp;nbsp; &copy; <!-- \r\n\r\nlast </textarea";
/// Pages of one shape (ids and slugs aside) that are looked at.
const ALIKE: usize = 4;

#[derive(Debug, Clone)]
struct Control {
    name: String,
    value: String,
    /// Whether people type into it.
    typed: bool,
    lines: bool,
}

#[derive(Debug, Clone)]
struct Form {
    page: String,
    action: String,
    post: bool,
    controls: Vec<Control>,
}

impl Form {
    /// What tells it from others: its address without ids, and its fields.
    fn shape(&self) -> (String, Vec<String>) {
        (shape(&self.action), self.controls.iter().map(|control| control.name.clone()).collect())
    }
}

fn select(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

/// Numbers, ids and what is not a word of the program becomes `*`.
fn shape(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let known = |part: &str| part.len() < 12 && part.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    path.split('/').map(|part| if known(part) { part } else { "*" }).collect::<Vec<_>>().join("/")
}

fn control(element: ElementRef<'_>) -> Option<Control> {
    let value = element.value();
    let name = value.attr("name")?.to_owned();
    let free = value.attr("readonly").is_none() && value.attr("disabled").is_none();
    let text =
        |value: &str, typed: bool, lines: bool| Control { name: name.clone(), value: value.to_owned(), typed, lines };
    match value.name() {
        "textarea" => Some(text(&element.text().collect::<String>(), free, true)),
        "select" => {
            let options: Vec<ElementRef<'_>> = element.select(&select("option")).collect();
            let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first())?;
            Some(text(chosen.attr("value").unwrap_or_default(), false, false))
        }
        _ => match value.attr("type").unwrap_or("text") {
            "checkbox" | "radio" if value.attr("checked").is_none() => None,
            "submit" | "button" | "file" => None,
            "hidden" | "checkbox" | "radio" => Some(text(value.attr("value").unwrap_or("on"), false, false)),
            // Never given back.
            "password" => Some(text("", false, false)),
            _ => Some(text(value.attr("value").unwrap_or_default(), free, false)),
        },
    }
}

fn forms(page: &str, html: &Html) -> Vec<Form> {
    let fields = select("input, textarea, select");
    html.select(&select("form"))
        .map(|form| Form {
            page: page.to_owned(),
            action: form.attr("action").filter(|action| !action.is_empty()).unwrap_or(page).to_owned(),
            post: form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
            controls: form.select(&fields).filter_map(control).collect(),
        })
        .collect()
}

fn links(html: &Html) -> Vec<String> {
    let anchors = select("a[href^='/']");
    let hrefs = html.select(&anchors).filter_map(|link| link.attr("href"));
    hrefs.map(|href| href.split('#').next().unwrap_or_default().to_owned()).collect()
}

/// All pages that links lead to, and one form of each shape on them.
async fn crawl(person: &Person<'_>) -> (Vec<Form>, usize) {
    let mut waiting: VecDeque<String> = ["/", "/articles/new", "/settings", "/admin/people"].map(str::to_owned).into();
    let (mut seen, mut shapes) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    let mut found: BTreeMap<(String, Vec<String>), Form> = BTreeMap::new();
    while let Some(path) = waiting.pop_front() {
        let alike = shapes.entry(shape(&path)).or_default();
        if *alike >= ALIKE || !seen.insert(path.clone()) || path.starts_with("/api/") {
            continue;
        }
        *alike += 1;
        let page = person.get(&path).await;
        let html = Html::parse_document(&page.text);
        assert!(html.select(&select("x-left")).next().is_none(), "something left its place on {path}");
        waiting.extend(links(&html));
        for form in forms(&path, &html) {
            found.entry(form.shape()).or_insert(form);
        }
    }
    (found.into_values().collect(), seen.len())
}

/// Sends a form with a hostile text in everything that can be typed into.
async fn send(person: &Person<'_>, form: &Form) -> Answer {
    let fields: Vec<(&str, &str)> = form
        .controls
        .iter()
        .map(|control| {
            let value = match (control.typed, control.lines) {
                (true, true) => LINES,
                (true, false) => LINE,
                _ => control.value.as_str(),
            };
            (control.name.as_str(), value)
        })
        .collect();
    let action = form.action.split('#').next().unwrap_or_default();
    match form.post {
        true => person.form(action, &fields).await,
        false => {
            person.get(&format!("{}?{}", action.split('?').next().unwrap_or_default(), form_encoded(&fields))).await
        }
    }
}

fn one_kind_of_line_end(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// How many controls of the answer hold what was typed; fails for one that holds something else that is neither what it held before.
fn given_back(form: &Form, answer: &Answer) -> usize {
    let html = Html::parse_document(&answer.text);
    let told = format!("{} {} of {}", if form.post { "POST" } else { "GET" }, form.action, form.page);
    assert!(html.select(&select("x-left")).next().is_none(), "something left its place after {told}");
    let same = forms(&form.page, &html).into_iter().find(|other| other.shape() == form.shape());
    let Some(same) = same else { return 0 };
    let mut held = 0;
    for (now, before) in same.controls.iter().zip(&form.controls).filter(|(now, _)| now.typed) {
        let typed = one_kind_of_line_end(if now.lines { LINES } else { LINE });
        let value = one_kind_of_line_end(&now.value);
        // What is stored has no white space around it.
        if value == typed || value == typed.trim() || value == typed.trim_end() {
            held += 1;
        } else {
            assert!(now.value == before.value || value.is_empty(), "{told}: {} holds {:?}", now.name, now.value);
        }
    }
    held
}

#[tokio::test]
async fn every_form_gives_back_what_it_was_given() {
    let app = App::start().await;
    let root = app.person("root", Role::Administrator).await;
    app.services
        .shop_demo(DemoPlan { products_each: 5, shoppers: 20, events: 400, ..DemoPlan::default() })
        .await
        .unwrap();
    let body = "Write &lt;b&gt; and &amp;nbsp; and &copy;\n\n</textarea><x-left>\n";
    root.api("POST", "/api/v1/entries", with(article("hostile", LINE, body), serde_json::json!({ "summary": LINE })))
        .await
        .expect(201);
    let experiment = root.api("POST", "/api/v1/experiments", serde_json::json!({ "name": LINE })).await;
    assert!(experiment.status.is_success(), "{}", experiment.text);
    let (found, pages) = crawl(&root).await;
    let (mut tried, mut held) = (0, 0);
    for form in found.iter().filter(|form| form.controls.iter().any(|control| control.typed)) {
        if form.action.starts_with("/sign-out") {
            continue;
        }
        let answer = send(&root, form).await;
        assert!(answer.status.as_u16() < 500, "{}: {}", form.action, answer.text);
        let answer = if answer.status.is_redirection() { root.get(&form.page).await } else { answer };
        let back = given_back(form, &answer);
        let typed = form.controls.iter().filter(|control| control.typed).count();
        println!(
            "{} {}: {back} of {typed} fields, {}",
            if form.post { "POST" } else { "GET" },
            form.action,
            answer.status
        );
        tried += 1;
        held += back;
    }
    println!("{pages} pages, {tried} forms, {held} fields given back");
    // What is there today less a few: a form that is no longer found must not go unnoticed.
    assert!(tried >= 20 && held >= 40, "{tried} forms, {held} fields");
    app.stop().await;
}

#[tokio::test]
async fn editing_does_not_change_a_text_that_holds_entities() {
    let app = App::start().await;
    let ann = app.person("ann", Role::Author).await;
    let body = "\nWrite &lt;b&gt; and &amp;nbsp; and &copy;, `</textarea><x>`";
    ann.api("POST", "/api/v1/entries", article("entities", "Entities", body)).await.expect(201);
    let page = ann.get("/articles/entities/edit").await.expect(200);
    let html = Html::parse_document(&page.text);
    let area = html.select(&select("textarea[name=body]")).next().unwrap();
    assert_eq!(area.text().collect::<String>(), body);
    assert!(html.select(&select("x")).next().is_none());
    app.stop().await;
}
