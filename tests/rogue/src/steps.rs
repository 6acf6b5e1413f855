//! Calls every function of the host, one after another, and goes wrong after any of them.

use galleria_sdk::customers::{self, CustomerChange, CustomerFilter};
use galleria_sdk::entities::Batch;
use galleria_sdk::facets::{self, CustomerFacet};
use galleria_sdk::prelude::*;
use galleria_sdk::{Answer, Fault, IntoAnswer as _, audit, clock, log};
use serde::Deserialize;

use crate::notes::{NOTES, Note};
use crate::{answers, raw, reach, spend};

/// How far to go, and how to end.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// After how many steps to go wrong; all of them if it is more than there are.
    until: usize,
    how: End,
    /// Whose facet is set and whose account is read.
    customer: String,
    /// What everything is named after, so that several runs don't clash.
    mark: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum End {
    Answer,
    Trap,
    Panic,
    Loop,
    Nap,
    Refuse,
    Nonsense,
    Exit,
}

type Step = fn(&Plan) -> Result<(), Fault>;

/// Every function of the contract by name.
const STEPS: &[(&str, Step)] = &[
    ("entities.put", |plan| {
        let count = NOTES.insert_as(&plan.id('a'), &Note::named(&plan.id('a')))?.value.count;
        NOTES.put(&plan.id('b'), &Note { count: count + 1, ..Note::named(&plan.id('b')) }).map(drop)
    }),
    ("entities.batch", |plan| {
        let mut batch = Batch::new();
        for at in ['c', 'd', 'e'] {
            batch.put(&plan.id(at), &Note::named(&plan.id(at)), None)?;
        }
        batch.delete::<Note>(&plan.id('b'));
        batch.run()
    }),
    ("entities.increment", |plan| NOTES.increment(&plan.id('a'), "count", 7, Some(0)).map(drop)),
    ("entities.delete", |plan| NOTES.delete(&plan.id('c'), None).map(drop)),
    ("entities.get", |plan| NOTES.get(&plan.id('a')).map(drop)),
    ("entities.get-many", |plan| NOTES.get_many(&[plan.id('a'), plan.id('d')]).map(drop)),
    ("entities.query", |plan| Note::by_name().at_least(plan.id('a')).fetch().map(drop)),
    ("entities.count", |_| Note::by_count().at_least(0).count(100).map(drop)),
    ("facets.put", |plan| {
        facets::put(&[CustomerFacet::new(&*plan.customer, "mark", [&*plan.mark])])
    }),
    ("audit.append", |plan| audit::append("rogue.stepped", &plan.mark)),
    ("customers.create", |plan| customers::create(&reach::draft(&plan.email())).map(drop)),
    ("customers.find-by-email", |plan| customers::find_by_email(&plan.email()).map(drop)),
    ("customers.get", |plan| customers::get(&plan.customer).map(drop)),
    ("customers.get-many", |plan| {
        customers::get_many(std::slice::from_ref(&plan.customer)).map(drop)
    }),
    ("customers.update", |plan| {
        let version = customers::get(&plan.customer)?.version;
        customers::update(&plan.customer, version, &plan.change()).map(drop)
    }),
    ("customers.addresses", |plan| customers::addresses(&plan.customer).map(drop)),
    ("customers.list-page", |plan| {
        let filter = CustomerFilter {
            search: Some(plan.mark.clone()),
            kind: None,
            stage: None,
            active: None,
            created_from: None,
            created_to: None,
        };
        customers::list(&filter, Paging { limit: 10, cursor: None }).map(drop)
    }),
    ("logging.log", |plan| {
        log::info(&plan.mark);
        Ok(())
    }),
    ("wall-time.now", |_| {
        let _time = clock::now();
        Ok(())
    }),
    ("settings.current", |_| galleria_sdk::settings::current::<serde_json::Value>().map(drop)),
];

impl Plan {
    fn id(&self, which: char) -> String {
        format!("{}-{which}", self.mark)
    }

    fn email(&self) -> String {
        format!("{}@example.com", self.mark)
    }

    fn change(&self) -> CustomerChange {
        CustomerChange {
            email: None,
            phone: None,
            first_name: None,
            last_name: None,
            company: Some(self.mark.clone()),
            language: None,
            tax_exempt: None,
            active: None,
        }
    }
}

/// Takes the steps; the names of all of them are the answer, if it comes so far.
pub(crate) fn take(Json(plan): Json<Plan>) -> Result<Answer> {
    for (at, (name, step)) in STEPS.iter().enumerate() {
        if at == plan.until {
            return plan.how.end();
        }
        step(&plan)
            .map_err(|fault| Problem::conflict("step-failed", format!("{name}: {fault}")))?;
    }
    if plan.until == STEPS.len() {
        return plan.how.end();
    }
    let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
    Json(names).into_answer()
}

impl End {
    fn end(self) -> Result<Answer> {
        match self {
            Self::Answer => Text("enough".to_owned()).into_answer(),
            Self::Trap => raw::unreachable(),
            Self::Panic => panic!("in the middle of it"),
            Self::Loop => spend::forever(),
            Self::Nap => spend::nap(),
            Self::Refuse => Err(Problem::conflict("changed-my-mind", "all of it was for nothing")),
            Self::Nonsense => answers::named("status-0"),
            Self::Exit => std::process::exit(0),
        }
    }
}
