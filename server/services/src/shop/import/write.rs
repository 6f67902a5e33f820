//! A portion of a file into the database, in one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use alluvium_domain::shop::{
    CatalogueId, EventId, EventInput, Grade, ProductId, ProductInput, Shopper, ShopperId, limits,
};
use alluvium_domain::{Issue, Problem};
use alluvium_store::{
    CatalogueGrowth, Connection, EventOrigin, EventRow, ImportStep, Store, catalogue_grow_in_txn,
    catalogue_lock_in_txn, event_insert_in_txn, import_step_in_txn, judgement_add_in_txn, product_ids_on_conn,
    product_upsert_in_txn, shopper_ids_on_conn, shopper_insert_in_txn, shopper_update_in_txn,
};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::source::{JudgementRow, Portion, Row, anonymous};
use crate::ServiceError;

/// Writes portions to one catalogue. Numbers that were looked up once are kept: they never change.
pub(super) struct Writer {
    store: Store,
    catalogue: CatalogueId,
    products: HashMap<String, ProductId>,
    shoppers: HashMap<String, ShopperId>,
}

/// The rows of a portion by what they become.
#[derive(Default)]
struct Sorted {
    /// Of two with one id the later.
    products: HashMap<String, ProductInput>,
    /// Rows that were products.
    product_rows: i64,
    shoppers: HashMap<String, Shopper>,
    events: Vec<(i64, EventInput, bool)>,
    judgements: Vec<(i64, JudgementRow)>,
}

/// What became of the products of a portion.
#[derive(Default)]
struct WrittenProducts {
    added: i64,
    changed: i64,
    /// Added or changed by a row of their own, not for an event.
    named: i64,
}

impl Writer {
    pub(super) fn new(store: Store, catalogue: CatalogueId) -> Writer {
        Writer { store, catalogue, products: HashMap::new(), shoppers: HashMap::new() }
    }

    pub(super) fn catalogue(&self) -> CatalogueId {
        self.catalogue
    }

    /// Writes a portion and moves the import forward; `wrong` lines are known already.
    pub(super) async fn write(
        &mut self,
        import: Uuid,
        portion: Portion,
        wrong: i64,
    ) -> Result<ImportStep, ServiceError> {
        let mut errors = portion.errors;
        let sorted = sort(portion.rows);
        let given = sorted.product_rows + sorted.events.len() as i64;
        self.store.event_months_add(sorted.events.iter().filter_map(|(_, event, _)| event.at)).await?;
        let mut txn = self.store.begin().await?;
        catalogue_lock_in_txn(&mut txn, self.catalogue).await?;
        let written = self.write_products(&mut txn, sorted.products, &sorted.events).await?;
        let shoppers = self.write_shoppers(&mut txn, sorted.shoppers, &sorted.events).await?;
        let mut rows = Vec::with_capacity(sorted.events.len());
        let before = errors.len();
        for (line, event, _) in sorted.events {
            match self.row(event) {
                Ok(row) => rows.push(row),
                Err(problem) => errors.push((line, problem)),
            }
        }
        let events = event_insert_in_txn(&mut txn, self.catalogue, EventOrigin::IMPORT, &rows).await? as i64;
        // Rows that are neither wrong nor new say what is there already.
        let taken = written.named + events + (errors.len() - before) as i64;
        let repeated = given - taken;
        errors.extend(self.write_judgements(&mut txn, sorted.judgements).await?);
        let growth = CatalogueGrowth { products: written.added, shoppers, events };
        catalogue_grow_in_txn(&mut txn, self.catalogue, growth).await?;
        errors.sort_by_key(|(line, _)| *line);
        let count = errors.len() as i64;
        errors.truncate(limits::WRONG_ROWS.saturating_sub(usize::try_from(wrong).unwrap_or_default()));
        let products = written.added + written.changed;
        let step = ImportStep { line: portion.line, products, shoppers, events, repeated, wrong: count, errors };
        import_step_in_txn(&mut txn, import, &step).await?;
        txn.commit().await.map_err(alluvium_store::StoreError::from)?;
        Ok(step)
    }

    /// Products of the portion, and those without a name that its events need.
    async fn write_products(
        &mut self,
        conn: &mut Connection,
        mut products: HashMap<String, ProductInput>,
        events: &[(i64, EventInput, bool)],
    ) -> Result<WrittenProducts, ServiceError> {
        let wanted: HashSet<&String> = events
            .iter()
            .map(|(_, event, _)| &event.product)
            .filter(|id| !self.products.contains_key(*id) && !products.contains_key(*id))
            .collect();
        let wanted: Vec<String> = wanted.into_iter().cloned().collect();
        if !wanted.is_empty() {
            self.products.extend(product_ids_on_conn(conn, self.catalogue, &wanted).await?);
        }
        let named = products.len();
        for (_, event, unnamed) in events {
            if *unnamed && !self.products.contains_key(&event.product) && !products.contains_key(&event.product) {
                products.insert(event.product.clone(), anonymous(event.product.clone()));
            }
        }
        if products.is_empty() {
            return Ok(WrittenProducts::default());
        }
        let unnamed = (products.len() - named) as i64;
        let mut products: Vec<ProductInput> = products.into_values().collect();
        products.sort_by(|a, b| a.id.cmp(&b.id));
        let ids: Vec<String> = products.iter().map(|product| product.id.clone()).collect();
        let written = product_upsert_in_txn(conn, self.catalogue, &products).await?;
        let added = written.iter().filter(|product| product.added).count() as i64;
        let changed = written.len() as i64 - added;
        // What stood so already was not told.
        self.products.extend(product_ids_on_conn(conn, self.catalogue, &ids).await?);
        // Those without a name are new, since only what is not there is made.
        Ok(WrittenProducts { added, changed, named: added + changed - unnamed })
    }

    /// Shoppers of the portion and of its events; how many are new.
    async fn write_shoppers(
        &mut self,
        conn: &mut Connection,
        mut shoppers: HashMap<String, Shopper>,
        events: &[(i64, EventInput, bool)],
    ) -> Result<i64, ServiceError> {
        let ids: HashSet<&String> = events
            .iter()
            .map(|(_, event, _)| &event.shopper)
            .chain(shoppers.keys())
            .filter(|id| !self.shoppers.contains_key(*id))
            .collect();
        let ids: Vec<String> = ids.into_iter().cloned().collect();
        if !ids.is_empty() {
            self.shoppers.extend(shopper_ids_on_conn(conn, self.catalogue, &ids).await?);
        }
        let mut new: Vec<Shopper> = ids
            .into_iter()
            .filter(|id| !self.shoppers.contains_key(id))
            .map(|id| {
                let nothing = |id| Shopper { id, attributes: BTreeMap::new(), truth: None };
                shoppers.remove(&id).unwrap_or_else(|| nothing(id))
            })
            .collect();
        new.sort_by(|a, b| a.id.cmp(&b.id));
        if !new.is_empty() {
            self.shoppers.extend(shopper_insert_in_txn(conn, self.catalogue, &new).await?);
        }
        if !shoppers.is_empty() {
            let known: Vec<Shopper> = shoppers.into_values().collect();
            shopper_update_in_txn(conn, self.catalogue, &known).await?;
        }
        Ok(new.len() as i64)
    }

    /// Grades of products that the catalogue has; the others are wrong lines. Of two in one portion the later counts.
    async fn write_judgements(
        &mut self,
        conn: &mut Connection,
        judgements: Vec<(i64, JudgementRow)>,
    ) -> Result<Vec<(i64, Problem)>, ServiceError> {
        if judgements.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: HashSet<&String> =
            judgements.iter().map(|(_, row)| &row.product).filter(|id| !self.products.contains_key(*id)).collect();
        let wanted: Vec<String> = wanted.into_iter().cloned().collect();
        self.products.extend(product_ids_on_conn(conn, self.catalogue, &wanted).await?);
        let mut errors = Vec::new();
        let mut grades: BTreeMap<(String, ProductId), Grade> = BTreeMap::new();
        for (line, row) in judgements {
            match self.products.get(&row.product) {
                Some(product) => {
                    grades.insert((row.query, *product), row.grade);
                }
                None => errors.push((line, Problem::field("product", Issue::Unknown { value: row.product }))),
            }
        }
        let grades: Vec<(String, ProductId, Grade)> =
            grades.into_iter().map(|((query, product), grade)| (query, product, grade)).collect();
        judgement_add_in_txn(conn, self.catalogue, None, &grades).await?;
        Ok(errors)
    }

    fn row(&self, event: EventInput) -> Result<EventRow, Problem> {
        let unknown =
            |field: &'static str, value: &str| Problem::field(field, Issue::Unknown { value: value.to_owned() });
        let product = *self.products.get(&event.product).ok_or_else(|| unknown("product", &event.product))?;
        let shopper = *self.shoppers.get(&event.shopper).ok_or_else(|| unknown("shopper", &event.shopper))?;
        let at = event.at.ok_or_else(|| Problem::field("time", Issue::Required))?;
        let id = if event.id.0.is_nil() { id(&event) } else { event.id };
        Ok(EventRow { id, at, shopper, product, kind: event.kind, query: event.query, position: event.position })
    }
}

fn sort(rows: Vec<(i64, Row)>) -> Sorted {
    let mut sorted = Sorted::default();
    for (line, row) in rows {
        match row {
            Row::Product(product) => {
                sorted.product_rows += 1;
                sorted.products.insert(product.id.clone(), *product);
            }
            Row::Shopper(shopper) => {
                sorted.shoppers.insert(shopper.id.clone(), shopper);
            }
            Row::Event { event, anonymous } => sorted.events.push((line, event, anonymous)),
            Row::Judgement(judgement) => sorted.judgements.push((line, judgement)),
        }
    }
    sorted
}

/// The id of an event that came without one, made of what it says: the same row again is the same event. In the form of a UUIDv7, so that
/// events of one time lie together in the index.
fn id(event: &EventInput) -> EventId {
    let mut hash = Sha256::new();
    let at = event.at.map_or(0, time::OffsetDateTime::unix_timestamp_nanos);
    for part in [&event.shopper, &event.product, event.kind.code(), event.query.as_deref().unwrap_or_default()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(at.to_le_bytes());
    hash.update(event.position.unwrap_or_default().to_le_bytes());
    let hash = hash.finalize();
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&hash[..10]);
    let millis = u64::try_from(at / 1_000_000).unwrap_or_default();
    EventId(Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
}
