//! The outbox of mails, and what takes mails from there.

use std::time::Duration;

use galleria::mail::{LogMail, SmtpMail};
use galleria_app::mail::{
    self, MailError, MailFilter, MailTransport, NewMail, OutgoingMail, SeenMail,
};
use galleria_app::{AppError, Caller, customers, unit};
use galleria_domain::{
    Actor, CustomerDraft, CustomerId, MailId, PageRequest, Permission, Rights, StaffPermission,
};
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use galleria_tests::logs::Logs;
use galleria_tests::postbox::Postbox;
use galleria_tests::shop::TestShop;
use galleria_tests::smtp::SmtpSink;
use serde_json::json;

const ADA: &str = "ada@example.com";

fn outgoing(text: &str) -> OutgoingMail {
    OutgoingMail {
        id: MailId::generate(),
        from_name: "Galerie".to_owned(),
        from: "no-reply@galerie.example".to_owned(),
        to: ADA.to_owned(),
        subject: "Hello".to_owned(),
        text: text.to_owned(),
        html: None,
    }
}

async fn queue(shop: &TestShop, subject: &str) -> MailId {
    let new = NewMail {
        to: ADA.parse().unwrap(),
        customer: None,
        subject: subject.to_owned(),
        text: "text".to_owned(),
        html: None,
        template: "test".to_owned(),
    };
    let owner = shop.owner();
    unit!(shop.app.write(&owner), work => mail::queue(work, new.clone()).await).unwrap()
}

async fn list(shop: &TestShop, caller: &Caller) -> Result<Vec<SeenMail>, AppError> {
    let page = unit!(shop.app.read(caller), work => {
        mail::list(work, &MailFilter::default(), &PageRequest::first(50)).await
    })?;
    Ok(page.items)
}

async fn customer(shop: &TestShop, email: Option<&str>) -> CustomerId {
    let owner = shop.owner();
    let draft = CustomerDraft { email: email.map(str::to_owned), ..CustomerDraft::default() };
    let made = unit!(shop.app.write(&owner), work => customers::create(work, draft.clone()).await);
    made.unwrap().customer.id
}

/// A plugin by itself, which may send mails.
fn plugin(shop: &TestShop) -> Caller {
    let id: galleria_domain::PluginId = "newsletter".parse().unwrap();
    let rights = Rights::only([StaffPermission::Host(Permission::MailSend)]);
    let caller = shop.caller(Actor::Plugin(id.clone()), rights);
    Caller { plugin: Some(id), ..caller }
}

#[tokio::test]
async fn a_mail_is_handed_over_by_smtp() {
    let sink = SmtpSink::start().await;
    let server: SmtpMail = sink.url.parse().unwrap();
    server.send(&outgoing("first line\n.\n.hidden\nlast line\n")).await.unwrap();
    let heard = sink.heard();
    let at = |start: &str| heard.iter().position(|line| line.starts_with(start)).unwrap();
    assert!(at("EHLO ") < at("MAIL FROM:<no-reply@galerie.example>"));
    assert!(at("MAIL FROM:") < at("RCPT TO:<ada@example.com>"));
    assert!(at("RCPT TO:") < at("DATA"));
    assert!(at("DATA") < at("Subject: Hello"));
    assert!(heard.iter().any(|line| line == "From: Galerie <no-reply@galerie.example>"));
    // What begins with a dot has one more on the way, so that no text ends the mail.
    assert!(at("first line") < at("..hidden"), "{heard:?}");
    assert_eq!(heard.iter().filter(|line| *line == ".").count(), 1);
}

#[tokio::test]
async fn a_server_says_whether_it_makes_sense_to_try_again() {
    let sink = SmtpSink::start().await;
    let server: SmtpMail = sink.url.parse().unwrap();
    sink.answer_recipients("550 no such mailbox");
    assert!(matches!(server.send(&outgoing("x")).await, Err(MailError::Permanent(_))));
    sink.answer_recipients("451 later");
    assert!(matches!(server.send(&outgoing("x")).await, Err(MailError::Passing(_))));
    drop(sink);
    let nobody: SmtpMail = "smtp://127.0.0.1:1".parse().unwrap();
    assert!(matches!(nobody.send(&outgoing("x")).await, Err(MailError::Passing(_))));
}

#[tokio::test]
async fn a_mail_goes_from_the_outbox_to_the_server() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let sink = SmtpSink::start().await;
        let server: SmtpMail = sink.url.parse().unwrap();
        queue(&shop, "Good news").await;
        let host = Caller::system(shop.store.clone());
        assert!(mail::send_next(&shop.app, &host, &server).await.unwrap());
        assert!(!mail::send_next(&shop.app, &host, &server).await.unwrap());
        assert!(sink.heard().iter().any(|line| line == "Subject: Good news"));
        let seen = list(&shop, &shop.owner()).await.unwrap();
        assert_eq!((seen[0].state.as_str(), seen[0].sent_at), ("sent", Some(shop.app.now())));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_taken_is_tried_ten_times_ever_later() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        queue(&shop, "Hello").await;
        postbox.refuse(Some(MailError::Passing(format!("451 {ADA}: later\r\nnow"))));
        let mut waits = Vec::new();
        loop {
            assert_eq!(postbox.empty(&shop.app, &shop.store).await, 1);
            let seen = list(&shop, &shop.owner()).await.unwrap().remove(0);
            assert_eq!(seen.last_error.as_deref(), Some("451 the recipient: later  now"));
            let Some(next_at) = seen.next_at else {
                assert_eq!((seen.state.as_str(), seen.attempts), ("failed", 10));
                break;
            };
            let wait = next_at.since(shop.app.now());
            waits.push(wait.as_secs());
            shop.clock.advance(wait);
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]);
        // A server that comes back gets what is still to be sent; what will never be taken isn't
        // tried again.
        queue(&shop, "Second").await;
        assert_eq!(postbox.empty(&shop.app, &shop.store).await, 1);
        postbox.refuse(None);
        shop.clock.advance(Duration::from_secs(10));
        assert_eq!(postbox.empty(&shop.app, &shop.store).await, 1);
        assert_eq!(postbox.take()[0].subject, "Second");
        queue(&shop, "Third").await;
        postbox.refuse(Some(MailError::Permanent("550 no".to_owned())));
        assert_eq!(postbox.empty(&shop.app, &shop.store).await, 1);
        assert_eq!(list(&shop, &shop.owner()).await.unwrap()[0].state, "failed");
    })
    .await;
}

#[tokio::test]
async fn hosts_that_race_send_each_mail_once() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        for at in 0..12 {
            queue(&shop, &format!("{at}")).await;
        }
        let postbox = Postbox::default();
        let hosts = (0..4).map(|_| {
            let (shop, postbox) = (shop.clone(), postbox.clone());
            tokio::spawn(async move { postbox.empty(&shop.app, &shop.store).await })
        });
        for host in hosts.collect::<Vec<_>>() {
            host.await.unwrap();
        }
        let mut subjects: Vec<_> = postbox.take().into_iter().map(|mail| mail.subject).collect();
        assert_eq!(subjects.len(), 12);
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), 12);
    })
    .await;
}

#[tokio::test]
async fn a_mail_whose_sender_went_away_is_sent_by_another() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        queue(&shop, "Hello").await;
        // As a host leaves it that took the mail and was gone.
        let until = shop.app.now().plus(Duration::from_mins(3)).as_micros();
        database.tamper(&format!("UPDATE mails SET attempts = 1, next_at = {until}")).await;
        assert_eq!(postbox.empty(&shop.app, &shop.store).await, 0);
        shop.clock.advance(Duration::from_mins(3));
        assert_eq!(postbox.empty(&shop.app, &shop.store).await, 1);
        assert_eq!(postbox.take().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_is_undone_sends_nothing() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        let owner = shop.owner();
        let undone: Result<(), AppError> = unit!(shop.app.write(&owner), work => {
            let new = NewMail {
                to: ADA.parse().map_err(|_| AppError::NotFound("email"))?,
                customer: None,
                subject: "Never".to_owned(),
                text: "text".to_owned(),
                html: None,
                template: "test".to_owned(),
            };
            mail::queue(work, new).await?;
            Err(AppError::NotFound("reason"))
        });
        assert!(undone.is_err());
        assert_eq!(postbox.empty(&shop.app, &shop.store).await, 0);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_see_who_customers_are_sees_no_addresses_of_mails() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        queue(&shop, "Hello").await;
        let (_, clerk) = shop.hire("clerk@example.com", &[Permission::MailRead]).await;
        assert_eq!(list(&shop, &clerk).await.unwrap()[0].to, "a***@e***");
        let both = [Permission::MailRead, Permission::CustomersReadPii];
        let (_, chief) = shop.hire("chief@example.com", &both).await;
        assert_eq!(list(&shop, &chief).await.unwrap()[0].to, ADA);
        let (_, other) = shop.hire("other@example.com", &[Permission::CustomersRead]).await;
        assert!(matches!(list(&shop, &other).await, Err(AppError::PermissionDenied(_))));
    })
    .await;
}

#[tokio::test]
async fn a_plugin_writes_to_customers_without_knowing_their_address_and_not_too_often() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        let (ada, nobody) = (customer(&shop, Some(ADA)).await, customer(&shop, None).await);
        let caller = plugin(&shop);
        let send = async |to: &CustomerId, subject: &str| {
            unit!(shop.app.write(&caller), work => {
                mail::send_to_customer(work, to, subject, "Hello Ada").await
            })
        };
        for _ in 0..20 {
            send(&ada, "News").await.unwrap();
        }
        let more = send(&ada, "News").await;
        assert!(matches!(more, Err(AppError::Quota { which: "mails", allowed: 20 })));
        assert_eq!(postbox.empty(&shop.app, &shop.store).await, 20);
        assert!(postbox.take().iter().all(|mail| mail.to == ADA && mail.text == "Hello Ada"));
        shop.clock.advance(Duration::from_hours(24));
        send(&ada, "News").await.unwrap();
        let refused = send(&nobody, "News").await;
        assert!(matches!(refused, Err(AppError::Conflict { kind: "no-mail", .. })));
        let unknown = send(&CustomerId::generate(), "News").await;
        assert!(matches!(unknown, Err(AppError::NotFound(_))));
        let forged = send(&ada, "News\r\nBcc: x@example.com").await;
        assert!(matches!(forged, Err(AppError::Invalid(_))));
        // Nobody but a plugin does so, and not one that wasn't allowed to.
        let owner = shop.owner();
        let person = unit!(shop.app.write(&owner), work => {
            mail::send_to_customer(work, &ada, "News", "text").await
        });
        assert!(matches!(person, Err(AppError::PermissionDenied(_))));
        let denied = Caller { rights: Rights::nothing().into(), ..plugin(&shop) };
        let denied = unit!(shop.app.write(&denied), work => {
            mail::send_to_customer(work, &ada, "News", "text").await
        });
        assert!(matches!(denied, Err(AppError::PermissionDenied(_))));
    })
    .await;
}

#[tokio::test]
async fn the_log_says_no_more_of_a_mail_than_its_subject() {
    let logs = Logs::listen();
    let mail = OutgoingMail { subject: "A subject to find".to_owned(), ..outgoing("the secret") };
    LogMail.send(&mail).await.unwrap();
    let lines = logs.lines(&["A subject to find"]);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("a***@e***"));
    assert!(!lines[0].contains("the secret") && !lines[0].contains(ADA));
}

#[tokio::test]
async fn mails_are_listed_over_http_without_what_they_say() {
    on_both(|database| async move {
        let host = TestHost::start(&database).await;
        let account = json!({ "email": ADA, "password": "nine green bottles" });
        assert_eq!(host.post_as_nobody("/store/v1/customers", &account).await.status, 201);
        let listed = host.get("/admin/v1/mails?template=verify-email").await;
        let item = &listed.json()["items"][0];
        assert_eq!(item["to"], ADA, "{}", listed.text());
        assert!(item.get("text").is_none() && !listed.text().contains("Welcome"));
        assert_eq!(host.get("/admin/v1/mails?template=other").await.json()["items"], json!([]));
        assert_eq!(host.get("/admin/v1/mails?state=lost").await.status, 422);
        assert_eq!(host.visit(http::Method::GET, "/admin/v1/mails").await.status, 401);
    })
    .await;
}
