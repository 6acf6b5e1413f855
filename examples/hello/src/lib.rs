//! The smallest plugin: says hello.

use galleria_sdk::prelude::*;

galleria_sdk::plugin! {
    routes { get "/hello/{name}" => hello }
}

/// Greets whoever is named in the path.
fn hello(Path(name): Path<String>) -> Text {
    Text(format!("Hello, {name}!"))
}
