use galleria_manifest::Manifest;

use super::*;

fn manifest(id: &str, facets: &str) -> (PluginId, Manifest) {
    let text = format!(
        "manifest = 1\nid = \"{id}\"\nversion = \"1.0.0\"\nhost = \"^0.1\"\n[texts.en]\ntitle = \"T\"\n\
         [permissions.\"facets:write\"]\nreason = {{ en = \"r\" }}\n{facets}"
    );
    (id.parse().unwrap(), Manifest::from_toml(&text).unwrap())
}

fn catalog() -> FacetCatalog {
    let roles = manifest(
        "customer-roles",
        "[facets.role]\ntype = \"text\"\nmultiple = true\ntitle = { en = \"Role\" }\nfilter = \"role\"\n\
         implied = { registered = \"registered\", guests = \"guest\" }\n\
         [facets.roles_count]\ntype = \"number\"\ntitle = { en = \"Roles\" }\n",
    );
    let other = manifest(
        "other",
        "[facets.role]\ntype = \"flag\"\ntitle = { en = \"Role\" }\nfilter = \"role\"\n",
    );
    FacetCatalog::new([&roles, &other].map(|(plugin, manifest)| (plugin, manifest)))
}

fn op(name: &str, value: &str) -> Option<Result<(String, FacetOp), FieldCode>> {
    let condition = catalog().condition(name, value)?;
    Some(condition.map(|found| (found.plugin.to_string(), found.op)).map_err(|error| error.code))
}

fn text(value: &str) -> FacetValue {
    FacetValue::Text(value.to_owned())
}

#[test]
fn a_filter_is_named_by_its_facet_or_in_short() {
    let roles = "customer-roles".to_owned();
    assert_eq!(op("role", "vip"), Some(Ok((roles.clone(), FacetOp::Is(text("vip"))))));
    assert_eq!(op("x.customer-roles.role", "vip"), op("role", "vip"));
    let both = FacetOp::AnyOf(vec![text("vip"), text("b2b")]);
    assert_eq!(op("role", "vip,b2b"), Some(Ok((roles.clone(), both))));
    assert_eq!(op("role_none", "true"), Some(Ok((roles.clone(), FacetOp::None))));
    assert_eq!(op("x.customer-roles.roles_count_min", "2"), Some(Ok((roles, FacetOp::AtLeast(2)))));
}

#[test]
fn the_first_plugin_that_claims_a_short_name_has_it() {
    let other = FacetOp::Is(FacetValue::Flag(true));
    assert_eq!(op("x.other.role", "true"), Some(Ok(("other".to_owned(), other))));
    assert_eq!(
        op("role", "true"),
        Some(Ok(("customer-roles".to_owned(), FacetOp::Is(text("true")))))
    );
}

#[test]
fn what_names_no_facet_is_no_condition_and_a_bad_value_is_a_mistake() {
    for name in [
        "",
        "x.",
        "x.customer-roles",
        "x.customer-roles.rol",
        "x.nobody.role",
        "rolex",
        "_none",
        "role_min",
    ] {
        assert_eq!(op(name, "1"), None, "{name}");
    }
    assert_eq!(op("role", ""), Some(Err(FieldCode::Required)));
    assert_eq!(op("role_none", "false"), Some(Err(FieldCode::Malformed)));
    assert_eq!(op("x.customer-roles.roles_count", "two"), Some(Err(FieldCode::Malformed)));
    assert_eq!(op("x.other.role", "yes"), Some(Err(FieldCode::Malformed)));
}

#[test]
fn implied_values_are_asked_of_the_account_and_never_of_what_is_stored() {
    let test = |value: &str| {
        let condition = catalog().condition("role", value).unwrap().unwrap();
        let test = catalog().tests(&[condition]).unwrap().remove(0);
        (test.condition.op, test.or_kinds)
    };
    assert_eq!(test("vip"), (FacetOp::AnyOf(vec![text("vip")]), vec![]));
    assert_eq!(test("registered"), (FacetOp::AnyOf(vec![]), vec![CustomerKind::Registered]));
    assert_eq!(test("vip,guests"), (FacetOp::AnyOf(vec![text("vip")]), vec![CustomerKind::Guest]));
}

#[test]
fn a_condition_on_a_plugin_that_is_off_is_refused() {
    let condition = catalog().condition("role", "vip").unwrap().unwrap();
    let errors = FacetCatalog::default().tests(&[condition]).unwrap_err();
    assert_eq!(
        (errors[0].path.as_str(), errors[0].code),
        ("x.customer-roles.role", FieldCode::Unknown)
    );
}

#[test]
fn values_must_be_what_the_manifest_says() {
    let catalog = catalog();
    let facets: BTreeMap<_, _> = catalog
        .entries()
        .iter()
        .take(2)
        .map(|entry| (entry.key.clone(), entry.facet.clone()))
        .collect();
    let customer = CustomerId::generate();
    let set = |key: &str, values: Vec<FacetValue>| FacetSet {
        customer: customer.clone(),
        key: key.into(),
        values,
    };
    let wrong = |sets: &[FacetSet]| match check(&facets, sets) {
        Ok(()) => Vec::new(),
        Err(AppError::Invalid(errors)) => {
            errors.into_iter().map(|error| (error.path, error.code)).collect()
        }
        Err(error) => panic!("{error}"),
    };
    assert_eq!(
        wrong(&[set("role", vec![text("vip"), text("b2b")]), set("roles_count", vec![])]),
        []
    );
    for (sets, path, code) in [
        (vec![set("rol", vec![])], "facets.0.key", FieldCode::Unknown),
        (vec![set("role", vec![]), set("role", vec![])], "facets.1.key", FieldCode::Malformed),
        (vec![set("role", vec![text("")])], "facets.0.values.0", FieldCode::Required),
        (vec![set("role", vec![text("a\0b")])], "facets.0.values.0", FieldCode::Malformed),
        (vec![set("role", vec![text(&"a".repeat(201))])], "facets.0.values.0", FieldCode::TooLong),
        (vec![set("role", vec![text("registered")])], "facets.0.values.0", FieldCode::Range),
        (vec![set("role", vec![text("a"), text("a")])], "facets.0.values.1", FieldCode::Malformed),
        (vec![set("role", vec![FacetValue::Number(1)])], "facets.0.values.0", FieldCode::Malformed),
        (
            vec![set("roles_count", vec![FacetValue::Number(1), FacetValue::Number(2)])],
            "facets.0.values",
            FieldCode::TooLong,
        ),
    ] {
        assert_eq!(wrong(&sets), [(path.to_owned(), code)]);
    }
}
