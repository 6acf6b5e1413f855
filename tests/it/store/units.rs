//! Units of work: all of it, or nothing.

use std::sync::Arc;
use std::time::Duration;

use galleria_app::{App, AppError, Caller, SystemClock, unit};
use galleria_domain::{Store, StoreChange, StoreId};
use galleria_storage::{Connections, Database, DatabaseUrl, Mode, StorageError, Unit, stores};
use galleria_tests::database::{
    TestDatabase, on_both, on_postgres, on_postgres_without_tables, on_sqlite,
};
use galleria_tests::shop::TestShop;
use tokio::sync::Barrier;

fn store(name: &str) -> Store {
    let draft = StoreChange {
        name: Some(name.to_owned()),
        default_currency: Some("EUR".to_owned()),
        ..StoreChange::default()
    };
    Store::create(&draft, StoreId::generate()).unwrap()
}

async fn insert(unit: &mut Unit, store: &Store) {
    stores::insert(unit, store, false, galleria_domain::Instant::EPOCH).await.unwrap();
}

async fn names(database: &Database) -> Vec<String> {
    let mut unit = database.unit(Mode::Read);
    let all = stores::list(&mut unit, 1_000).await.unwrap();
    let mut names: Vec<_> = all.into_iter().map(|store| store.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_a_unit_wrote_is_there_after_its_commit_and_not_before() {
    on_both(|test| async move {
        let database = test.open().await;
        let mut unit = database.unit(Mode::Write);
        insert(&mut unit, &store("one")).await;
        insert(&mut unit, &store("two")).await;
        assert_eq!(names(&database).await, [""; 0]);
        unit.commit().await.unwrap();
        assert_eq!(names(&database).await, ["one", "two"]);
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_is_dropped_or_undone_leaves_nothing_behind() {
    on_both(|test| async move {
        let database = test.open().await;
        let mut undone = database.unit(Mode::Write);
        insert(&mut undone, &store("undone")).await;
        undone.rollback().await.unwrap();
        let mut dropped = database.unit(Mode::Write);
        insert(&mut dropped, &store("dropped")).await;
        drop(dropped);
        let mut kept = database.unit(Mode::Write);
        insert(&mut kept, &store("kept")).await;
        kept.commit().await.unwrap();
        assert_eq!(names(&database).await, ["kept"]);
    })
    .await;
}

#[tokio::test]
async fn a_unit_whose_answer_is_an_error_leaves_nothing_behind() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let draft = StoreChange {
            name: Some("second".into()),
            default_currency: Some("EUR".into()),
            ..StoreChange::default()
        };
        let answer = unit!(shop.app.write(&owner), work => {
            galleria_app::stores::create(work, &draft).await?;
            Err::<(), _>(AppError::NotFound("store"))
        });
        assert!(matches!(answer, Err(AppError::NotFound("store"))));
        assert_eq!(names(shop.app.database()).await, ["Galerie"]);
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_only_reads_refuses_to_write() {
    on_both(|test| async move {
        let database = test.open().await;
        let mut unit = database.unit(Mode::Read);
        let now = galleria_domain::Instant::EPOCH;
        let refused = stores::insert(&mut unit, &store("x"), false, now).await;
        assert!(matches!(refused, Err(StorageError::ReadOnly)));
    })
    .await;
}

#[tokio::test]
async fn a_reading_unit_sees_one_moment_whatever_others_write() {
    on_both(|test| async move {
        let database = test.open().await;
        let mut reader = database.unit(Mode::Read);
        assert_eq!(stores::list(&mut reader, 9).await.unwrap().len(), 0);
        let mut writer = database.unit(Mode::Write);
        insert(&mut writer, &store("later")).await;
        writer.commit().await.unwrap();
        assert_eq!(stores::list(&mut reader, 9).await.unwrap().len(), 0);
        assert_eq!(names(&database).await, ["later"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_units_at_once_each_is_whole_or_not_there() {
    on_both(|test| async move {
        const UNITS: usize = 60;
        let database = test.open().await;
        let tasks: Vec<_> =
            (0..UNITS).map(|at| tokio::spawn(one_of_many(database.clone(), at))).collect();
        let mut expected = Vec::new();
        for (at, task) in tasks.into_iter().enumerate() {
            task.await.unwrap();
            if !at.is_multiple_of(3) {
                expected.extend([format!("{at:02} a"), format!("{at:02} b")]);
            }
        }
        assert_eq!(names(&database).await, expected);
    })
    .await;
}

/// Writes two rows; every third unit changes its mind.
async fn one_of_many(database: Database, at: usize) {
    loop {
        let mut unit = database.unit(Mode::Write);
        let now = galleria_domain::Instant::EPOCH;
        let mut write = Ok(());
        for half in ["a", "b"] {
            let store = store(&format!("{at:02} {half}"));
            write = write.and(stores::insert(&mut unit, &store, false, now).await);
            tokio::task::yield_now().await;
        }
        let ended = match write {
            Ok(()) if at.is_multiple_of(3) => unit.rollback().await,
            Ok(()) => unit.commit().await,
            Err(error) => Err(error),
        };
        match ended {
            Err(StorageError::Again(_)) => {}
            ended => return ended.unwrap(),
        }
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_opening_again() {
    on_both(|test| async move {
        let database = test.open().await;
        let mut unit = database.unit(Mode::Write);
        insert(&mut unit, &store("kept")).await;
        unit.commit().await.unwrap();
        database.close().await;
        drop(database);
        assert_eq!(names(&test.open().await).await, ["kept"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_rivals_the_second_is_run_again_and_sees_the_first() {
    on_postgres(|test| async move {
        let shop = TestShop::open(&test).await;
        let (owner, barrier) = (shop.owner(), Arc::new(Barrier::new(2)));
        let rivals = ["a", "b"].map(|name| {
            let (app, owner, barrier) = (shop.app.clone(), owner.clone(), Arc::clone(&barrier));
            tokio::spawn(rename_once_both_have_read(app, owner, barrier, name))
        });
        let mut runs = 0;
        for rival in rivals {
            runs += rival.await.unwrap();
        }
        let name = names(shop.app.database()).await.remove(0);
        assert!(["Galerie a b", "Galerie b a"].contains(&name.as_str()), "{name}");
        assert!(runs >= 3, "one of the two must have been run again");
    })
    .await;
}

/// Adds to the store's name; in the first run only after the rival has read it, too.
async fn rename_once_both_have_read(
    app: App,
    owner: Caller,
    barrier: Arc<Barrier>,
    name: &str,
) -> u32 {
    let mut runs = 0;
    unit!(app.write(&owner), work => {
        runs += 1;
        let before = galleria_app::stores::current(work).await?;
        if runs == 1 {
            barrier.wait().await;
        }
        let name = Some(format!("{} {name}", before.name));
        let change = StoreChange { name, ..StoreChange::default() };
        galleria_app::stores::update(work, &before.id, &change, None).await
    })
    .unwrap();
    runs
}

/// How long a rival that ought to be kept out is given to get in.
const RIVAL_GIVES_UP: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_unit_that_others_keep_getting_in_between_of_gets_through_in_the_end() {
    on_postgres(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let mut runs = 0;
        unit!(shop.app.write(&owner), work => {
            runs += 1;
            let before = galleria_app::stores::current(work).await?;
            // In every run a rival changes what this unit has read, unless it is kept out.
            let rival = rename(&shop.app, &owner, format!("Rival {runs}"));
            if let Ok(renamed) = tokio::time::timeout(RIVAL_GIVES_UP, rival).await {
                renamed?;
            }
            let name = Some(format!("{}, at last", before.name));
            let change = StoreChange { name, ..StoreChange::default() };
            galleria_app::stores::update(work, &before.id, &change, None).await
        })
        .unwrap();
        assert!(runs > 1, "the rivals got in between");
        let name = names(shop.app.database()).await.remove(0);
        assert_eq!(name, format!("Rival {}, at last", runs - 1));
    })
    .await;
}

async fn rename(app: &App, owner: &Caller, name: String) -> galleria_app::Result<()> {
    let change = StoreChange { name: Some(name), ..StoreChange::default() };
    unit!(app.write(owner), work => {
        let store = galleria_app::stores::current(work).await?;
        galleria_app::stores::update(work, &store.id, &change, None).await
    })
    .map(drop)
}

async fn open(test: &TestDatabase) -> Result<Database, StorageError> {
    Database::open(test.url(), Connections { max: 2 }).await
}

#[tokio::test]
async fn a_database_that_a_newer_program_has_migrated_is_refused() {
    on_both(|test| async move {
        test.open().await.close().await;
        test.tamper(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', true, '', 0)",
        )
        .await;
        assert!(matches!(open(&test).await, Err(StorageError::Newer(9999))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hosts_that_start_at_once_on_one_server_all_open_it() {
    on_postgres_without_tables(|test| async move {
        let opening: Vec<_> = (0..4)
            .map(|_| {
                let test = test.clone();
                tokio::spawn(async move { open(&test).await.map(drop) })
            })
            .collect();
        for opened in opening {
            opened.await.unwrap().unwrap();
        }
        assert_eq!(names(&open(&test).await.unwrap()).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_another_host_has_open_is_refused() {
    on_sqlite(|test| async move {
        let database = test.open().await;
        assert!(matches!(open(&test).await, Err(StorageError::Unusable(_))));
        database.close().await;
        drop(database);
        assert!(open(&test).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    on_sqlite(|test| async move {
        let DatabaseUrl::Sqlite(path) = test.url() else { panic!("it is a file") };
        std::fs::write(path, "this is no database, and long enough to be sure of it\n".repeat(99))
            .unwrap();
        assert!(open(&test).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_clock_of_a_unit_stands_still() {
    on_sqlite(|test| async move {
        let app = App::new(test.open().await, Arc::new(SystemClock));
        let work = app.read(&Caller::system(StoreId::generate()));
        let (before, app_before) = (work.now(), app.now());
        while app.now() == app_before {
            std::hint::spin_loop();
        }
        assert_eq!(work.now(), before);
    })
    .await;
}
