//! Approval: asked for, checked by the program, decided by a reviewer who is not the author, taken back.

use alluvium_domain::problem::Check;
use alluvium_domain::registry::{
    Act, Approval, CHAMPION, CheckReport, Decision, ModelVersion, RegisteredModel, Stage, limits,
};
use alluvium_domain::{Actor, Problem};
use alluvium_store::{
    Connection, StoreError, alias_delete_all_in_txn, alias_delete_in_txn, alias_set_in_txn, audit_add_in_txn,
    decision_add_in_txn, decision_list_on_conn, version_approval_set_in_txn, version_lock_in_txn,
    version_stage_archive_in_txn,
};
use serde_json::json;

use super::serving::{before, held};
use super::{By, version_subject};
use crate::Services;
use crate::error::internal;

/// An act that cannot follow the state of a version.
pub(super) fn out_of_turn(from: Approval, act: Act) -> Problem {
    Problem::conflict(
        "version",
        format!("状态为“{}”的版本不能执行“{}”", from.code(), act.code()),
        format!("a version that is {} does not take {}", from.code(), act.code()),
    )
}

/// What the walls of the database say, for a person.
pub(super) fn walled(error: StoreError) -> Problem {
    match error {
        StoreError::Refused { constraint } if constraint == "model_alias_approved" => {
            Problem::conflict("version", "未经批准的版本不能服务", "a version that is not approved cannot serve")
        }
        StoreError::Refused { constraint } if constraint == "model_version_serves" => Problem::conflict(
            "version",
            "期间有别名指向该版本，请重试",
            "an alias was pointed to it in the meantime: try again",
        ),
        StoreError::Taken { .. } => Problem::conflict(
            "alias",
            "已有拼写相近的别名（大小写或全角不同）",
            "there is an alias that differs only in how it is spelled",
        ),
        error => internal(error),
    }
}

/// That an alias or a stage does not come to a version, for a person.
pub(super) fn unapproved(field: &'static str, what: &str, version: &ModelVersion, approval: Approval) -> Problem {
    let (number, code) = (version.number, approval.code());
    Problem::conflict(
        field,
        format!("“{what}”只能指向已批准的版本；版本 {number} 的状态为“{code}”"),
        format!("{what} names approved versions only; version {number} is {code}"),
    )
}

/// The report of the checks that ran since approval was last asked for.
fn last_report(decisions: &[Decision]) -> Option<&CheckReport> {
    let asked = decisions.iter().rposition(|decision| decision.act == Act::Request)?;
    decisions[asked..].iter().rev().find_map(|decision| decision.report.as_ref())
}

impl Services {
    /// Does something with a version: `Request` (which runs the automatic checks), `Approve`, `Reject`, `Withdraw` or `Activate`.
    pub async fn version_act(
        &self,
        actor: &Actor,
        name: &str,
        number: i32,
        act: Act,
        reason: &str,
    ) -> Result<ModelVersion, Problem> {
        let version = self.version_get(actor, name, number).await?;
        let by = By::Person(actor);
        by.may(act, version.author_id)?;
        match act {
            Act::Activate => {
                let model = self.model_get(actor, name).await?;
                self.version_activate(by, &model, &version, reason).await?;
            }
            Act::Request | Act::Approve | Act::Reject | Act::Withdraw => {
                self.version_decide(by, &version, act, reason).await?;
            }
            Act::Check | Act::RollBack | Act::Alias | Act::Unalias | Act::Stage => {
                return Err(out_of_turn(version.approval, act));
            }
        }
        self.version_get(actor, name, number).await
    }

    /// One step of approval, in one transaction with its line in the decisions and in the audit log.
    pub(crate) async fn version_decide(
        &self,
        by: By<'_>,
        version: &ModelVersion,
        act: Act,
        reason: &str,
    ) -> Result<(), Problem> {
        let mut check = Check::default();
        let least = usize::from(act == Act::Reject);
        let reason = check.text("reason", reason, least, limits::REASON);
        check.finish()?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let model = match act {
            // The model's row first, as everybody takes it who moves an alias.
            Act::Withdraw => Some(held(&mut txn, version.model).await?.0),
            _ => None,
        };
        let (approval, author) =
            version_lock_in_txn(&mut txn, version.id).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
        by.may(act, author)?;
        let next = approval.after(act).ok_or_else(|| out_of_turn(approval, act))?;
        let decisions = decision_list_on_conn(&mut txn, version.model, Some(version.id)).await.map_err(internal)?;
        if act == Act::Approve {
            approvable(&decisions)?;
        }
        let left = match model {
            Some(model) => champion_leave(&mut txn, by, version, model).await?,
            None => None,
        };
        if approval == Approval::Approved && next != Approval::Approved {
            names_leave(&mut txn, by, version).await?;
        }
        version_approval_set_in_txn(&mut txn, version.id, next).await.map_err(walled)?;
        decision_add_in_txn(&mut txn, version.id, act, by.person(), &reason, None).await.map_err(internal)?;
        // The audit log last: whoever writes a line holds everybody else's up until the commit.
        if let Some(Left { taken_over: Some((other, reason)), .. }) = &left {
            noted(&mut txn, by, Act::RollBack, other, reason).await?;
        }
        noted(&mut txn, by, act, version, &reason).await?;
        txn.commit().await.map_err(internal)?;
        if act == Act::Request {
            self.version_checked(by, version).await?;
        }
        if let Some(Left { place: Some(place), .. }) = left {
            self.champion_moved(&place).await;
        }
        Ok(())
    }

    /// Runs the automatic checks and records what they found.
    async fn version_checked(&self, by: By<'_>, version: &ModelVersion) -> Result<(), Problem> {
        let report = self.version_checks(version).await?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let (approval, _) =
            version_lock_in_txn(&mut txn, version.id).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
        if approval.after(Act::Check).is_none() {
            // Decided meanwhile: what was found then no longer matters.
            return Ok(());
        }
        decision_add_in_txn(&mut txn, version.id, Act::Check, None, "", Some(&report)).await.map_err(internal)?;
        let failed: Vec<&str> =
            report.checks.iter().filter(|check| !check.passed).map(|check| check.name.as_str()).collect();
        let detail = json!({ "passed": report.passed(), "failed": failed });
        audit_add_in_txn(&mut txn, by.person(), "model.check", &version_subject(version), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }
}

/// Takes a version that is to be withdrawn off its place: the champion before it serves again, or nothing does. None where it is no champion.
async fn champion_leave(
    txn: &mut Connection,
    by: By<'_>,
    version: &ModelVersion,
    model: RegisteredModel,
) -> Result<Option<Left>, Problem> {
    if model.aliases.get(CHAMPION) != Some(&version.number) {
        return Ok(None);
    }
    let taken_over = match before(txn, version.model, Some(version.id)).await? {
        Some(other) if model.serves.is_some() => {
            alias_set_in_txn(txn, version.model, CHAMPION, other.id, by.person()).await.map_err(walled)?;
            let reason = format!("version {} was withdrawn", version.number);
            decision_add_in_txn(txn, other.id, Act::RollBack, by.person(), &reason, None).await.map_err(internal)?;
            Some((other, reason))
        }
        _ => {
            alias_delete_in_txn(txn, version.model, CHAMPION).await.map_err(internal)?;
            None
        }
    };
    Ok(Some(Left { place: model.serves, taken_over }))
}

/// Takes every alias off a version that is approved no more, and the stages that only approved ones have.
async fn names_leave(txn: &mut Connection, by: By<'_>, version: &ModelVersion) -> Result<(), Problem> {
    for alias in alias_delete_all_in_txn(txn, version.id).await.map_err(internal)? {
        decision_add_in_txn(txn, version.id, Act::Unalias, by.person(), &alias, None).await.map_err(internal)?;
    }
    if version_stage_archive_in_txn(txn, version.id).await.map_err(internal)? {
        let stage = Stage::Archived.code();
        decision_add_in_txn(txn, version.id, Act::Stage, by.person(), stage, None).await.map_err(internal)?;
    }
    Ok(())
}

/// What became of a place whose champion left it.
struct Left {
    /// The place, where it served one.
    place: Option<String>,
    /// The version that serves again, and why.
    taken_over: Option<(ModelVersion, String)>,
}

/// The line of the audit log about an act.
pub(super) async fn noted(
    txn: &mut Connection,
    by: By<'_>,
    act: Act,
    version: &ModelVersion,
    reason: &str,
) -> Result<(), Problem> {
    let (action, subject) = (format!("model.{}", act.code()), version_subject(version));
    audit_add_in_txn(txn, by.person(), &action, &subject, json!({ "reason": reason })).await.map_err(internal)
}

/// Whether the checks that must pass did, since approval was last asked for.
fn approvable(decisions: &[Decision]) -> Result<(), Problem> {
    match last_report(decisions) {
        Some(report) if report.passed() => Ok(()),
        Some(report) => {
            let failed: Vec<&str> = report
                .checks
                .iter()
                .filter(|check| check.required && !check.passed)
                .map(|check| check.name.as_str())
                .collect();
            let failed = failed.join(", ");
            Err(Problem::conflict(
                "version",
                format!("自动检查未通过：{failed}"),
                format!("automatic checks failed: {failed}"),
            ))
        }
        None => Err(Problem::conflict(
            "version",
            "自动检查还没有完成；请重新申请",
            "the automatic checks have not run to their end; ask for approval again",
        )),
    }
}
