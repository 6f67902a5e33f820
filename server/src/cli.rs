//! The command line. `--help` of each command is its manual.

use std::path::PathBuf;

use alluvium_domain::Role;
use alluvium_domain::shop::ImportFormat;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;

/// 沃土 Alluvium: the knowledge platform of teams that build search and recommendation.
///
/// Every option can be given as an environment variable instead. Without any, `alluvium serve` runs on an embedded Postgres in
/// `.data` and listens on 127.0.0.1:3000.
#[derive(Debug, Parser)]
#[command(name = "alluvium", version)]
pub struct Cli {
    #[command(flatten)]
    pub config: Config,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the portal and the APIs until interrupted. Migrates first; loads the starting content into an empty database.
    Serve,
    /// Do jobs of the queue until interrupted: trainings, evaluations, checks, imports. As many processes as you like, beside `serve` or without it.
    ///
    /// A job that is interrupted is given back; one whose worker is killed is taken up by another one and goes on from its checkpoint. Workers of one
    /// installation share its database and its data folder.
    Worker {
        /// Use one core only, and leave it to everything else.
        #[arg(long)]
        quiet: bool,
    },
    /// Apply the database migrations that are missing.
    Migrate,
    /// Starting content and exchange with folders of Markdown.
    #[command(subcommand)]
    Content(Content),
    /// Build the search index and the vectors of all passages anew.
    Reindex,
    /// People and roles.
    #[command(subcommand)]
    User(User),
    /// What is kept of a person: hand it out, or erase it.
    #[command(subcommand)]
    Person(Person),
    /// What is kept of a shopper: hand it out, or erase it.
    #[command(subcommand)]
    Shopper(Shopper),
    /// Write the database and the files of runs and model versions to one file (a tar archive).
    Backup {
        /// The file; must not exist.
        file: PathBuf,
        /// File with the key that signs it (default: `DATA_DIR/backup.key`, made the first time). Keep a copy elsewhere: a restore asks for it.
        #[arg(long)]
        key: Option<PathBuf>,
    },
    /// Replace the database by what a backup holds, and add its files.
    ///
    /// A backup brings its people, roles and tokens: take only what the key has signed. Sessions and sign-in links of its time are ended.
    Restore(Restore),
    /// Catalogues of products, shoppers and events.
    #[command(subcommand)]
    Shop(Shop),
    /// Train models.
    #[command(subcommand)]
    Train(Train),
    /// Measure quality.
    #[command(subcommand)]
    Evaluate(Evaluate),
    /// Check what the product says of itself.
    #[command(subcommand)]
    Check(Check),
    /// The audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// Print the OpenAPI description of the HTTP API.
    Openapi,
}

/// What is restored, and how.
#[derive(Debug, Args)]
pub struct Restore {
    /// A file that `alluvium backup` wrote.
    pub file: PathBuf,
    /// Needed where the database holds entries already: they are lost.
    #[arg(long)]
    pub replace: bool,
    /// File with the key that signed the backup (default: `DATA_DIR/backup.key`).
    #[arg(long)]
    pub key: Option<PathBuf>,
    /// Take a backup without asking for a key: one of an earlier version, or whose key is lost. Whoever wrote it decides who the administrators are.
    #[arg(long, conflicts_with = "key")]
    pub unsigned: bool,
    /// Revoke all API tokens that the backup brings.
    #[arg(long)]
    pub revoke_tokens: bool,
    /// Go on although a server or worker has the database open.
    #[arg(long)]
    pub while_serving: bool,
}

/// Audit commands.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Walk along the hash chain of the whole log: whether a line was changed, removed or put in between. Prints the hash of the last line.
    ///
    /// Lines that were removed at the end leave a whole chain; keep the printed hash elsewhere and give it back with --holds.
    Verify {
        /// A hash that was printed before; fails where no line has it any more.
        #[arg(long)]
        holds: Option<String>,
    },
}

/// Person commands.
#[derive(Debug, Subcommand)]
pub enum Person {
    /// Print everything that is kept of a person, as JSON.
    Export {
        /// Sign-in name.
        name: String,
    },
    /// Erase a person: sessions, tokens, votes, what they did as a shopper, and their name. What they wrote stays, by somebody without a name; the audit log
    /// keeps that it happened. Prints which model versions learned from their events.
    Erase {
        /// Sign-in name.
        name: String,
        /// Really do it; there is no way back.
        #[arg(long, required = true)]
        yes: bool,
    },
}

/// Shopper commands.
#[derive(Debug, Subcommand)]
pub enum Shopper {
    /// Print everything that is kept of a shopper, as JSON.
    Export {
        /// Slug of the catalogue.
        catalogue: String,
        /// The shop's own id of the shopper.
        id: String,
    },
    /// Erase a shopper with all their events. Prints which model versions learned from them.
    Erase {
        /// Slug of the catalogue.
        catalogue: String,
        /// The shop's own id of the shopper.
        id: String,
        /// Really do it; there is no way back.
        #[arg(long, required = true)]
        yes: bool,
    },
}

/// Content commands.
#[derive(Debug, Subcommand)]
pub enum Content {
    /// Read a folder of Markdown with front matter into the database, or write the database out to one.
    ///
    /// Files that say what stands already make no new revision; wrong files are reported and the rest goes on. Writing out and reading in
    /// again changes nothing.
    Sync {
        /// The folder (default: the starting content).
        folder: Option<PathBuf>,
        /// Which way.
        #[arg(long, value_enum, default_value_t = Direction::In)]
        direction: Direction,
    },
}

/// Which way content goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Direction {
    /// From the folder into the database.
    In,
    /// From the database into the folder.
    Out,
}

/// User commands.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a person and print a one-time sign-in link, with which they set their password.
    Add(UserAdd),
}

/// A person to add.
#[derive(Debug, Args)]
pub struct UserAdd {
    /// Sign-in name: a-z 0-9 . _ -
    pub name: String,
    /// The name shown.
    #[arg(long, default_value = "")]
    pub display_name: String,
    /// reader, author, reviewer or administrator.
    #[arg(long, default_value = "reader", value_parser = parse_role)]
    pub role: Role,
    /// Read a password from the first line of standard input instead of printing a link.
    #[arg(long)]
    pub password_stdin: bool,
}

fn parse_role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|()| "one of reader, author, reviewer, administrator".to_owned())
}

/// Shop commands.
#[derive(Debug, Subcommand)]
pub enum Shop {
    /// Make the simulated demo shop up: 2,400 products in 12 categories, 3,000 shoppers, 200,000 events. The same seed gives the same shop.
    ///
    /// A new installation has one already; a catalogue that is there stays as it is.
    Demo {
        /// Slug of the catalogue.
        #[arg(long, default_value = "demo")]
        catalogue: String,
        /// What all randomness begins with.
        #[arg(long, default_value_t = 20_260_101)]
        seed: u64,
    },
    /// Read products, shoppers and events of other programs. An import that was interrupted goes on where it stopped.
    ///
    /// Formats: `products` (JSON lines: id, title, supplier or brand, price, `short_description`, `attr_*`), `events` (CSV:
    /// shopper,product,kind,time,query,position), `sequences` (a shopper a line: shopper product product ...), `recbole` (NAME.inter, NAME.item,
    /// NAME.user), `behaviours` (view.*, cart.*, buy.*: uid and sid), `judgements` (CSV: query,docid,rating). Wrong lines are printed with the reason, and the rest goes on.
    Import(ShopImport),
}

/// What to import.
#[derive(Debug, Args)]
pub struct ShopImport {
    /// products, events, sequences, recbole, behaviours or judgements.
    #[arg(value_parser = parse_format)]
    pub format: ImportFormat,
    /// The file, or the folder with the files.
    pub path: PathBuf,
    /// Slug of the catalogue; it is made where it is new.
    #[arg(long)]
    pub catalogue: String,
    /// Chinese title of a new catalogue.
    #[arg(long, default_value = "")]
    pub title_zh: String,
    /// English title of a new catalogue.
    #[arg(long, default_value = "")]
    pub title_en: String,
    /// Where the data of a new catalogue is from, with its licence.
    #[arg(long, default_value = "")]
    pub source: String,
    /// Currency of prices that do not say theirs (ISO 4217).
    #[arg(long, default_value = "CNY")]
    pub currency: String,
}

fn parse_format(text: &str) -> Result<ImportFormat, String> {
    text.parse().map_err(|()| "one of products, events, sequences, recbole, behaviours, judgements".to_owned())
}

/// Training commands.
#[derive(Debug, Subcommand)]
pub enum Train {
    /// Train the recommendation models of a catalogue on all its events: item-item weights, sequence model, multi-task ranking model.
    ///
    /// The result is a version in the model registry, whose approval is asked for with the automatic checks as evidence; it serves when a reviewer
    /// has approved and activated it. (The very first version of a simulated catalogue is approved by the program.) Prints what was measured on the
    /// newest events, which the ranking model had not seen.
    Recommend {
        /// Slug of the catalogue.
        #[arg(long, default_value = "demo")]
        catalogue: String,
    },
    /// Fine-tune the sentence encoder on queries and the products that answer them (grades 2 and 3). Needs no database.
    ///
    /// Contrastive, with in-batch negatives; with `--pretrain` by masked language modelling on the products' texts instead. Writes a whole encoder, which `ALLUVIUM_ENCODER` may name; with `--lora` also its folder `adapter`, which
    /// Python's `peft` reads. Goes on where it was interrupted.
    Encoder(TrainEncoder),
}

/// An encoder to train.
#[derive(Debug, Args)]
pub struct TrainEncoder {
    /// Folder with products.jsonl and judg*.csv.
    #[arg(long)]
    pub data: PathBuf,
    /// Train a low-rank addition of this rank instead of all weights.
    #[arg(long, value_name = "RANK", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub lora: Option<u16>,
    /// Passes over the pairs or texts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub epochs: u16,
    /// Continue pretraining on the texts of the products; no judgements are read.
    #[arg(long)]
    pub pretrain: bool,
    /// Folder for the new encoder (default: `DATA_DIR/models/encoder/tuned`).
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// Evaluation commands.
#[derive(Debug, Subcommand)]
pub enum Evaluate {
    /// nDCG@10, MRR and recall of the three search modes on a judged set.
    Search {
        /// Judged queries, a JSON object a line.
        #[arg(default_value = "tests/search/judgements.jsonl")]
        judgements: PathBuf,
    },
    /// nDCG@10 (linear gain) of product search on graded queries: plain BM25, and the three rankers. Needs no database.
    ///
    /// The learned ranker is measured by cross-validation over queries. FOLDER holds `products.jsonl` and `judg*.csv`.
    Products {
        /// The folder.
        folder: PathBuf,
        /// Parts that the queries are cut into.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..=100))]
        folds: u16,
        /// How often they are cut anew; a query's figure is the mean.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
        repeats: u16,
        /// Learn from all queries too, and print the weights that the program ships with.
        #[arg(long)]
        fit: bool,
    },
    /// Whether fine-tuning the encoder helps product search: NDCG@10 of each graded query with an encoder that was trained without it. Needs no database.
    Encoder {
        /// Folder with products.jsonl and judg*.csv.
        folder: PathBuf,
        /// Train a low-rank addition of this rank instead of all weights.
        #[arg(long, value_name = "RANK", value_parser = clap::value_parser!(u16).range(1..=256))]
        lora: Option<u16>,
        /// Passes over the pairs.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
        epochs: u16,
        /// Parts that the queries are cut into.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..=100))]
        folds: u16,
    },
    /// HR@10 and NDCG@10 of a recommender on the last item of each user, among all items. Needs no database.
    ///
    /// The second last items choose the number of epochs and the share of each model; then everything but the last items is trained on.
    Recommend {
        /// Lines `user item item ...`, oldest item first.
        file: PathBuf,
        /// Which model.
        #[arg(long, value_enum, default_value_t = Recommender::Blend)]
        model: Recommender,
        /// Most epochs of the sequence model (default: 40; fewer where validation stops rising).
        #[arg(long)]
        epochs: Option<usize>,
    },
    /// AUC, log loss and calibration of the ranking model's three tasks on the simulated shop, beside single-task models. Needs no database.
    ///
    /// The shop is made up anew from the seed; what was bought in its last weeks is the test. Also says how the rankings agree with the true
    /// utility of the simulation.
    Tasks {
        /// What all randomness of the shop begins with.
        #[arg(long, default_value_t = 20_260_101)]
        seed: u64,
        /// Most epochs of the sequence model, whose score is a feature (default: as in serving); 0 does without it.
        #[arg(long)]
        sequence_epochs: Option<usize>,
    },
    /// HR@10 and NDCG@10 of purchases alone against purchases with carts, with and without test purchases that the own cart gives away. Needs no
    /// database.
    Behaviours {
        /// Folder with buy.train.txt, buy.test.txt and cart.csv: lines `uid sid` under a heading.
        folder: PathBuf,
    },
}

/// Check commands.
#[derive(Debug, Subcommand)]
pub enum Check {
    /// Explanations of recommendations: whether they add up, beat random order in deletion and insertion curves, change with the weights, agree with each
    /// other and, in a simulated shop, with the truth.
    ///
    /// Prints every check with its 95 % interval and keeps the report for the page `/shop/CATALOGUE/model`. Fails where a recommendation does not add up
    /// within 1e-4, or where the deletion curve of its explanation does not beat random order.
    Explanations {
        /// Slug of the catalogue.
        #[arg(long, default_value = "demo")]
        catalogue: String,
        /// How many recommendations are explained.
        #[arg(long, default_value_t = 1_000)]
        recommendations: usize,
    },
}

/// Recommenders to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Recommender {
    /// Item-item weights in closed form.
    Linear,
    /// Self-attention over the history.
    Sequence,
    /// Both, with the share of each from validation.
    Blend,
}
