#![doc = include_str!("../README.md")]

pub mod api;
mod backup;
pub mod cli;
mod client;
mod commands;
pub mod config;
pub mod connections;
mod hosts;
mod limits;
mod postgres;
mod problem;
mod security;
mod telemetry;
pub mod web;

pub use commands::run;
