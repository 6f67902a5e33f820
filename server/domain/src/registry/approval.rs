//! The way of a version to serving: what may follow what.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a version's approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// Nobody has asked for approval.
    Draft,
    /// Asked for.
    Requested,
    /// It may serve.
    Approved,
    /// A reviewer said no.
    Rejected,
    /// Taken back; it may not serve any more.
    Withdrawn,
}

impl Approval {
    /// All states.
    pub const ALL: [Approval; 5] =
        [Approval::Draft, Approval::Requested, Approval::Approved, Approval::Rejected, Approval::Withdrawn];

    /// The name in the database and the API.
    pub fn code(self) -> &'static str {
        match self {
            Approval::Draft => "draft",
            Approval::Requested => "requested",
            Approval::Approved => "approved",
            Approval::Rejected => "rejected",
            Approval::Withdrawn => "withdrawn",
        }
    }

    /// The state after an act; none where the act cannot follow this state. What serves is a question of aliases: activating changes no state.
    pub fn after(self, act: Act) -> Option<Approval> {
        use Approval::{Approved, Draft, Rejected, Requested, Withdrawn};
        match (self, act) {
            // Asked for again, the checks run again.
            (Draft | Rejected | Requested, Act::Request) => Some(Requested),
            (Requested, Act::Check) => Some(Requested),
            (Requested, Act::Approve) => Some(Approved),
            (Requested, Act::Reject) => Some(Rejected),
            (Draft | Requested | Approved | Rejected, Act::Withdraw) => Some(Withdrawn),
            (Approved, Act::Activate | Act::RollBack | Act::Alias | Act::Unalias | Act::Stage) => Some(Approved),
            _ => None,
        }
    }
}

impl FromStr for Approval {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Approval::ALL.into_iter().find(|state| state.code() == text).ok_or(())
    }
}

/// What happens to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Approval is asked for.
    Request,
    /// The automatic checks ran.
    Check,
    /// A reviewer says yes.
    Approve,
    /// A reviewer says no.
    Reject,
    /// It is taken back.
    Withdraw,
    /// It becomes the champion.
    Activate,
    /// It becomes the champion again, because the one after it is taken off.
    RollBack,
    /// An alias other than that of what serves comes to it.
    Alias,
    /// An alias leaves it.
    Unalias,
    /// Its stage changes.
    Stage,
}

impl Act {
    /// All acts.
    pub const ALL: [Act; 10] = [
        Act::Request,
        Act::Check,
        Act::Approve,
        Act::Reject,
        Act::Withdraw,
        Act::Activate,
        Act::RollBack,
        Act::Alias,
        Act::Unalias,
        Act::Stage,
    ];

    /// The name in the database and the API.
    pub fn code(self) -> &'static str {
        match self {
            Act::Request => "request",
            Act::Check => "check",
            Act::Approve => "approve",
            Act::Reject => "reject",
            Act::Withdraw => "withdraw",
            Act::Activate => "activate",
            Act::RollBack => "roll-back",
            Act::Alias => "alias",
            Act::Unalias => "unalias",
            Act::Stage => "stage",
        }
    }
}

impl FromStr for Act {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Act::ALL.into_iter().find(|act| act.code() == text).ok_or(())
    }
}

/// The champions of a model, the one that serves last, from what was decided in the order of time. A roll-back takes everything after the
/// version off again, so that the next roll-back leads to the one before it.
pub fn champions<V: Copy + PartialEq>(decided: &[(Act, V)]) -> Vec<V> {
    let mut stack: Vec<V> = Vec::new();
    for (act, version) in decided {
        match act {
            Act::Activate if stack.last() != Some(version) => stack.push(*version),
            Act::RollBack => {
                while stack.last().is_some_and(|last| last != version) {
                    stack.pop();
                }
                if stack.is_empty() {
                    stack.push(*version);
                }
            }
            _ => {}
        }
    }
    stack
}
