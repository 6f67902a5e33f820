//! Tests from outside: requests against the whole application on a real Postgres, one database a test, and the program itself.
//!
//! Files mirror URLs. `./test http` starts the Postgres; `DATABASE_URL` names it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "what was measured is shown with the test")]

mod architecture;
mod audit;
mod backup;
mod cards;
mod confirm;
mod conflicts;
mod content;
mod entries;
mod erasure;
mod explanations;
mod forms;
mod harness;
mod hosts;
mod hub;
mod jobs;
mod jobs_encoder;
mod jobs_killed;
mod jobs_runs;
mod mlflow;
mod oidc;
mod operations;
mod outage;
mod pages;
mod people;
mod product_search;
mod program;
mod proposals;
mod recommendations;
mod references;
mod registry;
mod render;
mod research;
mod rounds;
mod routes;
mod runs;
mod search;
mod second_factor;
mod security;
mod senders;
mod server_killed;
mod shop;
mod shop_import;
mod sign_in;
mod statistics;
mod text;
