//! Permissions in words, for whoever grants them.

use super::Permission;

impl Permission {
    /// What it allows, in words, for a reader of this language; English where there are none.
    pub fn describe(self, locale: &str) -> &'static str {
        let (english, german) = self.descriptions();
        let base = locale.split(['-', '_']).next().unwrap_or(locale);
        if base.eq_ignore_ascii_case("de") { german } else { english }
    }

    /// What it allows, in English and in German.
    const fn descriptions(self) -> (&'static str, &'static str) {
        match self {
            Self::ApiKeysWrite => ("Make and revoke API keys", "API-Schlüssel anlegen und sperren"),
            Self::AuditRead => ("Read the audit log", "Das Prüfprotokoll lesen"),
            Self::AuditWrite => ("Add to the audit log", "Ins Prüfprotokoll schreiben"),
            Self::ClockRead => ("Know the time", "Die Uhrzeit kennen"),
            Self::CartsRead => ("See carts", "Warenkörbe sehen"),
            Self::CartsWrite => ("Make and change carts", "Warenkörbe anlegen und ändern"),
            Self::CatalogRead => ("Search the catalogue", "Im Katalog suchen"),
            Self::EventsManage => (
                "Replay events and send them to webhooks",
                "Ereignisse wiederholen und an Webhooks senden",
            ),
            Self::EventsRead => ("Read what happened in the shop", "Die Ereignisse im Shop lesen"),
            Self::EventsReceive => {
                ("Be told of what happens in the shop", "Von Ereignissen im Shop erfahren")
            }
            Self::HooksAdjust => ("Change what carts cost", "Ändern, was Warenkörbe kosten"),
            Self::HooksBeforePlace => (
                "Take part in placing an order, and refuse it",
                "An Bestellungen mitwirken und sie ablehnen",
            ),
            Self::HooksImpersonationGate => (
                "Refuse that staff act for a customer",
                "Ablehnen, dass Personal für Kunden handelt",
            ),
            Self::HooksLoginGate => ("Refuse logins", "Anmeldungen ablehnen"),
            Self::HooksTraits => (
                "Decide what customers are entitled to: tax, shipping, discounts",
                "Bestimmen, was Kunden zusteht: Steuer, Versand, Rabatte",
            ),
            Self::HooksValidateCart => {
                ("Say what is wrong with a cart", "Sagen, was an einem Warenkorb nicht stimmt")
            }
            Self::ImpersonateStart => {
                ("Act for a customer in a cart", "Für Kunden im Warenkorb handeln")
            }
            Self::ImpersonateStartFull => {
                ("Act for a customer in everything", "In allem für Kunden handeln")
            }
            Self::ImpersonationRead => {
                ("Know when staff act for a customer", "Erkennen, wann Personal für Kunden handelt")
            }
            Self::ImpersonationsManage => {
                ("See and end impersonations", "Handeln für Kunden sehen und beenden")
            }
            Self::JobsManage => ("See and cancel jobs", "Aufträge sehen und abbrechen"),
            Self::JobsRun => ("Do long work in the background", "Im Hintergrund länger arbeiten"),
            Self::LinksCreate => {
                ("Make and revoke checkout links", "Links zur Kasse anlegen und sperren")
            }
            Self::MailRead => ("See which mails went out", "Sehen, welche E-Mails hinausgingen"),
            Self::MailSend => ("Send mails to customers", "Kunden E-Mails senden"),
            Self::OrdersRead => ("See orders", "Bestellungen sehen"),
            Self::OrdersRefund => ("Give money back", "Geld zurückzahlen"),
            Self::OrdersWrite => (
                "Pay, complete and cancel orders",
                "Bestellungen bezahlen, abschließen und stornieren",
            ),
            Self::CustomersAnonymize => {
                ("Wipe out who a customer is", "Kundinnen und Kunden unkenntlich machen")
            }
            Self::CustomersDelete => ("Delete customers", "Kundinnen und Kunden löschen"),
            Self::CustomersMerge => ("Merge customers", "Kundenkonten zusammenführen"),
            Self::CustomersRead => (
                "See customers without their personal data",
                "Kundinnen und Kunden ohne persönliche Daten sehen",
            ),
            Self::CustomersReadPii => (
                "See names, email addresses, phone numbers and postal addresses of customers",
                "Namen, E-Mail-Adressen, Telefonnummern und Anschriften sehen",
            ),
            Self::CustomersWrite => {
                ("Make and change customers", "Kundinnen und Kunden anlegen und ändern")
            }
            Self::FacetsWrite => (
                "Mark customers with values to filter by",
                "Kundinnen und Kunden mit Filterwerten versehen",
            ),
            Self::LogWrite => ("Write to the host's log", "Ins Protokoll des Servers schreiben"),
            Self::PluginsManage => {
                ("Install, enable and remove plugins", "Plugins installieren, schalten, entfernen")
            }
            Self::PluginsRead => ("See the plugins", "Die Plugins sehen"),
            Self::SettingsRead => ("See settings", "Einstellungen sehen"),
            Self::SettingsWrite => ("Change settings", "Einstellungen ändern"),
            Self::StaffRead => ("See staff and roles", "Personal und Rollen sehen"),
            Self::StaffWrite => ("Change staff and roles", "Personal und Rollen ändern"),
            Self::StorageUse => ("Keep data of its own", "Eigene Daten speichern"),
            Self::StoresRead => ("See the stores", "Die Shops sehen"),
            Self::StoresWrite => ("Change the stores", "Die Shops ändern"),
        }
    }
}
