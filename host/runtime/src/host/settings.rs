use std::sync::Arc;

use galleria_app::settings::SettingsScope;
use serde_json::{Map, Value};

use crate::bindings::imports::galleria::settings::settings::Host;
use crate::fault::HostError;
use crate::host::HostFunction;
use crate::state::CallState;

impl Host for CallState {
    async fn current(&mut self) -> Result<String, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::SettingsCurrent)?;
        let answer = match &plugin.manifest.settings {
            Some(schema) => {
                let scope = SettingsScope::Plugin(plugin.id.clone());
                galleria_app::settings::current(work, &scope, schema)
                    .await
                    .map(|settings| settings.value)
            }
            None => Ok(Map::new()),
        };
        self.answer(answer).map(|settings| Value::Object(settings).to_string())
    }
}
