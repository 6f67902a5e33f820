//! Rendered texts in memory.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use alluvium_domain::{Lang, Part, Rendered, RevisionId};
use lru::LruCache;

use super::Titles;

/// Which text, in which interface language, with which glossary.
pub(super) type Key = (RevisionId, Lang, u64);

/// Most texts kept.
const MOST: NonZeroUsize = NonZeroUsize::new(1_000).expect("it is not zero");

/// Most bytes of HTML kept.
const MOST_BYTES: usize = 64 << 20;

/// A rendered text and the titles that its links were given: it is right as long as they would be given the same.
#[derive(Debug)]
pub struct Resolved {
    /// The text.
    pub rendered: Rendered,
    /// Titles of the links' targets that were there; the others are marked as missing.
    pub titles: Titles,
}

/// A bounded map from revisions to their HTML; the least recently used leave first. A revision never changes, but what it links to does: whoever
/// takes a text compares its titles first.
#[derive(Debug)]
pub struct Cache {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    texts: LruCache<Key, Arc<Resolved>>,
    bytes: usize,
}

impl Default for Cache {
    fn default() -> Self {
        Cache { inner: Mutex::new(Inner { texts: LruCache::new(MOST), bytes: 0 }) }
    }
}

impl Cache {
    /// The text, if it is kept.
    pub fn get(&self, key: &Key) -> Option<Arc<Resolved>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).texts.get(key).cloned()
    }

    /// Keeps a text. One that would fill more than a quarter of the cache is not kept.
    pub fn insert(&self, key: Key, text: Arc<Resolved>) {
        let bytes = size(&text.rendered);
        if bytes > MOST_BYTES / 4 {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.bytes += bytes;
        // What leaves is the text of the same key, or the least recently used one of a full map.
        if let Some((_, old)) = inner.texts.push(key, text) {
            inner.bytes -= size(&old.rendered);
        }
        while inner.bytes > MOST_BYTES {
            let Some((_, old)) = inner.texts.pop_lru() else { break };
            inner.bytes -= size(&old.rendered);
        }
    }
}

/// Bytes of HTML, with an allowance for the rest.
fn size(rendered: &Rendered) -> usize {
    let html: usize =
        rendered.parts.iter().map(|part| if let Part::Html(html) = part { html.len() } else { 200 }).sum();
    html + 200 * (rendered.headings.len() + rendered.wiki_links.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u128) -> Key {
        // A revision id from a number, by way of its text form.
        let text = format!("\"00000000-0000-7000-8000-{number:012x}\"");
        (serde_json::from_str(&text).unwrap(), Lang::Zh, 1)
    }

    fn text(bytes: usize) -> Arc<Resolved> {
        let rendered = Rendered { parts: vec![Part::Html("x".repeat(bytes))], ..Rendered::default() };
        Arc::new(Resolved { rendered, titles: Titles::new() })
    }

    #[test]
    fn the_least_recently_used_leave() {
        let cache = Cache::default();
        for number in 0..MOST.get() as u128 {
            cache.insert(key(number), text(1));
        }
        assert!(cache.get(&key(0)).is_some());
        cache.insert(key(5_000), text(1));
        assert!(cache.get(&key(0)).is_some(), "it was just used");
        assert!(cache.get(&key(1)).is_none(), "it was the oldest");
    }

    #[test]
    fn bytes_are_bounded_and_counted_once() {
        let cache = Cache::default();
        for _ in 0..100 {
            cache.insert(key(1), text(MOST_BYTES / 5));
        }
        cache.insert(key(2), text(10));
        assert!(cache.get(&key(1)).is_some() && cache.get(&key(2)).is_some());
        for number in 3..12 {
            cache.insert(key(number), text(MOST_BYTES / 5));
        }
        assert!(cache.get(&key(1)).is_none());
        assert!(cache.inner.lock().unwrap().bytes <= MOST_BYTES);
        cache.insert(key(50), text(MOST_BYTES));
        assert!(cache.get(&key(50)).is_none());
    }
}
