//! The chain of the audit log.

use alluvium_domain::Role;

use crate::harness::App;

#[tokio::test]
async fn a_changed_line_of_the_audit_log_shows() {
    let app = App::start().await;
    for name in ["ann", "bob", "cleo"] {
        app.person(name, Role::Author).await;
    }
    let whole = app.services.audit_verify(None).await.unwrap();
    assert!(whole.broken.is_none() && whole.lines >= 3, "{whole:?}");
    assert_eq!(app.services.audit_verify(Some(&whole.last)).await.unwrap().holds, Some(true));
    app.execute("update audit set action = 'x'").await.expect_err("append-only");
    app.execute("delete from audit").await.expect_err("append-only");
    app.execute("truncate audit").await.expect_err("append-only");
    // Many at once follow each other all the same.
    let add = |n: usize| {
        format!("insert into audit (action, subject) select 'test', 'row ' || i from generate_series(1, {n}) i")
    };
    let statement = add(20);
    let many: Vec<_> = (0..8).map(|_| app.execute(&statement)).collect();
    for done in futures_join(many).await {
        done.unwrap();
    }
    let more = app.services.audit_verify(Some(&whole.last)).await.unwrap();
    assert_eq!((more.lines, more.broken, more.holds), (whole.lines + 160, None, Some(true)));
    // Somebody who may do everything with the database still leaves a trace.
    let by_force = |statement: &str| {
        format!("alter table audit disable trigger all; {statement}; alter table audit enable trigger all")
    };
    let third = "(select id from audit order by id offset 2 limit 1)";
    app.execute(&by_force(&format!("update audit set subject = 'person/other' where id = {third}"))).await.unwrap();
    let (line, what) = app.services.audit_verify(None).await.unwrap().broken.unwrap();
    assert!(line == 3 && what.contains("changed"), "{line}: {what}");
    app.execute(&by_force(&format!("delete from audit where id = {third}"))).await.unwrap();
    let (line, what) = app.services.audit_verify(None).await.unwrap().broken.unwrap();
    assert!(line == 4 && what.contains("gone"), "{line}: {what}");
    app.execute(&by_force(&format!("delete from audit where id > {}", whole.lines))).await.unwrap();
    assert_eq!(app.services.audit_verify(Some(&more.last)).await.unwrap().holds, Some(false));
    app.stop().await;
}

async fn futures_join<F: std::future::Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut done = Vec::new();
    // Polled together: each begins before the first ends.
    let mut set: Vec<_> = all.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        set.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if set.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}
