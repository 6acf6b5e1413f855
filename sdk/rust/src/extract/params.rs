//! Reads the parameters of a path and the pairs of a query as serde's types.

use std::fmt::{self, Display};

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::FieldFault;
use crate::bindings::http::exports::galleria::plugin::http::Pair;

/// The parameters of a route, in its order.
pub(crate) struct PathParams<'a>(pub(crate) &'a [Pair]);

/// The pairs of a query, in its order.
pub(crate) struct QueryParams<'a>(pub(crate) &'a [Pair]);

/// The values of one name; more than one only where a query repeats it.
struct Values<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

macro_rules! delegate {
    ($to:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamError> {
            self.$to()?.$method(visitor)
        }
    )*};
}

macro_rules! parse {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamError> {
            let name = self.name;
            let text = self.single()?;
            let value = text.parse().map_err(|error| ParamError {
                path: name.to_owned(),
                code: "malformed",
                message: format!("{error}"),
            })?;
            visitor.$visit(value)
        }
    )*};
}

/// What is wrong with a parameter.
#[derive(Debug, Default)]
pub(crate) struct ParamError {
    path: String,
    code: &'static str,
    message: String,
}

impl From<ParamError> for FieldFault {
    fn from(ParamError { path, code, message }: ParamError) -> Self {
        Self::new(path, code, message)
    }
}

impl Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParamError {}

impl de::Error for ParamError {
    fn custom<M: Display>(message: M) -> Self {
        Self { path: String::new(), code: "malformed", message: message.to_string() }
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self { path: field.to_owned(), code: "unknown", message: "is unknown here".to_owned() }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { path: field.to_owned(), code: "required", message: "is missing".to_owned() }
    }
}

impl<'de> Deserializer<'de> for PathParams<'de> {
    type Error = ParamError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamError> {
        self.single()?.deserialize_any(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamError> {
        visitor.visit_seq(SeqDeserializer::new(self.0.iter().map(Values::from)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ParamError> {
        if self.0.len() == length {
            self.deserialize_seq(visitor)
        } else {
            Err(count(self.0, length))
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ParamError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamError> {
        let pairs = self.0.iter().map(|pair| (pair.name.as_str(), Values::from(pair)));
        visitor.visit_map(MapDeserializer::new(pairs))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ParamError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ParamError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ParamError> {
        self.single()?.deserialize_enum(name, variants, visitor)
    }

    delegate! { single:
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32
        deserialize_f64 deserialize_option
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct identifier ignored_any
    }
}

impl<'de> PathParams<'de> {
    fn single(self) -> Result<Values<'de>, ParamError> {
        match self.0 {
            [pair] => Ok(pair.into()),
            pairs => Err(count(pairs, 1)),
        }
    }
}

fn count(pairs: &[Pair], wanted: usize) -> ParamError {
    de::Error::custom(format_args!("the route has {} parameters, not {wanted}", pairs.len()))
}

impl<'de> Deserializer<'de> for QueryParams<'de> {
    type Error = ParamError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamError> {
        let mut groups: Vec<(&str, Values<'de>)> = Vec::new();
        for pair in self.0 {
            match groups.iter_mut().find(|(name, _)| *name == pair.name) {
                Some((_, values)) => values.values.push(&pair.value),
                None => groups.push((&pair.name, Values::from(pair))),
            }
        }
        visitor.visit_map(MapDeserializer::new(groups.into_iter()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'a> From<&'a Pair> for Values<'a> {
    fn from(pair: &'a Pair) -> Self {
        Self { name: &pair.name, values: vec![&pair.value] }
    }
}

impl<'a> Values<'a> {
    fn single(self) -> Result<&'a str, ParamError> {
        match self.values[..] {
            [value] => Ok(value),
            _ => Err(self.wrong("is there more than once")),
        }
    }

    fn wrong(&self, message: &str) -> ParamError {
        ParamError { path: self.name.to_owned(), code: "malformed", message: message.to_owned() }
    }
}

impl<'de> IntoDeserializer<'de, ParamError> for Values<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Values<'de> {
    type Error = ParamError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamError> {
        let name = self.name;
        visitor.visit_borrowed_str(self.single()?).map_err(|error: ParamError| error.at(name))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ParamError> {
        let name = self.name;
        visitor.visit_newtype_struct(self).map_err(|error| error.at(name))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamError> {
        let name = self.name;
        let items = self.values.into_iter().map(|value| Values { name, values: vec![value] });
        visitor.visit_seq(SeqDeserializer::new(items)).map_err(|error| error.at(name))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ParamError> {
        let name = self.name;
        let text = self.single()?;
        visitor.visit_enum(text.into_deserializer()).map_err(|error: ParamError| error.at(name))
    }

    parse! {
        deserialize_bool visit_bool
        deserialize_i8 visit_i8 deserialize_i16 visit_i16
        deserialize_i32 visit_i32 deserialize_i64 visit_i64
        deserialize_u8 visit_u8 deserialize_u16 visit_u16
        deserialize_u32 visit_u32 deserialize_u64 visit_u64
        deserialize_f32 visit_f32 deserialize_f64 visit_f64
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct
        identifier ignored_any
    }
}

impl ParamError {
    /// The same mistake, at the parameter where it was found.
    fn at(self, name: &str) -> Self {
        if self.path.is_empty() { Self { path: name.to_owned(), ..self } } else { self }
    }
}
