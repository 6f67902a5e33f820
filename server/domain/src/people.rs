//! People, roles and the one place that says who may do what.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entry::{EntryState, named_enum};
use crate::problem::{Problem, ProblemKind};
use crate::registry::{Act, Approval};

/// A person's id (UUIDv7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct UserId(pub Uuid);

/// What a person may do; each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads what is published.
    Reader,
    /// Writes entries and hands them in for review.
    Author,
    /// Publishes and archives.
    Reviewer,
    /// People, roles, settings, audit log.
    Administrator,
}

impl Role {
    /// All roles, weakest first.
    pub const ALL: [Role; 4] = [Role::Reader, Role::Author, Role::Reviewer, Role::Administrator];

    /// The name in the database, the API and forms.
    pub fn code(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Author => "author",
            Role::Reviewer => "reviewer",
            Role::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Role::ALL.into_iter().find(|role| role.code() == text).ok_or(())
    }
}

/// How certain it is that the person sits there themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Assurance {
    /// They gave their password a moment ago, or have none yet; or a program asks with its token.
    #[default]
    Fresh,
    /// Their session is older than [`CONFIRMATION`].
    Stale,
}

/// For so long after the password was given it is not asked for again. (GitHub and GitLab have hours; OWASP ASVS 4.0.3, 3.7.1 asks for it at all.)
pub const CONFIRMATION: time::Duration = time::Duration::minutes(15);

/// Who asks. Every use case takes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The person; none for an anonymous reader.
    pub user: Option<User>,
    /// Whether anonymous people may read (a setting, on by default).
    pub anonymous_reading: bool,
    /// The API token that the request came with.
    pub token: Option<TokenGrant>,
    /// What the browser of somebody who is not signed in keeps, after the program had signed it: whom it stands for as a shopper.
    pub visitor: Option<Uuid>,
    /// How certain it is that it is them.
    pub assurance: Assurance,
    /// Their role needs a second factor and they have none: until they have, they may do what a reader may.
    pub second_factor_missing: bool,
}

/// A token as an actor carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenGrant {
    /// The token's id.
    pub id: Uuid,
    /// What it may do beyond what its person may.
    pub scopes: Vec<Scope>,
}

named_enum! {
    /// A right of a token beyond those of its person.
    Scope {
        /// Send events of any shopper.
        Events = "events",
    }
}

impl Actor {
    /// Somebody who is not signed in.
    pub fn anonymous(anonymous_reading: bool) -> Self {
        Actor {
            user: None,
            anonymous_reading,
            token: None,
            visitor: None,
            assurance: Assurance::Fresh,
            second_factor_missing: false,
        }
    }

    /// Somebody who is signed in, or whose program is.
    pub fn person(user: User, anonymous_reading: bool) -> Self {
        Actor { user: Some(user), ..Actor::anonymous(anonymous_reading) }
    }

    /// The person's id.
    pub fn user_id(&self) -> Option<UserId> {
        self.user.as_ref().map(|user| user.id)
    }

    /// The role that counts now; anonymous people have none.
    pub fn role(&self) -> Option<Role> {
        let role = self.user.as_ref()?.role;
        Some(if self.second_factor_missing { Role::Reader } else { role })
    }

    /// Whether the role is at least `role`.
    pub fn is(&self, role: Role) -> bool {
        self.role().is_some_and(|own| own >= role)
    }

    /// `Ok` when the actor may; `Unauthenticated` or `Forbidden` otherwise.
    pub fn may(&self, action: Action) -> Result<(), Problem> {
        if action == Action::Read && self.anonymous_reading {
            return Ok(());
        }
        match self.role() {
            None => Err(Problem::new(ProblemKind::Unauthenticated)),
            Some(role) if role >= action.needs() => Ok(()),
            Some(_) if self.second_factor_missing => Err(self.without_second_factor()),
            Some(_) => Err(Problem::new(ProblemKind::Forbidden)),
        }
    }

    fn without_second_factor(&self) -> Problem {
        let problem = Problem::refused(
            "second_factor",
            "你的角色必须使用两步验证，请先在设置中开启",
            "your role needs a second factor; set it up in the settings first",
        );
        Problem { kind: ProblemKind::Forbidden, ..problem }
    }

    /// The same for what gives somebody power (people, roles, tokens, approvals): a session that was left open has to give the password again.
    pub fn may_confirmed(&self, action: Action) -> Result<(), Problem> {
        self.may(action)?;
        self.confirmed()
    }

    /// `Unconfirmed` where the password has to be given again first.
    pub fn confirmed(&self) -> Result<(), Problem> {
        if self.second_factor_missing {
            return Err(self.without_second_factor());
        }
        self.password_is_fresh()
    }

    /// The same for setting up what is missing.
    pub fn password_is_fresh(&self) -> Result<(), Problem> {
        match self.assurance {
            Assurance::Fresh => Ok(()),
            Assurance::Stale => Err(Problem::new(ProblemKind::Unconfirmed)),
        }
    }

    /// Whether the actor may send events of any shopper: with a token that has the scope for it. Answers with the token.
    pub fn may_send_events(&self) -> Result<Uuid, Problem> {
        let granted = self.token.as_ref().filter(|token| token.scopes.contains(&Scope::Events));
        let token = granted.ok_or_else(|| match self.user {
            None => Problem::new(ProblemKind::Unauthenticated),
            Some(_) => Problem {
                kind: ProblemKind::Forbidden,
                ..Problem::refused(
                    "authorization",
                    "替其他购物者发送行为，需要带有 events 权限的接口令牌",
                    "sending events of other shoppers needs an API token with the scope events",
                )
            },
        })?;
        self.may(Action::SendEvents)?;
        Ok(token.id)
    }

    /// Whether the actor may read what single shoppers did: everybody in a simulated shop, reviewers elsewhere. Shoppers who stand for people of this
    /// installation are another matter: see the use cases.
    pub fn may_see_shoppers(&self, simulated: bool) -> Result<(), Problem> {
        self.may(if simulated { Action::Read } else { Action::SeeShoppers })
    }

    /// Whether the actor may stop a job or have it tried again: whoever started it, and administrators.
    pub fn may_control_job(&self, by: Option<UserId>) -> Result<(), Problem> {
        let own = by.is_some() && by == self.user_id();
        self.may(if own { Action::RunJobs } else { Action::Administer })
    }

    /// Whether an entry in `state` that `author` began is visible: published and archived ones to every reader, the rest to
    /// their author and to reviewers.
    pub fn sees(&self, state: EntryState, author: Option<UserId>) -> bool {
        match state {
            EntryState::Published | EntryState::Archived => self.may(Action::Read).is_ok(),
            EntryState::Draft | EntryState::InReview => {
                self.is(Role::Reviewer) || (author.is_some() && author == self.user_id())
            }
        }
    }

    /// Whether what the actor saves of an entry in `state` is its new revision at once; otherwise it is a proposal, which waits for a reviewer.
    pub fn publishes_by_saving(&self, state: EntryState) -> bool {
        state != EntryState::Published || self.may(Action::Publish).is_ok()
    }

    /// Whether a proposal of `author` is visible: to its author and to reviewers.
    pub fn sees_proposal(&self, author: UserId) -> bool {
        self.is(Role::Reviewer) || self.user_id() == Some(author)
    }

    /// Whether the actor may take back a proposal of `author`: only their own.
    pub fn may_withdraw(&self, author: UserId) -> Result<(), Problem> {
        self.may(Action::Write)?;
        if self.user_id() == Some(author) { Ok(()) } else { Err(Problem::new(ProblemKind::Forbidden)) }
    }

    /// Whether a version of a model is visible: approved ones to every reader, the rest to authors.
    pub fn sees_version(&self, approval: Approval) -> bool {
        match approval {
            Approval::Approved => self.may(Action::Read).is_ok(),
            _ => self.is(Role::Author),
        }
    }

    /// Whether the actor may change or delete what `author` began in tracking (a run, an experiment, a logged model, their files and tags): its author, and
    /// whoever publishes. What the program itself began is nobody's.
    pub fn may_change(&self, author: Option<UserId>) -> Result<(), Problem> {
        let own = author.is_some() && author == self.user_id();
        self.may(if own { Action::Write } else { Action::Publish })
    }

    /// Whether the actor may read a file of a run or a logged model. Everybody reads what is shown with a run (pictures, tables, texts) and the files of
    /// approved versions; weights, models and the files of versions that are not approved are for authors, as these versions are.
    pub fn may_read_artifact(&self, is_open: bool) -> Result<(), Problem> {
        self.may(if is_open { Action::Read } else { Action::Write })
    }

    /// Whether the actor may do something with a version of a model that `author` made. Nobody approves or rejects their own.
    pub fn may_act(&self, act: Act, author: Option<UserId>) -> Result<(), Problem> {
        match act {
            Act::Request => self.may(Action::Write),
            Act::Withdraw if author.is_some() && author == self.user_id() => self.may(Action::Write),
            Act::Approve | Act::Reject => {
                self.may(Action::Publish)?;
                if author.is_some() && author == self.user_id() {
                    return Err(Problem {
                        kind: ProblemKind::Forbidden,
                        ..Problem::refused(
                            "reviewer",
                            "不能审批自己的版本",
                            "nobody approves or rejects a version of their own",
                        )
                    });
                }
                Ok(())
            }
            Act::Check | Act::Alias | Act::Unalias | Act::Stage => self.may(Action::Write),
            Act::Withdraw | Act::Activate | Act::RollBack => self.may(Action::Publish),
        }
    }

    /// The same, with the password given again for what decides about a version.
    pub fn may_act_confirmed(&self, act: Act, author: Option<UserId>) -> Result<(), Problem> {
        self.may_act(act, author)?;
        match act {
            Act::Request | Act::Check | Act::Alias | Act::Unalias | Act::Stage => Ok(()),
            Act::Approve | Act::Reject | Act::Withdraw | Act::Activate | Act::RollBack => self.confirmed(),
        }
    }

    /// Whether the actor may move an entry from one state to another.
    pub fn may_move(&self, from: EntryState, to: EntryState) -> Result<(), Problem> {
        use EntryState::{Archived, Draft, InReview, Published};
        match (from, to) {
            (Draft, InReview) | (InReview, Draft) => self.may(Action::Write),
            (Draft | InReview, Published) | (Published, Draft | Archived) | (Archived, Published | Draft) => {
                self.may(Action::Publish)
            }
            (Draft | InReview, Archived) => self.may(Action::Publish),
            (a, b) if a == b => self.may(Action::Write),
            _ => Err(Problem::new(ProblemKind::Forbidden)),
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Read what is published, search, render, encode.
    Read,
    /// Have API tokens and a password of one's own.
    OwnAccount,
    /// Have the encoder read texts of one's own at length.
    Encode,
    /// Have a token that sends events of any shopper, and send them with it.
    SendEvents,
    /// Read what single shoppers did in a shop that is not simulated.
    SeeShoppers,
    /// Grade search results.
    Judge,
    /// See jobs; start those that train, evaluate and check.
    RunJobs,
    /// Create and edit entries.
    Write,
    /// Publish and archive entries.
    Publish,
    /// People, roles, settings, audit log, reindex.
    Administer,
}

impl Action {
    fn needs(self) -> Role {
        match self {
            Action::Read | Action::OwnAccount | Action::Encode => Role::Reader,
            Action::SendEvents | Action::Judge | Action::RunJobs | Action::Write => Role::Author,
            Action::SeeShoppers | Action::Publish => Role::Reviewer,
            Action::Administer => Role::Administrator,
        }
    }
}

/// A person. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Sign-in name, unique, `[a-z0-9._-]`.
    pub name: String,
    /// The name shown.
    pub display_name: String,
    /// What the person may do.
    pub role: Role,
    /// A disabled person cannot sign in.
    pub disabled: bool,
    /// When the account was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A personal API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    /// Id.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// The first characters, to recognise it by.
    pub prefix: String,
    /// What it may do beyond what its person may.
    pub scopes: Vec<Scope>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
    /// When it ends.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRecord {
    /// Number, rising.
    pub id: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Sign-in name of who did it; none for the command line and the system.
    pub actor: Option<String>,
    /// What, e.g. `entry.publish`.
    pub action: String,
    /// To what, e.g. `article/softmax-click-model`.
    pub subject: String,
    /// More, never a secret.
    pub detail: serde_json::Value,
}

/// Limits of people's fields, in characters.
pub mod limits {
    /// Sign-in name.
    pub const NAME: usize = 64;
    /// Shown name.
    pub const DISPLAY_NAME: usize = 100;
    /// Shortest password (NIST SP 800-63B-4, 3.1.1.2: 15 where it is the only factor; we ask for 12 and have rate limits).
    pub const PASSWORD_MIN: usize = 12;
    /// Longest password: bounds the hashing work.
    pub const PASSWORD_MAX: usize = 256;
    /// Name of an API token.
    pub const TOKEN_NAME: usize = 100;
}
