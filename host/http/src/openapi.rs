//! The description of the API: made from the types of the handlers, and from the manifests of the
//! plugins that serve.

use std::borrow::Borrow;

use aide::openapi::{
    Components, Info, MediaType, OpenApi, Operation, Parameter, ParameterData,
    ParameterSchemaOrContent, PathItem, PathStyle, Paths, ReferenceOr, Response, Responses,
    SchemaObject, SecurityRequirement, SecurityScheme, StatusCode,
};
use axum::Json;
use galleria_manifest::{Audience, Manifest, Method, Route};
use schemars::json_schema;

use crate::problem::ProblemView;
use crate::state::HttpState;

/// What the bearer scheme is called in the description.
const BEARER: &str = "bearer";

/// The description of the host's own routes.
pub fn describe() -> OpenApi {
    crate::router::described().1
}

/// `GET /openapi.json`.
pub(crate) fn show(state: &HttpState, api: &OpenApi) -> Json<OpenApi> {
    let mut api = api.clone();
    add_plugins(&mut api, &state.plugins.manifests());
    Json(api)
}

/// Adds what no handler's type says: names of operations, tags, parameters in paths, refusals.
pub(crate) fn complete(api: &mut OpenApi) {
    api.info = Info {
        title: "Galleria".to_owned(),
        summary: Some("Headless commerce whose features are plugins".to_owned()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Info::default()
    };
    let scheme = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: None,
        description: Some("An API key of staff, or the token of a customer's session".to_owned()),
        extensions: [].into(),
    };
    let components = api.components.get_or_insert_with(Components::default);
    components.security_schemes.insert(BEARER.to_owned(), ReferenceOr::Item(scheme));
    add_problem(components);
    api.security = bearer();
    let paths = api.paths.get_or_insert_with(Paths::default);
    for (path, item) in &mut paths.paths {
        if let ReferenceOr::Item(item) = item {
            for (method, operation) in operations(item) {
                complete_operation(operation, method, path);
            }
        }
    }
}

fn add_problem(components: &mut Components) {
    let generator = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = generator.into_generator();
    let problem = generator.subschema_for::<ProblemView<'_>>();
    for (name, schema) in generator.take_definitions(true) {
        let json_schema = schema.try_into().unwrap_or_else(|_| problem.clone());
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        components.schemas.insert(name, schema);
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)]
        .into_iter()
        .filter_map(|(name, operation)| Some((name, operation.as_mut()?)))
}

fn complete_operation(operation: &mut Operation, method: &str, path: &str) {
    let words: Vec<_> = path.split('/').filter(|word| !word.is_empty()).collect();
    let named =
        words.iter().filter(|word| **word != "v1").map(|word| word.trim_matches(['{', '}']));
    let named: Vec<_> = named.chain([method]).collect();
    operation.operation_id.get_or_insert_with(|| named.join("_").replace('-', "_"));
    if operation.tags.is_empty() {
        let resource = words.iter().skip(2).find(|word| !word.starts_with('{'));
        operation.tags.push((*resource.unwrap_or(&"host")).to_owned());
    }
    let in_braces = words.iter().filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'));
    operation.parameters.extend(in_braces.map(|name| {
        ReferenceOr::Item(Parameter::Path {
            parameter_data: text_parameter(name, "", true),
            style: PathStyle::Simple,
        })
    }));
    let responses = operation.responses.get_or_insert_with(Responses::default);
    responses.default.get_or_insert_with(|| ReferenceOr::Item(a_problem()));
}

fn a_problem() -> Response {
    let json_schema = json_schema!({ "$ref": "#/components/schemas/Problem" });
    let schema = SchemaObject { json_schema, example: None, external_docs: None };
    let media = MediaType { schema: Some(schema), ..MediaType::default() };
    Response {
        description: "A refusal".to_owned(),
        content: [("application/problem+json".to_owned(), media)].into_iter().collect(),
        ..Response::default()
    }
}

/// Where nobody can be logged in.
pub(crate) fn nothing_needed() -> Vec<SecurityRequirement> {
    vec![SecurityRequirement::default()]
}

/// Where somebody may be logged in and needn't.
pub(crate) fn maybe_bearer() -> Vec<SecurityRequirement> {
    nothing_needed().into_iter().chain(bearer()).collect()
}

fn bearer() -> Vec<SecurityRequirement> {
    vec![SecurityRequirement::from_iter([(BEARER.to_owned(), Vec::new())])]
}

/// A parameter that is text.
pub(crate) fn text_parameter(name: &str, words: &str, required: bool) -> ParameterData {
    let json_schema = json_schema!({ "type": "string" });
    let schema = SchemaObject { json_schema, example: None, external_docs: None };
    ParameterData {
        name: name.to_owned(),
        description: (!words.is_empty()).then(|| words.to_owned()),
        required,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(schema),
        example: None,
        examples: [].into(),
        explode: None,
        extensions: [].into(),
    }
}

/// Adds the routes that plugins declare in their manifests. What they take and answer is not
/// declared, so that it is described as anything.
pub fn add_plugins(api: &mut OpenApi, manifests: &[impl Borrow<Manifest>]) {
    let paths = api.paths.get_or_insert_with(Paths::default);
    for manifest in manifests.iter().map(Borrow::borrow) {
        for route in &manifest.routes {
            let root = if route.audience == Audience::Staff { "admin" } else { "store" };
            let below = if route.path == "/" { "" } else { &route.path };
            let path = format!("/{root}/v1/x/{}{below}", manifest.id);
            let operation = operation_of(manifest, route, &path);
            let item =
                paths.paths.entry(path).or_insert_with(|| ReferenceOr::Item(PathItem::default()));
            if let ReferenceOr::Item(item) = item {
                *slot(item, route.method) = Some(operation);
            }
        }
    }
}

fn slot(item: &mut PathItem, method: Method) -> &mut Option<Operation> {
    match method {
        Method::Get => &mut item.get,
        Method::Post => &mut item.post,
        Method::Put => &mut item.put,
        Method::Patch => &mut item.patch,
        Method::Delete => &mut item.delete,
    }
}

fn operation_of(manifest: &Manifest, route: &Route, path: &str) -> Operation {
    let permission = route.permission.as_ref();
    let answer =
        Response { description: "What the plugin answers".to_owned(), ..Response::default() };
    let security = match route.audience {
        Audience::Visitor => maybe_bearer(),
        Audience::Customer | Audience::Staff => Vec::new(),
    };
    let mut responses = Responses::default();
    responses.responses.insert(StatusCode::Range(2), ReferenceOr::Item(answer));
    let mut operation = Operation {
        tags: vec![manifest.id.clone()],
        summary: route.summary.as_ref().map(|texts| texts.get("en").to_owned()),
        description: permission.map(|name| format!("Needs x:{}:{name}.", manifest.id)),
        responses: Some(responses),
        security,
        ..Operation::default()
    };
    complete_operation(&mut operation, &route.method.as_str().to_lowercase(), path);
    operation
}
