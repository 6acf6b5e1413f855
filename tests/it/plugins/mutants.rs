//! 100,000 files that were components once, offered to a host that has to stay up.

use std::panic::{AssertUnwindSafe, catch_unwind};

use galleria_runtime::{ChangeError, inspect};
use galleria_tests::database::on_sqlite;
use galleria_tests::guests::guests;
use galleria_tests::host::TestHost;
use galleria_tests::mutate::Mutator;
use galleria_tests::plugins::components;
use http::Method;

const MUTANTS: usize = 100_000;
/// Of those that look like plugins, so many are offered to be installed; each costs a process.
const CHILDREN_MAX: usize = 300;
const SEED: u64 = 0x6761_6c6c_6572_6961;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_mutants_do_not_bring_the_host_down() {
    on_sqlite(|test| async move {
        let host = TestHost::start(&test).await;
        let seeds = guests().into_iter().map(|guest| guest.component);
        let seeds = seeds.chain([components().hello.clone()]).collect();
        let mut mutator = Mutator::new(seeds, SEED);
        let (mut presentable, mut panics) = (Vec::new(), 0);
        for _ in 0..MUTANTS {
            let mutant = mutator.mutant();
            match catch_unwind(AssertUnwindSafe(|| inspect(&mutant).is_ok())) {
                Ok(true) => presentable.push(mutant),
                Ok(false) => {}
                Err(_) => panics += 1,
            }
        }
        assert_eq!(panics, 0);
        // Evenly from all of them, so that every kind of mutation has its turn.
        let step = presentable.len().div_ceil(CHILDREN_MAX).max(1);
        let (mut let_in, mut refused) = (0, 0);
        for mutant in presentable.iter().step_by(step) {
            match host.install(mutant).await {
                Ok(_) => let_in += 1,
                Err(ChangeError::Component(_)) => refused += 1,
                Err(ChangeError::App(error)) => assert!(!error.is_again(), "{error:?}"),
            }
            assert_eq!(host.visit(Method::GET, "/healthz").await.status, 200);
        }
        let offered = presentable.len();
        eprintln!("{offered} of {MUTANTS} look like plugins; {let_in} let in, {refused} refused");
        assert!(refused > 0 && offered > 0);
        host.plug(&components().hello, &[]).await;
        assert_eq!(host.get("/store/v1/x/hello/hello/Ada").await.text(), "Hello, Ada!");
    })
    .await;
}
