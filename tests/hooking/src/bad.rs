//! Ways to end that are none.

use std::hint::black_box;
use std::time::Duration;

use galleria_sdk::Fault;

/// Goes wrong in this way, if it is one; what can be written before is.
pub(crate) fn end(how: &str) -> Result<(), Fault> {
    if let Some(how) = how.strip_prefix("write-") {
        crate::count("written")?;
        return end(how);
    }
    match how {
        "trap" => panic!("as I was told"),
        "loop" => loop {
            black_box(());
        },
        "nap" => std::thread::sleep(Duration::from_mins(1)),
        "write" => drop(crate::count("written")?),
        "refuse" => return Err(Fault::Conflict("as I was told".to_owned())),
        _ => {}
    }
    Ok(())
}
